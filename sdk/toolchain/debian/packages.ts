/** Debian's GCC for arm64 with its binutils, and a Linux to run them: brought by apt on first need, and kept in the cache. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { elfName } from '../../../formats/elf.js';
import { readElfSections } from '../../../formats/elf-sections.js';
import { cacheDir, ensureDirectory, exists, temporaryName } from '../../cache.js';
import { Apt, AptError, unpack, type AptPurpose } from '../../guest/apt.js';
import { LICENCES_PACKAGE, packageFacts, type PackageFacts } from '../../guest/debian-package.js';
import { ensureDebianLinux } from '../../guest/guest.js';
import type { Work } from '../../progress.js';
import { packageRoot } from '../../root.js';
import { DRIVERS, rootFileSystem } from '../machine/boot.js';

/** A compiler in the cache. */
export interface DebianCompiler {
  /** Path of an arm64 Image. */
  kernel: string;
  /** Folder of the compiler's own headers. */
  headers: string;
  about: CompilerFacts;
  /** What has to be said about its packages by those who give it to others. */
  facts: PackageFacts;
  /** Changes with anything that is in the machine. */
  identity: string;
  /** The root file system that its machine boots with. */
  initrd(): Promise<Uint8Array>;
}

export interface CompilerFacts {
  /** Of GCC, as `cc1 -version` says it. */
  version: string;
  /** Of all that came from the packages. */
  digest: string;
  /** Of its Linux: in loading order. */
  modules: string[];
  /** Version of its Linux. */
  linux: string;
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
const FILES = {
  kernel: 'Image',
  busybox: 'busybox',
  modules: 'modules',
  programs: 'bin',
  libraries: 'lib',
  headers: 'include',
  about: 'about.json',
  packages: 'packages.json',
} as const;
const STEPS = 6;
const PURPOSE: AptPurpose = {
  what: "Debian's compiler for TOOLCHAIN=machine",
  instead: 'install an AArch64 compiler (gcc-aarch64-linux-gnu, or clang with lld), or set TOOLCHAIN=zig to download one from npm',
};

/** Whether it is in the cache already. */
export const hasDebianCompiler = (): Promise<boolean> => exists(cacheDir('toolchain', FOLDER));

/** The layout of the folder: another one has another name. */
const FOLDER = 'debian-gcc-2';

/**
 * The compiler, from the cache or, the first time, from Debian by apt (about 22 MB, and 50 MB for its Linux).
 * @throws AptError when it cannot be had, with what to do instead
 */
export async function ensureDebianCompiler(work: Work = {}): Promise<DebianCompiler> {
  const folder = await ensureDirectory(cacheDir('toolchain', FOLDER), (temporary) => make(temporary, work), work.signal);
  const about = JSON.parse(await fs.readFile(join(folder, FILES.about), 'utf8')) as CompilerFacts;
  const scripts = { init: await guestFile('init'), server: await guestFile('server.c') };
  return {
    kernel: join(folder, FILES.kernel),
    headers: join(folder, FILES.headers),
    about,
    facts: JSON.parse(await fs.readFile(join(folder, FILES.packages), 'utf8')) as PackageFacts,
    identity: createHash('sha256')
      .update(JSON.stringify([about.digest, scripts]))
      .digest('hex')
      .slice(0, 16),
    initrd: async () => {
      const modules = await contentsOf(join(folder, FILES.modules));
      return rootFileSystem({
        ...scripts,
        busybox: await fs.readFile(join(folder, FILES.busybox)),
        modules: about.modules.map((name) => ({ name, content: modules.get(name)! })),
        programs: await contentsOf(join(folder, FILES.programs)),
        libraries: await contentsOf(join(folder, FILES.libraries)),
      });
    },
  };
}

const guestFile = (name: string): Promise<string> => fs.readFile(join(packageRoot(), 'sdk', 'toolchain', 'machine', 'guest', name), 'utf8');

/** The files of a folder by their names, in order. */
async function contentsOf(folder: string): Promise<Map<string, Uint8Array>> {
  const names = (await fs.readdir(folder)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await fs.readFile(join(folder, name))] as const)));
}

async function make(folder: string, work: Work): Promise<void> {
  const step = (label: string, done: number): void => work.onProgress?.({ label, done, total: STEPS });
  const linux = await ensureDebianLinux(DRIVERS, work, PURPOSE);
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
    const digest = createHash('sha256');
    const write = async (path: string, content: Uint8Array): Promise<void> => {
      digest.update(path).update(content);
      await fs.mkdir(dirname(join(folder, path)), { recursive: true });
      await fs.writeFile(join(folder, path), content);
    };
    await write(FILES.kernel, linux.kernel);
    await write(FILES.busybox, linux.busybox);
    for (const { name, content } of linux.modules) await write(join(FILES.modules, name), content);
    for (const [name, content] of contents) await write(join(FILES.programs, name), content);
    for (const [name, content] of await librariesOf([...contents.values()], files)) await write(join(FILES.libraries, name), content);
    await fs.cp(dirname(found(await filesOf(tree), /\/include\/stdint-gcc\.h$/, 'headers')), join(folder, FILES.headers), {
      recursive: true,
    });
    const about: CompilerFacts = {
      version: /^(?:\d+:)?([\d.]+)/.exec(versionOf(packages, `cpp-${major}`))?.[1] ?? major,
      digest: digest.digest('hex').slice(0, 16),
      modules: linux.modules.map(({ name }) => name),
      linux: linux.version,
      packages: [...packages, own].map(nameAndVersion).sort((one, other) => one.name.localeCompare(other.name, 'en')),
    };
    await fs.writeFile(join(folder, FILES.about), JSON.stringify(about, undefined, 2));
    const licences = join(scratch, 'licences');
    await unpack(await apt.download(LICENCES_PACKAGE), licences, work.signal);
    const { packages: ofCompiler, commonLicences } = await packageFacts([...packages, own], tree, licences, work.signal);
    const facts: PackageFacts = { packages: [...ofCompiler, ...linux.facts.packages], commonLicences };
    await fs.writeFile(join(folder, FILES.packages), JSON.stringify(facts));
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
