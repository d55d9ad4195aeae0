import type { Session } from '../session/session.js';
import type { KitLoader, LoadedKit, MachineExtension } from './kit.js';
import type { BootStage, OpenChapters } from './magic.js';
import type { Registry } from './registry.js';

/** The kits that a notebook has loaded, and all that they bring. */
export class Kits implements OpenChapters {
  private readonly opened = new Map<string, LoadedKit>();

  constructor(
    private readonly session: Session,
    private readonly registry: Registry,
    private readonly load: KitLoader = async () => [],
  ) {}

  /** In the order in which they were loaded. */
  get loaded(): LoadedKit[] {
    return [...this.opened.values()];
  }

  /** What the kits add to `machine` in TypeScript cells. */
  get machineExtensions(): MachineExtension[] {
    return this.loaded.map(({ kit }) => kit.machine).filter((extension) => extension !== undefined);
  }

  get machineDeclarations(): string[] {
    return this.machineExtensions.map(({ declaration }) => declaration);
  }

  get bootStages(): BootStage[] {
    return this.loaded.flatMap(({ kit }) => kit.bootStages ?? []);
  }

  async open(chapter: string): Promise<void> {
    for (const loaded of await this.load(chapter)) {
      // Two chapters may use the same one.
      if (this.opened.has(loaded.chapter)) continue;
      this.registry.add(loaded.kit.magics ?? []);
      for (const view of loaded.kit.views ?? []) this.session.machine.addView(view);
      this.opened.set(loaded.chapter, loaded);
    }
  }
}
