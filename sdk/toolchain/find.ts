/** Which compiler: the reader's, the machine's, or one that is brought. */
import { accessSync, constants, existsSync, promises as fs } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { run } from '../process.js';
import type { Work } from '../progress.js';
import { MACHINE, machineToolchain } from './debian/toolchain.js';
import { DriverToolchain, type Command } from './driver.js';
import { ToolchainError, type Toolchain } from './toolchain.js';
import { zigToolchain } from './zig.js';

/** Prefixes of GCC programs that are looked for, in order. */
const PREFIXES = ['aarch64-none-elf', 'aarch64-linux-gnu'];

export interface FindOptions extends Work {
  env?: NodeJS.ProcessEnv;
}

/**
 * `$TOOLCHAIN` if it is set: a prefix (`aarch64-linux-gnu`), a path with prefix (`/opt/arm/bin/aarch64-none-elf`), a
 * compiler (`.../aarch64-none-elf-gcc`, `clang`), `zig`, or `machine`. Otherwise the first of aarch64-none-elf-gcc,
 * aarch64-linux-gnu-gcc and clang with ld.lld on the PATH; otherwise Zig's, which is brought.
 * @throws ToolchainError
 */
export async function findToolchain(options: FindOptions = {}): Promise<Toolchain> {
  const env = options.env ?? process.env;
  const wanted = env.TOOLCHAIN?.trim();
  if (wanted) return (await named(wanted, env, options)) ?? complain(wanted);
  for (const prefix of PREFIXES) {
    const toolchain = await gcc(prefix, env, options.signal);
    if (toolchain) return toolchain;
  }
  return (await clang('clang', env, options.signal)) ?? zigToolchain(options);
}

function complain(wanted: string): never {
  throw new ToolchainError(
    `TOOLCHAIN is '${wanted}', but there is no working AArch64 compiler of that name ` +
      `(tried '${wanted.replace(/-(gcc)?$/, '')}-gcc'${isAbsolute(wanted) ? '' : ' on the PATH'}). Set it to a prefix such as aarch64-linux-gnu, to clang, zig or machine, or leave it unset`,
  );
}

function named(wanted: string, env: NodeJS.ProcessEnv, work: Work): Promise<Toolchain | undefined> {
  if (wanted === 'zig') return zigToolchain(work);
  if (wanted === MACHINE) return machineToolchain(work);
  if (/(^|[\\/])clang(-\d+)?(\.exe)?$/.test(wanted)) return clang(wanted, env, work.signal);
  return gcc(wanted.replace(/-(gcc)?$/, ''), env, work.signal);
}

async function gcc(prefix: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Toolchain | undefined> {
  const [compiler, linker, archiver] = ['gcc', 'ld', 'ar'].map((name) => which(`${prefix}-${name}`, env));
  if (!compiler || !linker || !archiver) return undefined;
  const version = await output([compiler, '-dumpfullversion'], signal);
  const machine = await output([compiler, '-dumpmachine'], signal);
  const headers = await output([compiler, '-print-file-name=include'], signal);
  if (!version || !headers || !machine?.startsWith('aarch64')) return undefined;
  return new DriverToolchain({
    name: `${prefix.replace(/.*[\\/]/, '')}-gcc ${version}`,
    identity: `gcc ${machine} ${version} ${compiler}`,
    compiler: [compiler, '-mcpu=cortex-a53', ...onlyHeadersIn(headers)],
    linker: [linker],
    archiver: [archiver],
    diagnostics: 'gcc-json',
    folders: homeOf(compiler),
  });
}

/**
 * The compiler's own headers are there without an operating system (C17, 4p6). Others on its path are of a library that
 * is not linked, or of the computer that compiles: `#include <stdio.h>` has to fail here, as Clang and Zig have it.
 * GCC's limits.h asks for a library's, but not after the macro with which the GNU C library says that it was read.
 */
const onlyHeadersIn = (folder: string): string[] => ['-nostdinc', '-isystem', folder, '-D_LIBC_LIMITS_H_'];

async function clang(name: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Toolchain | undefined> {
  const compiler = which(name, env);
  if (!compiler) return undefined;
  // A versioned clang-16 has ld.lld-16 and llvm-ar-16 beside it.
  const suffix = /-\d+$/.exec(name)?.[0] ?? '';
  const beside = (tool: string): string | undefined =>
    which(tool + suffix, { ...env, PATH: [dirname(compiler), env.PATH].join(delimiter) });
  const [linker, archiver] = [beside('ld.lld'), beside('llvm-ar')];
  const version = /version (\S+)/.exec((await output([compiler, '--version'], signal)) ?? '')?.[1];
  if (!linker || !archiver || !version) return undefined;
  // A Clang can be built without this back end.
  if (!(await output([compiler, '--target=aarch64-none-elf', '-print-target-triple'], signal))) return undefined;
  return new DriverToolchain({
    name: `clang ${version}`,
    identity: `clang ${version} ${compiler}`,
    compiler: [compiler, '--target=aarch64-none-elf', '-mcpu=cortex-a53', '-Wno-unused-command-line-argument'],
    linker: [linker],
    archiver: [archiver],
    diagnostics: 'text',
    folders: homeOf(compiler),
  });
}

/** A compiler is in `bin` of a folder with all that belongs to it. */
const homeOf = (compiler: string): { reads: string[]; writes: string[] } => ({ reads: [dirname(dirname(compiler))], writes: [] });

/** What compilers said about themselves: a file that has not changed says the same again. */
const answers = new Map<string, Promise<string | undefined>>();

/** The first line that a program prints; undefined when it fails. */
async function output([program, ...args]: Command, signal?: AbortSignal): Promise<string | undefined> {
  const { size, mtimeMs } = await fs.stat(program);
  const question = JSON.stringify([program, size, mtimeMs, args]);
  const known = answers.get(question) ?? firstLine(program, args, signal);
  answers.set(question, known);
  return known.catch((error: unknown) => {
    answers.delete(question);
    throw error;
  });
}

async function firstLine(program: string, args: string[], signal?: AbortSignal): Promise<string | undefined> {
  try {
    const result = await run(program, args, { signal });
    return (result.status === 0 && /^[^\n]*/.exec(result.stdout)?.[0].trim()) || undefined;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/** At once: a compiler that is not there is looked for in each folder of the PATH, and to wait for every answer takes long. */
function which(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const names = process.platform === 'win32' ? [`${name}.exe`, name] : [name];
  const folders = /[\\/]/.test(name) ? [''] : (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((each) => (folder === '' ? each : join(folder, each)))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  // An error that is thrown costs more than a look.
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
