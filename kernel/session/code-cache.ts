/** The code caches of machines, as files: what one run has translated, the next run of the same images starts with. */
import { promises as fs, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../emulator/server/machine.js';
import { crc32 } from '../../emulator/machine/checksum.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { cacheDir, writeFileAtomically } from '../../sdk/cache.js';
import { digestOfFile } from './file-digest.js';
import type { SharedCode } from './shared-code.js';

/** Bytes of all files together; those used last stay. A machine has about a million, and a course a machine for each task. */
const MOST_BYTES = 64e6;
/** Milliseconds that switching a machine off may take longer for it. */
const PATIENCE = 2000;
/** The same where others begin with it many times: the engine then compiles hundreds of functions. */
const SHARED_PATIENCE = 120_000;

/** Set to `off`, no code is kept, and none is used. */
const SWITCH = 'VIRTBOOK_CODE_CACHE';
const isOff = (): boolean => process.env[SWITCH] === 'off';

/** Where threads leave what the engine has made of the processor's modules; undefined where they keep nothing. */
export const engineCodeFile = (): string | undefined =>
  isOff() ? undefined : cacheDir('code', `engine-${process.versions.v8}-${process.arch}`);

/**
 * Names the images of a machine. Two machines of the same name need not be the same: code is used only where the same
 * words are in memory.
 */
function nameOf({ loaders, linux, flash, ramSize, virtualization }: MachineOptions): string {
  const images = [
    ...loaders.filter(({ file }) => file === undefined).map(({ bytes }) => bytes),
    linux?.kernel,
    linux?.initrd,
    ...(flash ?? []).map((bank) => (bank && 'content' in bank ? bank.content : undefined)),
  ];
  const files = loaders.flatMap(({ file }) => (file === undefined ? [] : [digestOfFile(file)]));
  const digests = [...files, ...images.map((bytes) => bytes && [crc32(bytes), bytes.length])];
  return crc32(new TextEncoder().encode(JSON.stringify([ramSize, virtualization, digests])))
    .toString(16)
    .padStart(8, '0');
}

/** Bytes that machines have left for others under a name. */
export function sizeOfShared({ name }: Pick<SharedCode, 'name'>): number {
  return statSync(cacheDir('code', name), { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The same machine, which takes code from its cache as soon as it is read, and leaves its own when it is switched off.
 * @param shared the code of these machines (default: of those with the same images)
 */
export function withCodeCache(machine: Machine, options: MachineOptions, shared?: SharedCode, folder = cacheDir('code')): Machine {
  if (isOff() || !machine.useCodeCache || !machine.codeCache) return machine;
  // Nothing here holds on to the images.
  const file = join(folder, shared?.name ?? nameOf(options));
  // The machine does not wait for it: meanwhile its thread gets going.
  const ready = (async () => {
    const bytes = await fs.readFile(file).catch(() => undefined);
    await machine.useCodeCache!(bytes);
    if (bytes) await fs.utimes(file, new Date(), new Date());
  })().catch(() => undefined);
  if (shared && !shared.keep) return machine;
  const dispose = machine.dispose.bind(machine);
  machine.dispose = async () => {
    await Promise.race([
      ready.then(() => keep(machine, file, folder, shared !== undefined)).catch(() => undefined),
      patience(shared ? SHARED_PATIENCE : PATIENCE),
    ]);
    await dispose();
  };
  return machine;
}

function patience(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

/** @param whole others begin with it many times: what the engine has made by now is worth the time that it takes */
async function keep(machine: Machine, file: string, folder: string, whole: boolean): Promise<void> {
  const bytes = await machine.codeCache!(whole);
  if (!bytes) return;
  await writeFileAtomically(file, bytes);
  const names = await fs.readdir(folder);
  const files = await Promise.all(names.map(async (name) => ({ name, stat: await fs.stat(join(folder, name)) })));
  let kept = 0;
  const old = files.sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs).filter(({ stat }) => (kept += stat.size) > MOST_BYTES);
  await Promise.all(old.map(({ name }) => fs.rm(join(folder, name), { force: true })));
}
