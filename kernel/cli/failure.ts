import { stripVTControlCharacters } from 'node:util';
import { toKernelError } from '../render/errors.js';

export { CommandFailure } from '../../emulator/host-node/failure.js';

/** What a person at a terminal should read of anything thrown. */
export function failureText(thrown: unknown, colour: boolean): string {
  const text = toKernelError(thrown).traceback.join('\n');
  return colour ? text : stripVTControlCharacters(text);
}
