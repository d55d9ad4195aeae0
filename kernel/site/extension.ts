/** The kernel as a prebuilt extension of JupyterLite: a folder that any JupyterLite site can take in. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { fileDigest, filesBelow } from '../../sdk/build/digest.js';
import { packageRoot } from '../../sdk/root.js';
import type { DebianCompiler } from '../../sdk/toolchain/debian/packages.js';
import { writeCompiler, type WritePacked } from './compiler.js';
import { packFiles } from './pack.js';
import { DATA, pieceFile, PROGRAMS } from './places.js';
import type { Recorded } from './record.js';

export const EXTENSION = 'jupyterlite-virtbook-kernel';

/** Made a module here. */
const TYPESCRIPT = 'typescript.js';
/** What JupyterLite loads. */
const REMOTE = 'remoteEntry.js';

const packed = promisify(gzip);

/** What pages load, by its place below dist/, where that is another than in the extension's folder. */
const ELSEWHERE: Readonly<Record<string, string>> = { 'kernel.js': 'kernel/host-web/kernel.js', 'cells.js': 'kernel/host-web/cells.js' };
/** What only front ends and light pages load, and what is there to be read. */
const BESIDE: readonly [from: string, to: string][] = [
  ['page/light.js', 'light.js'],
  ['page/remote.js', REMOTE],
  ['THIRD-PARTY-LICENCES.txt', 'THIRD-PARTY-LICENCES.txt'],
];

/** What the extension is made of, with the built programs. */
export interface ExtensionParts {
  house: ReadonlyMap<string, Uint8Array>;
  /** Of the runs of the chapters. */
  recorded: Recorded;
  /** The C compiler, or why there is none. */
  compiler: DebianCompiler | string;
  /** Pages and texts about what is others', by their paths. */
  licences: ReadonlyMap<string, string>;
}

export interface WrittenExtension {
  /** The folder in it that everything is loaded from. Its name changes with what is in it, so browsers may keep its files for ever. */
  content: string;
  hasCompiler: boolean;
  /** Bytes that a page loads, packed: to run all chapters as they are, and for the compiler besides. */
  sizes: { chapters: number; compiler: number };
}

/** Writes the extension into a folder that holds nothing else. */
export async function writeExtension(into: string, parts: ExtensionParts): Promise<WrittenExtension> {
  const dist = join(packageRoot(), 'dist');
  const content = join(into, 'static', 'new');
  await rm(into, { recursive: true, force: true });
  let chapters = 0;
  for (const name of PROGRAMS.filter((each) => each !== TYPESCRIPT)) {
    await mkdir(dirname(join(content, name)), { recursive: true });
    const program = await readFile(join(dist, ELSEWHERE[name] ?? name));
    chapters += (await packed(program)).length;
    await writeFile(join(content, name), program);
  }
  const typescript = asModule(await readFile(join(dist, 'kernel', 'typescript', 'typescript.js'), 'utf8'));
  chapters += (await packed(typescript)).length;
  await writeFile(join(content, TYPESCRIPT), typescript);
  for (const [from, to] of BESIDE) await cp(join(dist, from), join(content, to));
  const data = await writeData(content, parts);
  for (const [path, text] of parts.licences) {
    await mkdir(dirname(join(content, path)), { recursive: true });
    await writeFile(join(content, path), text);
  }
  const version = `static/${await digestOfFolder(content)}`;
  await rename(content, join(into, version));
  await writeManifest(into, `${version}/${REMOTE}`);
  return {
    content: version,
    hasCompiler: typeof parts.compiler !== 'string',
    sizes: { chapters: chapters + data.chapters, compiler: data.compiler },
  };
}

async function writeManifest(into: string, load: string): Promise<void> {
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

async function digestOfFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await filesBelow(folder)) hash.update(`${name}\0${await fileDigest(join(folder, name))}\n`);
  return hash.digest('hex').slice(0, 16);
}

async function writeData(content: string, { house, recorded, compiler }: ExtensionParts): Promise<WrittenExtension['sizes']> {
  const write: WritePacked = async (path, bytes) => {
    const small = await packed(bytes, { level: 9 });
    await mkdir(dirname(join(content, path)), { recursive: true });
    await writeFile(join(content, path), small);
    return small.length;
  };
  const { toolchain, machines } = recorded;
  let chapters = await write(DATA.house, packFiles(house));
  chapters += await write(DATA.records, new TextEncoder().encode(JSON.stringify(toolchain.records)));
  for (const [digest, piece] of toolchain.pieces) chapters += await write(pieceFile(digest), piece);
  const code = machines.code();
  if (code) {
    chapters += (await write(DATA.code, code.index)) + (await packed(code.module)).length;
    // As it is: a browser that gets WebAssembly keeps what it has made of it.
    await writeFile(join(content, DATA.codeModule), code.module);
  }
  // Guests have the same kernel.
  const known = new Set(toolchain.pieces.keys());
  return { chapters, compiler: await writeCompiler(compiler, known, write) };
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
