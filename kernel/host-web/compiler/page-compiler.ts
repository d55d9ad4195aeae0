import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OnProgress } from '../../../sdk/progress.js';
import { DISK } from '../../../sdk/toolchain/debian/disk.js';
import { MachineToolchain } from '../../../sdk/toolchain/machine/toolchain.js';
import { ToolchainError } from '../../../sdk/toolchain/toolchain.js';
import { unpackFiles } from '../../site/pack.js';
import { COMPILER, COMPILER_HEADERS } from '../../site/places.js';
import type { CompilerParts, SiteCompiler } from '../../site/site-compiler.js';
import { load } from '../load.js';
import { firstProgram } from './first-program.js';
import { WebMachines } from './web-machines.js';

/** The site's C compiler. It is loaded when something is compiled that the site has not compiled already. */
export class PageCompiler {
  /** Or why the site has none. */
  private made: Promise<MachineToolchain | string> | undefined;
  private listener: OnProgress | undefined;
  private machines: WebMachines | undefined;
  /** How many machines had been started when one has compiled its first program. */
  private readied = 0;

  /** Tells how far the compiler is loaded and started while the work lasts. */
  async whileTelling<T>(onProgress: OnProgress, work: () => Promise<T>): Promise<T> {
    const before = this.listener;
    this.listener = onProgress;
    try {
      return await work();
    } finally {
      this.listener = before;
    }
  }

  /**
   * @param missing why it is needed: `a.c is not as the chapter has it`
   * @throws ToolchainError where the site has no compiler
   */
  async toolchainFor(missing: string): Promise<MachineToolchain> {
    const made = await this.toolchain();
    if (typeof made === 'string') throw noCompiler(missing, made);
    return made;
  }

  private toolchain(): Promise<MachineToolchain | string> {
    this.made ??= this.make();
    return this.made.catch((error: unknown) => {
      this.made = undefined;
      throw error;
    });
  }

  /**
   * Gets the compiler ready while nobody waits for it yet: its machine has compiled something, since the first time takes longest.
   * What goes wrong is told when it is needed.
   */
  prepare(): void {
    void this.toolchain()
      .then((made) => (typeof made === 'string' ? undefined : this.compileFirst(made)))
      .catch(() => undefined);
  }

  private async compileFirst(toolchain: MachineToolchain): Promise<void> {
    await toolchain.warm();
    const started = this.machines?.started ?? 0;
    if (this.readied >= started) return;
    this.readied = started;
    await firstProgram(toolchain);
  }

  private async make(): Promise<MachineToolchain | string> {
    const about = JSON.parse(new TextDecoder().decode(await load(COMPILER.about))) as SiteCompiler;
    if ('absent' in about) return about.absent;
    for (const [name, content] of unpackFiles(await load(COMPILER.headers))) {
      const path = join(COMPILER_HEADERS, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    return this.inMachine(about);
  }

  private inMachine(parts: CompilerParts): MachineToolchain {
    const machines = new WebMachines(
      parts,
      (step) => this.listener?.(step),
      () => void made.dispose(),
    );
    this.machines = machines;
    const made: MachineToolchain = new MachineToolchain({
      name: parts.name,
      identity: parts.identity,
      files: DISK,
      machines,
      headers: COMPILER_HEADERS,
    });
    return made;
  }
}

const noCompiler = (missing: string, why: string): ToolchainError =>
  new ToolchainError(
    `${missing}, and this site has no C compiler (${why})\n` +
      '  What the chapter itself writes is compiled already: run its cells as they are.\n' +
      '  To compile your own C, run the chapter on your computer: pip install jupyterlab virtbook, then virtbook lab.',
  );
