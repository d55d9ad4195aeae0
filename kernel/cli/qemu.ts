import { CommandFailure } from './failure.js';

/** Placeholder until the options parser of the board is there. */
export async function qemuCommand(_args: string[], _signal: AbortSignal): Promise<number> {
  throw new CommandFailure(2, 'virtbook qemu: not there yet');
}
