/** Debian's GCC for arm64 with its binutils, and a Linux to run them: brought by apt on first need, and kept in the cache. */
import { createHash } from 'node:crypto';
import { promises as fs, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { elfName } from '../../../formats/elf.js';
import { readElfSections } from '../../../formats/elf-sections.js';
import { cacheDir, ensureDirectory, temporaryName } from '../../cache.js';
import { Apt, AptError, unpack } from '../../guest/apt.js';
import { ensureDebianLinux } from '../../guest/guest.js';
import type { Work } from '../../progress.js';
import { packageRoot } from '../../root.js';
import { DRIVERS, rootFileSystem } from '../machine/boot.js';

/** A compiler's folder in the cache: what a machine boots, the compiler's own headers, and what it is. */
export interface DebianCompiler {
  folder: string;
  kernel: string;
  initrd: string;
  headers: string;
  about: CompilerFacts;
}

export interface CompilerFacts {
  /** Of GCC, as `cc1 -version` says it. */
  version: string;
  /** Changes with anything that is in the machine. */
  digest: string;
  packages: { name: string; version: string }[];
}

const ARCHITECTURE = 'arm64';
const PROGRAMS = {
  cc1: /\/cc1$/,
  as: /\/aarch64-linux-gnu-as$/,
  ld: /\/aarch64-linux-gnu-ld\.bfd$/,
  ar: /\/aarch64-linux-gnu-ar$/,
} as const;
const PACKAGES = ['cpp', 'binutils'];
const INTERPRETER = 'ld-linux-aarch64.so.1';
const FILES = { kernel: 'Image', initrd: 'initramfs.cpio', headers: 'include', about: 'about.json' } as const;
const STEPS = 6;
const PURPOSE = {
  what: "Debian's compiler for TOOLCHAIN=machine",
  instead: 'install an AArch64 compiler (gcc-aarch64-linux-gnu, or clang with lld), or set TOOLCHAIN=zig to download one from npm',
};

const guestFile = (name: string): string => readFileSync(join(packageRoot(), 'sdk', 'toolchain', 'machine', 'guest', name), 'utf8');

/** Named by what this program makes of the packages: a newer one makes its own. */
function folderOf(): string {
  const recipe = createHash('sha256').update(guestFile('init')).update(guestFile('server.c')).update(DRIVERS.join());
  return cacheDir('toolchain', `debian-gcc-${recipe.digest('hex').slice(0, 8)}`);
}

/**
 * The compiler, from the cache or, the first time, from Debian by apt (about 22 MB, and 50 MB for its Linux).
 * @throws AptError when it cannot be had, with what to do instead
 */
export async function ensureDebianCompiler(work: Work = {}): Promise<DebianCompiler> {
  const folder = await ensureDirectory(folderOf(), (temporary) => make(temporary, work), work.signal);
  return {
    folder,
    kernel: join(folder, FILES.kernel),
    initrd: join(folder, FILES.initrd),
    headers: join(folder, FILES.headers),
    about: JSON.parse(await fs.readFile(join(folder, FILES.about), 'utf8')) as CompilerFacts,
  };
}

async function make(folder: string, work: Work): Promise<void> {
  const step = (label: string, done: number): void => work.onProgress?.({ label, done, total: STEPS });
  const linux = await ensureDebianLinux(DRIVERS, work);
  const scratch = temporaryName(cacheDir('toolchain', 'apt'));
  try {
    await fs.mkdir(scratch, { recursive: true });
    const apt = await Apt.open(scratch, ARCHITECTURE, work, PURPOSE);
    step("downloading Debian's C compiler (about 22 MB; once)", 2);
    const packages = await apt.downloadAll(...PACKAGES);
    const tree = join(scratch, 'tree');
    step('unpacking the compiler', 3);
    for (const each of packages) await unpack(each, tree, work.signal);
    const files = await filesOf(tree);
    const programs = new Map(Object.entries(PROGRAMS).map(([name, pattern]) => [name, found(files, pattern, name)]));
    const major = basename(dirname(programs.get('cc1')!));
    const own = await apt.download(`libgcc-${major}-dev`);
    await unpack(own, tree, work.signal);

    step("making the compiler's machine", 4);
    const contents = new Map(await Promise.all([...programs].map(async ([name, path]) => [name, await fs.readFile(path)] as const)));
    const initrd = rootFileSystem({
      ...linux,
      programs: contents,
      libraries: await librariesOf([...contents.values()], files),
      init: guestFile('init'),
      server: guestFile('server.c'),
    });
    await fs.writeFile(join(folder, FILES.kernel), linux.kernel);
    await fs.writeFile(join(folder, FILES.initrd), initrd);
    await fs.cp(dirname(found(await filesOf(tree), /\/include\/stdint-gcc\.h$/, 'headers')), join(folder, FILES.headers), {
      recursive: true,
    });
    const about: CompilerFacts = {
      version: /^(?:\d+:)?([\d.]+)/.exec(versionOf(packages, `cpp-${major}`))?.[1] ?? major,
      digest: createHash('sha256').update(linux.kernel).update(initrd).digest('hex').slice(0, 16),
      packages: [...packages, own].map(nameAndVersion).sort((one, other) => one.name.localeCompare(other.name, 'en')),
    };
    await fs.writeFile(join(folder, FILES.about), JSON.stringify(about, undefined, 2));
    step('the compiler is ready', STEPS);
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

/** All files below a folder, sorted. */
async function filesOf(folder: string): Promise<string[]> {
  const names = await fs.readdir(folder, { recursive: true });
  return names.sort().map((name) => join(folder, name).replaceAll('\\', '/'));
}

function found(files: readonly string[], pattern: RegExp, what: string): string {
  const file = files.find((path) => pattern.test(path));
  if (file === undefined) throw new AptError(`Debian's packages ${PACKAGES.join(', ')} have no ${what}; ${PURPOSE.instead}`);
  return file;
}

/** apt writes a package's name and version into the name of its file, with the colon of an epoch as %3a. */
function nameAndVersion(deb: string): { name: string; version: string } {
  const [name = '', version = ''] = basename(deb).split('_');
  return { name, version: decodeURIComponent(version) };
}

const versionOf = (packages: readonly string[], start: string): string =>
  packages.map(nameAndVersion).find(({ name }) => name.startsWith(start))?.version ?? '';

/** All that programs are linked with, and the dynamic linker, by the names that they ask for. */
async function librariesOf(programs: readonly Uint8Array[], files: readonly string[]): Promise<Map<string, Uint8Array>> {
  const libraries = new Map<string, Uint8Array>();
  const add = async (name: string): Promise<void> => {
    if (libraries.has(name)) return;
    const path = found(files, new RegExp(`/lib/(aarch64-linux-gnu/)?${name.replace(/[.+]/g, '\\$&')}$`), name);
    const content = await fs.readFile(path);
    libraries.set(name, content);
    for (const needed of neededBy(content)) await add(needed);
  };
  await add(INTERPRETER);
  for (const program of programs) for (const name of neededBy(program)) await add(name);
  return libraries;
}

const DT_NEEDED = 1n;

/** Names of the libraries that an ELF file asks for. */
function neededBy(elf: Uint8Array): string[] {
  const sections = readElfSections(elf)?.sections;
  const table = sections?.get('.dynamic');
  const names = sections?.get('.dynstr');
  if (!table || !names) return [];
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const needed: string[] = [];
  for (let at = 0; at + 16 <= table.length; at += 16) {
    if (view.getBigUint64(at, true) === DT_NEEDED) needed.push(elfName(names, Number(view.getBigUint64(at + 8, true))));
  }
  return needed;
}
