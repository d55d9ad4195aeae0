/** The kernel as a prebuilt extension of JupyterLite: a folder that any JupyterLite site can take in. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RecordingToolchain } from '../../sdk/prebuilt/recording-toolchain.js';
import { packageRoot } from '../../sdk/root.js';
import { packFiles } from './pack.js';
import { DATA, pieceFile } from './places.js';

export const EXTENSION = 'jupyterlite-virtbook-kernel';

const packed = promisify(gzip);

/** What the page loads: below dist/, and in the extension's folder. */
const PROGRAMS: readonly [from: string, to: string][] = [
  ['kernel/host-web/kernel.js', 'kernel.js'],
  ['kernel/host-web/cells.js', 'cells.js'],
  ['page/light.js', 'light.js'],
  ['emulator/host-web/worker.js', 'emulator/host-web/worker.js'],
  ['emulator/host-web/translation-worker.js', 'emulator/host-web/translation-worker.js'],
  ['emulator/wasm-modules/runtime.wasm', 'emulator/wasm-modules/runtime.wasm'],
  ['emulator/wasm-modules/interpreter.wasm', 'emulator/wasm-modules/interpreter.wasm'],
  ['emulator/wasm-modules/build-id', 'emulator/wasm-modules/build-id'],
  ['THIRD-PARTY-LICENCES.txt', 'THIRD-PARTY-LICENCES.txt'],
];

/** Writes the extension into a folder that holds nothing else. */
export async function writeExtension(into: string, house: ReadonlyMap<string, Uint8Array>, recorder: RecordingToolchain): Promise<void> {
  const dist = join(packageRoot(), 'dist');
  const content = join(into, 'static');
  await rm(into, { recursive: true, force: true });
  for (const [from, to] of PROGRAMS) {
    await mkdir(dirname(join(content, to)), { recursive: true });
    await cp(join(dist, from), join(content, to));
  }
  await writeFile(join(content, 'typescript.js'), asModule(await readFile(join(dist, 'kernel', 'typescript', 'typescript.js'), 'utf8')));
  const remote = await readFile(join(dist, 'page', 'remote.js'));
  const load = `static/remoteEntry.${createHash('sha256').update(remote).digest('hex').slice(0, 20)}.js`;
  await writeFile(join(into, load), remote);
  await writeData(content, house, recorder);
  const { version, description, license } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const jupyterlab = { extension: true, outputDir: '.', _build: { load, extension: './extension' } };
  await writeFile(
    join(into, 'package.json'),
    `${JSON.stringify({ name: EXTENSION, version, description, license, jupyterlab }, undefined, 2)}\n`,
  );
}

async function writeData(content: string, house: ReadonlyMap<string, Uint8Array>, recorder: RecordingToolchain): Promise<void> {
  await mkdir(join(content, DATA.pieces), { recursive: true });
  const write = async (path: string, bytes: Uint8Array): Promise<void> => writeFile(join(content, path), await packed(bytes, { level: 9 }));
  await write(DATA.house, packFiles(house));
  await write(DATA.records, new TextEncoder().encode(JSON.stringify(recorder.records)));
  for (const [digest, piece] of recorder.pieces) await write(pieceFile(digest), piece);
}

/** TypeScript as a module that pages import: what they import they need not compile each time. */
const asModule = (script: string): string =>
  `const module = { exports: {} };\nconst exports = module.exports;\n${script}\nexport default module.exports;\n`;

/** Bytes of a folder with all that is in it. */
export async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
