import { DiagnosticError } from '../diagnostic.js';
import { Complainer, SystemDescriptionError } from './complaint.js';
import { ElfError, ElfFile } from './elf.js';
import type { SystemDescription } from './model.js';
import type { Position } from './source.js';

/** What the tool prints around its words: `Error: "..."` for what its main function returns, `ERROR: ...` for what layout finds. */
type Voice = 'returned' | 'layout' | 'plain';

/** A complaint of the build about a place in the system description. */
export function buildError(
  system: SystemDescription,
  message: string,
  at: Position | undefined,
  hint: string,
  voice: Voice = 'plain',
  attribute?: string,
): SystemDescriptionError {
  const diagnostic = new Complainer(system.source).diagnostic('error', message, at, hint, attribute);
  const toolText = voice === 'returned' ? `Error: "${message}"` : voice === 'layout' ? `ERROR: ${message}` : `Error: ${message}`;
  return new SystemDescriptionError(diagnostic, toolText);
}

/** Runs what reads or patches a program image, and gives its complaint the place of the element that named the image. */
export function aboutImage<T>(system: SystemDescription, at: Position, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ElfError)
      throw buildError(system, error.message, at, error.hint ?? 'build the program image again', 'returned', 'path');
    throw error;
  }
}

/** The SDK itself is incomplete or damaged: not the fault of what the reader wrote. */
export function sdkError(file: string, message: string): DiagnosticError {
  return new DiagnosticError('SdkError', [
    { severity: 'error', file, message, hint: 'build the SDK again, or point MICROKIT_SDK at a complete one' },
  ]);
}

/** A part of the SDK as an ELF file. */
export function sdkElf(file: string, bytes: Uint8Array): ElfFile {
  try {
    return new ElfFile(bytes, file);
  } catch (error) {
    throw error instanceof ElfError ? sdkError(file, error.message) : error;
  }
}
