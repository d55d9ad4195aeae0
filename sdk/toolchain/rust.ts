/** Rust without an operating system, where the computer has its compiler and a target for it. */
import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Diagnostic, DiagnosticError } from '../diagnostic.js';
import { MissingProgramError, run } from '../process.js';
import { parseText } from './diagnostics.js';
import { sourcesIn } from './sources.js';
import type { CompileRequest } from './toolchain.js';

/** Targets without an operating system, in the order in which they are looked for. */
const TARGETS = ['aarch64-unknown-none', 'aarch64-unknown-none-softfloat'];

/** Crates of a target that a program without `std` is linked with. */
const CRATES = /^lib(core|alloc|compiler_builtins)-?.*\.rlib$/;

/**
 * As C is compiled: without optimisation, since a variable that the system tool fills in looks constant to an optimiser. A program
 * that panics is stopped. Each function has a section, so the linker can leave out what nobody calls.
 */
const OPTIONS = [
  ...['--edition', '2021', '--crate-type', 'lib', '--error-format', 'short', '--color', 'never'],
  ...['-g', '-C', 'opt-level=0', '-C', 'panic=abort', '-C', 'relocation-model=static', '-C', 'codegen-units=1', '-C', 'overflow-checks=on'],
];

export interface RustCompiler {
  /** Changes whenever the same sources could give other objects. */
  readonly identity: string;
  /** What programs are linked with besides their object. */
  readonly libraries: readonly string[];
  compile(request: CompileRequest): Promise<Diagnostic[]>;
}

/** What is there; undefined where there is no compiler, or none for this processor without an operating system. */
export async function findRust(signal?: AbortSignal): Promise<RustCompiler | undefined> {
  const version = await said(['--version', '--verbose'], signal);
  if (version === undefined) return undefined;
  for (const target of TARGETS) {
    const folder = (await said(['--print', 'target-libdir', '--target', target], signal))?.trim();
    const names = folder === undefined ? [] : await fs.readdir(folder).catch(() => []);
    const libraries = names.filter((name) => CRATES.test(name)).map((name) => join(folder ?? '', name));
    if (libraries.some((path) => path.includes('libcore'))) {
      return { identity: `${version} ${target}`, libraries: libraries.sort(), compile: (request) => compile(target, request) };
    }
  }
  return undefined;
}

async function said(args: string[], signal?: AbortSignal): Promise<string | undefined> {
  try {
    const { status, stdout } = await run('rustc', args, { signal });
    return status === 0 ? stdout : undefined;
  } catch (error) {
    if (error instanceof MissingProgramError) return undefined;
    throw error;
  }
}

async function compile(target: string, { source, output, dependencyFile, signal }: CompileRequest): Promise<Diagnostic[]> {
  const cwd = dirname(source);
  // Emitted files have names of their own where each is given one.
  const emitted = ['--emit', `obj=${output}`, ...(dependencyFile === undefined ? [] : ['--emit', `dep-info=${dependencyFile}`])];
  const { status, stderr } = await run('rustc', [...OPTIONS, '--target', target, ...emitted, source], { cwd, signal });
  const found = parseText(withoutCodes(stderr), sourcesIn(cwd)).filter(
    ({ message }) => !/^aborting due to|^\d+ warnings? emitted/.test(message),
  );
  for (const diagnostic of found) {
    diagnostic.file ||= source;
    diagnostic.hint = ADVICE.find(([words]) => words.test(diagnostic.message))?.[1];
  }
  if (status === 0) return found;
  if (!found.some(({ severity }) => severity === 'error')) {
    found.push({
      severity: 'error',
      file: source,
      message: `rustc ended with status ${status}: ${stderr.trim().replace(/\s*\n\s*/g, '; ')}`,
    });
  }
  throw new DiagnosticError('CompileError', found);
}

/** What a program without an operating system has to say itself. */
const ADVICE: readonly (readonly [words: RegExp, hint: string])[] = [
  [/can't find crate for `std`/, 'there is no operating system for std: write #![no_std] in the first line'],
  [/`#\[panic_handler\]` function required/, 'write #[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }'],
];

/** The number of an error is after its kind: `a.rs:3:5: error[E0425]: ...` becomes `a.rs:3:5: error: ... [E0425]`. */
const withoutCodes = (text: string): string => text.replace(/^(.*?\berror)\[(E\d+)\]: (.*)$/gm, '$1: $3 [$2]');
