import ts from 'typescript';
import type { Completeness } from '../core/evaluator.js';

/** Complaints that more text can cure although they do not stand at the end (TypeScript's diagnostic codes). */
const UNTERMINATED = new Set([
  1010, // '*/' expected
  1160, // unterminated template literal
]);

/** Whether the code is ready to run, judged by its syntax. */
export function completeness(code: string): Completeness {
  const source = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const { parseDiagnostics } = source as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] };
  const first = parseDiagnostics[0];
  if (!first) return { status: 'complete' };
  const end = code.trimEnd().length;
  if (first.start >= end || UNTERMINATED.has(first.code)) return { status: 'incomplete', indent: indentAfter(code) };
  return { status: 'invalid' };
}

/** The indent of the last line, one step deeper after an opening bracket. */
function indentAfter(code: string): string {
  const line = code.trimEnd().split('\n').at(-1) ?? '';
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return /[([{]\s*$/.test(line) ? `${indent}  ` : indent;
}
