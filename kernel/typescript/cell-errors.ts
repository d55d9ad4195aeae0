/** Errors of a cell, as the reader of a notebook should see them. */
import { KernelError } from '../core/evaluator.js';
import type { CellError } from './ipc.js';

/** tslab's words for a cell that was interrupted while it awaited. */
const ASYNC_INTERRUPT = 'Interrupted asynchronously';

/** The name of an interrupt's error; front ends know it. */
const INTERRUPTED = 'KeyboardInterrupt';

export function cellError(thrown: unknown): CellError {
  if (!(thrown instanceof Error)) {
    const evalue = typeof thrown === 'string' ? thrown : String(thrown);
    return { ename: 'Error', evalue, traceback: [`Error: ${evalue}`] };
  }
  if (thrown.message === ASYNC_INTERRUPT || (thrown as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
    const evalue = 'the cell was interrupted';
    return { ename: INTERRUPTED, evalue, traceback: [`${INTERRUPTED}: ${evalue}`] };
  }
  const { name: ename, message: evalue } = thrown;
  return { ename, evalue, traceback: [`${ename}: ${evalue}`, ...frames(thrown.stack ?? '')] };
}

/** An error that was told, to be thrown. */
export function kernelError({ ename, evalue, traceback }: CellError): KernelError {
  return new KernelError(ename, evalue, traceback);
}

/** Frames of the cell and its libraries, without those of the machinery below. Positions in compiled cells mislead. */
function frames(stack: string): string[] {
  return (
    stack
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .filter((line) => !/[( ]node:|[\\/]tslab[\\/]dist[\\/]|[\\/]kernel[\\/]typescript[\\/]/.test(line))
      .map((line) => line.replace(/\(?evalmachine\.<anonymous>:\d+:\d+\)?/, '(cell)'))
      // The function that a cell is wrapped in is called in the cell, too.
      .filter((line, index, all) => line !== all[index - 1])
  );
}

/** One message of the compiler. Line and column count from 1. */
export interface CompilerMessage {
  /** Empty for the cell itself. */
  file: string;
  line: number;
  column: number;
  text: string;
}

export function compileError(messages: CompilerMessage[], code: string): CellError {
  const lines = code.split('\n');
  const traceback = messages.flatMap(({ file, line, column, text }) => {
    const where = `${file.trim() || 'cell'}:${line}:${column}: error: ${text}`;
    const source = file.trim() ? undefined : lines[line - 1];
    if (source === undefined) return [where];
    // Tabs stay tabs, so that the caret stands under the character it means.
    return [where, `    ${source}`, `    ${source.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`];
  });
  const evalue = messages.map(({ line, column, text }) => `${line}:${column} ${text}`).join('\n');
  return { ename: 'TypeScriptError', evalue, traceback: ['TypeScriptError', ...traceback] };
}
