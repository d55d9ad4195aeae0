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
    private readonly load: KitLoader = async () => undefined,
  ) {}

  /** In the order in which they were loaded. */
  get loaded(): LoadedKit[] {
    return [...this.opened.values()];
  }

  /** What the kits add to `machine` in TypeScript cells. */
  get machineExtensions(): MachineExtension[] {
    return this.loaded.map(({ kit }) => kit.machine).filter((extension) => extension !== undefined);
  }

  get bootStages(): BootStage[] {
    return this.loaded.flatMap(({ kit }) => kit.bootStages ?? []);
  }

  async open(chapter: string): Promise<void> {
    if (this.opened.has(chapter)) return;
    const loaded = await this.load(chapter);
    // Another cell may have loaded it meanwhile.
    if (!loaded || this.opened.has(chapter)) return;
    this.registry.add(loaded.kit.magics ?? []);
    for (const view of loaded.kit.views ?? []) this.session.machine.addView(view);
    this.opened.set(chapter, loaded);
  }
}
