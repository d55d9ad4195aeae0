import { KernelError, keyboardInterrupt } from '../core/evaluator.js';
import { type Diagnostic, DiagnosticError } from '../../sdk/diagnostic.js';
import { UserError } from '../session/user-error.js';
import { paint } from './sgr.js';

/** The one error output that anything thrown becomes. Readers see what is wrong and what to do, never our stack. */
export function toKernelError(thrown: unknown, signal?: AbortSignal, display: (path: string) => string = (path) => path): KernelError {
  if (thrown instanceof KernelError) return thrown;
  if (signal?.aborted || isAbort(thrown)) {
    const reason: unknown = signal?.reason;
    return reason instanceof KernelError ? reason : keyboardInterrupt();
  }
  if (thrown instanceof DiagnosticError) return diagnosticError(thrown, display);
  if (thrown instanceof UserError) {
    const lines = [`${paint.bold(thrown.kind)}: ${thrown.message}`, ...hintLines(thrown.hint)];
    return new KernelError(thrown.kind, thrown.message, lines);
  }
  if (thrown instanceof Error && readable.has(thrown.name)) {
    const [first, ...more] = thrown.message.split('\n');
    return new KernelError(thrown.name, thrown.message, [`${paint.bold(thrown.name)}: ${first}`, ...more]);
  }
  return unexpectedError(thrown);
}

/** Errors of the SDK, the machine and the transport whose messages are written for readers, and say what to do. */
const readable = new Set([
  'AptError',
  'BootImageError',
  'ConnectionError',
  'ElfError',
  'GuestFileError',
  'InstallError',
  'MissingProgramError',
  'SdkError',
  'ToolchainError',
]);

function isAbort(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'name' in thrown && thrown.name === 'AbortError';
}

/** Front ends put errors on backgrounds of their own, pale red or dark, on which no colour can be read in all of them: not red either. */
const onError: Severities = { error: paint.bold, warning: paint.bold, note: paint.bold };

const hintLines = (hint: string | undefined): string[] => (hint ? hint.split('\n').map((line) => `  ${line}`) : []);

function diagnosticError(error: DiagnosticError, display: (path: string) => string): KernelError {
  const first = error.diagnostics.find((d) => d.severity === 'error') ?? error.diagnostics[0];
  const count = error.diagnostics.filter((d) => d.severity === 'error').length;
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  const evalue = first ? `${position(first, display)}: ${first.message}${more}` : error.message;
  const lines = error.diagnostics.flatMap((d) => diagnosticLines(d, display, onError));
  return new KernelError(error.kind, evalue, lines.length ? lines : [`${error.kind}: ${error.message}`]);
}

function position(d: Diagnostic, display: (path: string) => string): string {
  return [display(d.file), d.line, d.line === undefined ? undefined : d.column].filter((part) => part !== undefined).join(':');
}

type Severities = Record<Diagnostic['severity'], (text: string) => string>;
const coloured: Severities = { error: paint.boldRed, warning: paint.bold, note: paint.cyan };

/** `file:line:column: error: message`, the source line with a mark under the place, and the hint. */
export function diagnosticLines(
  d: Diagnostic,
  display: (path: string) => string = (path) => path,
  severities: Severities = coloured,
): string[] {
  const colour = severities[d.severity];
  const lines = [`${paint.bold(position(d, display))}: ${colour(d.severity)}: ${d.message}`];
  if (d.sourceLine !== undefined && d.line !== undefined) {
    const gutter = String(d.line).padStart(5);
    const { text, column } = excerpt(d.sourceLine.replace(/\t/g, ' '), d.column);
    lines.push(`${gutter} | ${text}`);
    if (column !== undefined) {
      const rest = [...text].slice(column - 1);
      // Compilers tell where a name begins, and mean all of it.
      const length = d.length ?? /^[A-Za-z_]\w*/.exec(rest.join(''))?.[0].length ?? 1;
      const marked = Math.max(1, Math.min(length, rest.length));
      lines.push(`${' '.repeat(gutter.length)} | ${' '.repeat(Math.max(0, column - 1))}${colour('^' + '~'.repeat(marked - 1))}`);
    }
  }
  return [...lines, ...hintLines(d.hint && `hint: ${d.hint}`)];
}

/** Of a source line, in characters. */
const LONGEST_EXCERPT = 160;

/** A line that a page can hold, around the column that is meant. */
function excerpt(line: string, column: number | undefined): { text: string; column: number | undefined } {
  const characters = [...line];
  if (characters.length <= LONGEST_EXCERPT) return { text: line, column };
  const start = Math.max(0, Math.min((column ?? 1) - LONGEST_EXCERPT / 2, characters.length - LONGEST_EXCERPT));
  const text = characters.slice(start, start + LONGEST_EXCERPT).join('');
  return {
    text: `${start > 0 ? '\u2026' : ''}${text}\u2026`,
    column: column === undefined ? undefined : column - start + (start > 0 ? 1 : 0),
  };
}

function unexpectedError(thrown: unknown): KernelError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // System errors (no such file, no permission) name the file and the reason; anything else is a fault of ours.
  const code = (error as NodeJS.ErrnoException).code;
  const ename = code ? 'SystemError' : 'InternalError';
  const lines = [`${paint.bold(ename)}: ${error.message}`];
  if (!code) lines.push(...hintLines('This is a fault in virtbook. VIRTBOOK_DEBUG=1 shows where.'));
  if (process.env.VIRTBOOK_DEBUG && error.stack) lines.push(...error.stack.split('\n'));
  return new KernelError(ename, error.message, lines, { cause: error });
}
