/** What a linker says about a program, said about the reader's files. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Diagnostic } from '../diagnostic.js';

/** Functions that every program has to have, since the library calls them. */
const ENTRY_POINTS: Record<string, string> = {
  init: "every program must define 'void init(void)', which is called once at the start",
  notified: "every program must define 'void notified(microkit_channel ch)', which is called for each notification",
};

/**
 * Linkers know files as the debug information names them: lld prints the base name only, and places in the SDK's
 * libraries are in files that the reader has not got.
 * @param program name of the image
 * @param inputs files that the program was compiled from, the first source first
 */
export function aboutProgram(diagnostic: Diagnostic, program: string, inputs: readonly string[]): Diagnostic {
  const symbol = /undefined (?:reference to|symbol:)\s+[`']?(\w+)/.exec(diagnostic.message)?.[1];
  const hint = symbol === undefined ? undefined : ENTRY_POINTS[symbol];
  const own =
    inputs.find((path) => path === diagnostic.file) ??
    (existsSync(diagnostic.file) ? undefined : inputs.find((path) => basename(path) === basename(diagnostic.file)));
  if (own !== undefined && hint === undefined) {
    return {
      ...diagnostic,
      file: own,
      sourceLine: diagnostic.line === undefined ? undefined : readFileSync(own, 'utf8').split(/\r?\n/)[diagnostic.line - 1],
    };
  }
  const { severity, message } = diagnostic;
  return { severity, file: inputs[0] ?? program, message: `${program}: ${message}`, hint };
}
