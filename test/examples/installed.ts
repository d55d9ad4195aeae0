/** The packed tarball in an empty folder, as somebody has it who uses virtbook as a library. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';

/** Minutes that a registry may take. */
const PATIENCE = 300_000;

export class Installed {
  readonly folder = mkdtempSync(join(tmpdir(), 'virtbook library '));

  /** Packs what is built; a build of its own would take its time. */
  constructor() {
    mkdirSync(join(this.folder, 'pack'));
    this.npm(packageRoot(), 'pack', '--ignore-scripts', '--pack-destination', join(this.folder, 'pack'));
    const [tarball = ''] = readdirSync(join(this.folder, 'pack'));
    this.npm(this.folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', join(this.folder, 'pack', tarball));
  }

  private npm(folder: string, ...args: string[]): void {
    execFileSync('npm', args, { cwd: folder, stdio: 'pipe', timeout: PATIENCE });
  }

  /** Copies an example's files beside the installed package. */
  example(name: string): void {
    cpSync(join(packageRoot(), 'examples', name), this.folder, { recursive: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
