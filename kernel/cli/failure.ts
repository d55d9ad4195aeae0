import { stripVTControlCharacters } from 'node:util';
import { toKernelError } from '../render/errors.js';

/** Ends the command: 1 for a run that failed, 2 for wrong use. The message has been shown when it is empty. */
export class CommandFailure extends Error {
  constructor(
    readonly status: number,
    message = '',
  ) {
    super(message);
  }
}

/** What a person at a terminal should read of anything thrown. */
export function failureText(thrown: unknown, colour: boolean): string {
  const text = toKernelError(thrown).traceback.join('\n');
  return colour ? text : stripVTControlCharacters(text);
}
