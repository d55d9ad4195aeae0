import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../sdk/cache.js';

const WINDOWS = process.platform === 'win32';

/** Path of a program in a Python environment. */
export const programIn = (folder: string, name: string): string =>
  join(folder, WINDOWS ? 'Scripts' : 'bin', WINDOWS ? `${name}.exe` : name);

/** A Python environment in virtbook's cache, with packages for virtbook alone. */
export class PythonEnvironment {
  readonly folder: string;
  /** Holds the packages that were installed. */
  private readonly mark: string;

  /** @param packages with their versions, as pip takes them */
  constructor(
    name: string,
    readonly packages: readonly string[],
  ) {
    this.folder = cacheDir(name);
    this.mark = join(this.folder, 'complete');
  }

  program(name: string): string {
    return programIn(this.folder, name);
  }

  get isComplete(): boolean {
    return existsSync(this.mark);
  }

  /**
   * Makes it. One that has these packages stays as it is.
   * @param begins is called before something is done
   * @param step runs a program, and throws where it fails
   */
  async install(begins: () => void, step: (command: string, args: string[]) => Promise<void>): Promise<void> {
    const wanted = this.packages.join('\n');
    if (this.isComplete && readFileSync(this.mark, 'utf8') === wanted) return;
    begins();
    await step(WINDOWS ? 'python' : 'python3', ['-m', 'venv', '--clear', this.folder]);
    await step(this.program('python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...this.packages]);
    writeFileSync(this.mark, wanted);
  }
}
