/** Programs in Rust: who compiles them, and what they are linked with. */
import { basename } from 'node:path';
import { DiagnosticError } from '../diagnostic.js';
import { findRust, type RustCompiler } from '../toolchain/rust.js';
import { languageOf } from './languages.js';

/** @throws DiagnosticError where this computer has no Rust for such programs, or the source is somebody else's */
export async function requireRust(source: string, foreign: boolean, signal?: AbortSignal): Promise<RustCompiler> {
  const refused = (message: string, hint: string): DiagnosticError =>
    new DiagnosticError('CompileError', [{ severity: 'error', file: source, message, hint }]);
  // Its compiler has no cage: include_bytes! would take in any file of this computer.
  if (foreign) throw refused(`${basename(source)} is Rust, and programs that are handed in are C, C++ or assembler`, 'write it in C');
  const found = await findRust(signal);
  if (found) return found;
  throw refused(
    `${basename(source)} is Rust, and this computer has no Rust compiler with a target for AArch64 without an operating system`,
    'install one with rustup target add aarch64-unknown-none, write the program in C, or build it yourself and put the ELF file beside the sources',
  );
}

/** Archives that a program is linked with because some of it is Rust. */
export async function rustLibraries(sources: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
  const isRust = sources.some((source) => languageOf(source) === 'Rust');
  return isRust ? ((await findRust(signal))?.libraries ?? []) : [];
}
