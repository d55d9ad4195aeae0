/**
 * A snapshot of Node's (`node --build-snapshot`) with the compiler and the library's declarations in it, kept in the cache. A process of
 * cells that starts from it answers its first cell in a quarter of the time. It takes more memory, since the snapshot stays in it: a process
 * that is warmed while magics run has the time, and starts without.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, promises as fs, readdirSync, readFileSync, readSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { cacheDir, keepNewest, temporaryName, withLock, writeFileAtomically } from '../../sdk/cache.js';
import { run } from '../../sdk/process.js';
import { snapshotOptions } from './kept-compiler.js';
import { builtCompiler, compilerPackages, hasBuiltCompiler } from './load-compiler.js';

/** Snapshots that are kept: those for the Nodes and builds that were used last. Each has 27 MB. */
const KEPT = 2;
const ENDING = '.snapshot';
const FAILED = '.failed';
/** Milliseconds for which nobody tries again what has failed. */
const PATIENCE = 24 * 3600_000;
/** Bytes that are read at a time. */
const PIECE = 1 << 20;

const PROGRAM = join(__dirname, 'snapshot-program.js');

/** How processes of cells are started. A snapshot is good for the same only. */
export interface HowStarted {
  execArgv: string[];
  env: NodeJS.ProcessEnv;
}

/** Files that were found to be as they were written, each with what it looked like then. */
const found = new Map<string, string>();

export class CompilerSnapshot {
  private readonly folder = cacheDir('typescript');
  private readonly key: string;

  private constructor(private readonly how: HowStarted) {
    const options = [...how.execArgv, ...snapshotOptions(''), how.env['NODE_OPTIONS']];
    const files = [builtCompiler, ...compilerPackages()].map((path) => ({ path, ...sizeAndTime(path) }));
    const parts = JSON.stringify([process.version, process.arch, options, files]);
    this.key = createHash('sha256').update(parts).update(readFileSync(PROGRAM)).digest('hex').slice(0, 32);
  }

  /** The one for processes that are started so; undefined where there is no build. */
  static for(how: HowStarted): CompilerSnapshot | undefined {
    return hasBuiltCompiler() ? new CompilerSnapshot(how) : undefined;
  }

  /** The file, if there is one, and it is what was written: the engine believes what it is given. */
  find(): string | undefined {
    if (this.hasFailed()) return undefined;
    for (const name of this.named()) {
      const file = join(this.folder, name);
      const [, checksum] = name.split('.');
      if (found.get(file) !== lookOf(file) && checksumOf(file) !== checksum) {
        remove(file);
        continue;
      }
      touch(file);
      found.set(file, lookOf(file));
      return file;
    }
    return undefined;
  }

  /**
   * Makes it, unless it is there or another process makes it. That takes some seconds, of a processor that has nothing else to do.
   * @throws Error when the cache cannot be written
   */
  async make(signal?: AbortSignal): Promise<void> {
    if (this.hasFailed()) return;
    await withLock(join(this.folder, `${this.key}.lock`), () => this.makeAlone(signal), signal);
  }

  /** To be called when a process has not started from it: for some time, none tries it again. */
  async failed(): Promise<void> {
    await writeFileAtomically(this.failure, '');
    keepNewest(this.folder, FAILED, KEPT);
  }

  private async makeAlone(signal: AbortSignal | undefined): Promise<void> {
    if (this.named().length > 0) return;
    const temporary = temporaryName(join(this.folder, `${this.key}${ENDING}`));
    // What a process that was killed left.
    for (const name of readdirSync(this.folder)) if (name.startsWith(`.${this.key}${ENDING}`)) remove(join(this.folder, name));
    try {
      const { execArgv, env } = this.how;
      const args = [...execArgv, ...snapshotOptions(temporary), '--build-snapshot', PROGRAM];
      // A warning would load what writes it, which Node's later lines cannot start with.
      const { status } = await run(process.execPath, args, { cwd: __dirname, env: { ...env, NODE_NO_WARNINGS: '1' }, signal });
      if (status !== 0) return await this.failed();
      await fs.rename(temporary, join(this.folder, `${this.key}.${checksumOf(temporary)}${ENDING}`));
    } finally {
      await fs.rm(temporary, { force: true });
    }
    keepNewest(this.folder, ENDING, KEPT);
  }

  private get failure(): string {
    return join(this.folder, `${this.key}${FAILED}`);
  }

  private hasFailed(): boolean {
    try {
      return Date.now() - statSync(this.failure).mtimeMs < PATIENCE;
    } catch {
      return false;
    }
  }

  private named(): string[] {
    try {
      return readdirSync(this.folder).filter((name) => name.startsWith(`${this.key}.`) && name.endsWith(ENDING));
    } catch {
      return [];
    }
  }
}

function sizeAndTime(path: string): { size: number; mtimeMs: number } {
  const { size, mtimeMs } = statSync(path);
  return { size, mtimeMs };
}

function lookOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  // Whatever changes a file sets this time, and no program can set it to another.
  return stat ? `${stat.ino} ${stat.size} ${stat.ctimeMs}` : '';
}

/** In hexadecimal; undefined for what cannot be read. */
function checksumOf(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const piece = Buffer.allocUnsafe(PIECE);
    let checksum = 0;
    for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) checksum = crc32(piece.subarray(0, size), checksum);
    return checksum.toString(16).padStart(8, '0');
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A cache that cannot be written keeps it.
  }
}

/** What is used is kept. */
function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // A cache that cannot be written keeps it.
  }
}
