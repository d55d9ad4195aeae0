/** Objects and programs of a chapter that are the same for everybody who hands in work for it: kept in the cache, by content. */
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, removeUnused, temporaryName } from '../cache.js';
import type { Toolchain } from '../toolchain/index.js';
import { digest, fileDigest } from './digest.js';
import { type CompiledObject, type CompileSettings, ObjectStore } from './objects.js';

/** Milliseconds after which what nobody has used is given back. */
const KEPT = 14 * 24 * 3600 * 1000;

export class KeptPrograms {
  private constructor(
    private readonly folder: string,
    private readonly objects: ObjectStore,
    private readonly writable: boolean,
  ) {}

  /** @param includeDirs of all objects: those of one task of a chapter are not the ones of another */
  static async open(toolchain: Toolchain, sdk: string, config: string, includeDirs: readonly string[]): Promise<KeptPrograms> {
    const folder = cacheDir('programs', digest(toolchain.identity, sdk, config, ...includeDirs).slice(0, 16));
    const writable = await fs.mkdir(folder, { recursive: true }).then(
      () => touch(folder),
      () => false,
    );
    if (writable) removeUnused(cacheDir('programs'), KEPT);
    return new KeptPrograms(folder, new ObjectStore(folder, toolchain), writable);
  }

  /** @param other takes an object that cannot be kept here */
  async object(source: string, settings: CompileSettings, other: ObjectStore, signal?: AbortSignal): Promise<CompiledObject> {
    if (this.writable) return this.objects.object(source, settings, signal);
    return (await this.objects.known(source, settings)) ?? other.object(source, settings, signal);
  }

  /** A program that was linked from the same; undefined where there is none, or it is damaged. */
  async program(name: string, key: string): Promise<{ file: string; content: Buffer } | undefined> {
    const file = this.fileOf(name, key);
    const wanted = await fs.readFile(`${file}.digest`, 'utf8').catch(() => undefined);
    // Read once: the image is made of these bytes, and not of what is there later.
    const content = wanted === undefined ? undefined : await fs.readFile(file).catch(() => undefined);
    return content && digest(content) === wanted ? { file, content } : undefined;
  }

  /** Keeps a copy of a program. Where that is not possible, the next one links it again. */
  async keep(name: string, key: string, program: string): Promise<void> {
    if (!this.writable) return;
    const file = this.fileOf(name, key);
    const temporary = temporaryName(file);
    try {
      await fs.copyFile(program, temporary);
      const content = await fileDigest(temporary);
      await fs.rename(temporary, file);
      await fs.writeFile(temporary, content);
      await fs.rename(temporary, `${file}.digest`);
    } catch {
      await fs.rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  private fileOf(name: string, key: string): string {
    return join(this.folder, `${key.slice(0, 16)}-${name}`);
  }
}

/** Notes that a folder is used. False where it cannot be written. */
async function touch(folder: string): Promise<boolean> {
  const now = new Date();
  return fs.utimes(folder, now, now).then(
    () => true,
    () => false,
  );
}
