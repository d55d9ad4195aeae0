/** Errors of a cell, as the reader of a notebook should see them. */
import { inspect, types } from 'node:util';
import { KernelError } from '../core/evaluator.js';
import type { CellError } from './ipc.js';
import { placeOf, type Place } from './sources.js';

/** How deep causes and parts of errors are followed. */
const DEPTH = 8;
/** Parts of an AggregateError that are shown. */
const PARTS = 20;
/** What Error objects have in any case. */
const USUAL = new Set(['name', 'message', 'stack', 'cause', 'errors']);

/** The name of an interrupt's error; front ends know it. */
export const INTERRUPTED = 'KeyboardInterrupt';

/** What ends a cell that was interrupted while it waited. */
export class CellInterrupt extends Error {
  override readonly name = INTERRUPTED;
  constructor() {
    super('the cell was interrupted');
  }
}

const isInterrupt = (thrown: unknown): boolean =>
  thrown instanceof CellInterrupt || (thrown as NodeJS.ErrnoException | undefined)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';

export function cellError(thrown: unknown): CellError {
  if (isInterrupt(thrown)) {
    const evalue = 'the cell was interrupted';
    return { ename: INTERRUPTED, evalue, traceback: [`${INTERRUPTED}: ${evalue}`] };
  }
  if (!types.isNativeError(thrown)) {
    const evalue = typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 4 });
    return { ename: 'Error', evalue, traceback: [`Uncaught ${typeof thrown === 'string' ? inspect(thrown) : evalue}`] };
  }
  const { name: ename, message: evalue } = thrown;
  return { ename: String(ename), evalue: String(evalue), traceback: traceback(thrown, 0, new Set()) };
}

/** An error that was told, to be thrown. */
export function kernelError({ ename, evalue, traceback }: CellError): KernelError {
  return new KernelError(ename, evalue, traceback);
}

function traceback(error: Error, depth: number, seen: Set<unknown>): string[] {
  seen.add(error);
  const place = placeOf(error);
  const lines = [`${error.name}: ${error.message}`, ...(place ? sourceLines(place) : []), ...frames(error.stack ?? '')];
  const details = Object.entries(error).filter(([name]) => !USUAL.has(name));
  if (details.length > 0) lines.push(inspect(Object.fromEntries(details), { depth: 2 }));
  const follow = (what: string, next: unknown): void => {
    if (seen.has(next) || depth === DEPTH) return;
    const [first = '', ...rest] = types.isNativeError(next) ? traceback(next, depth + 1, seen) : [inspect(next, { depth: 4 })];
    lines.push(`${what}: ${first}`, ...rest.map((line) => indented(line)));
  };
  const { errors } = error as { errors?: unknown };
  if (Array.isArray(errors)) {
    errors.slice(0, PARTS).forEach((part, index) => follow(`part ${index + 1} of ${errors.length}`, part));
  }
  if (error.cause !== undefined) follow('caused by', error.cause);
  return lines;
}

const indented = (lines: string): string => lines.replace(/^(?=.)/gm, '  ');

/** The line that an error comes from, with a caret. */
function sourceLines({ label, line, column, text }: Place): string[] {
  if (text === undefined) return [];
  return [`${label}:${line}`, `    ${text}`, `    ${caret(text, column)}`];
}

/** Tabs stay tabs, so that the caret is under the character that it means. */
const caret = (text: string, column: number): string => `${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`;

/** Frames of the cell and its libraries, without those of the machinery below. */
function frames(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .filter((line) => !/[( ]node:|[\\/]tslab[\\/]dist[\\/]|[\\/]kernel[\\/]typescript[\\/]|[\\/]@?swc[\\/]/.test(line))
    .filter((line) => !/^\s+at (?:async )?(?:Promise\.\w+|new Promise) \((?:index \d+|<anonymous>)\)$/.test(line));
}

/** One message of the compiler. Line and column count from 1. */
export interface CompilerMessage {
  /** Empty for the cell itself. */
  file: string;
  line: number;
  column: number;
  text: string;
}

export function compileError(found: readonly CompilerMessage[], code: string): CellError {
  const lines = code.split('\n');
  const messages = found.map((message) => (message.file.trim() ? message : within(lines, message)));
  const traceback = messages.flatMap(({ file, line, column, text }) => {
    const where = `${file.trim() || 'cell'}:${line}:${column}: error: ${text}`;
    const source = file.trim() ? undefined : lines[line - 1];
    if (source === undefined) return [where];
    return [where, `    ${source}`, `    ${caret(source, column)}`];
  });
  const evalue = messages.map(({ line, column, text }) => `${line}:${column} ${text}`).join('\n');
  return { ename: 'TypeScriptError', evalue, traceback: ['TypeScriptError', ...traceback] };
}

/** What is missing at the end of a cell is missing after its last line. */
function within(lines: readonly string[], message: CompilerMessage): CompilerMessage {
  if (message.line <= lines.length) return message;
  return { ...message, line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
