/** Flags of V8 that are wanted for a moment. */
import { setFlagsFromString } from 'node:v8';

/** A thread that loses the flag to another so often in a row has something else wrong with it. */
const TRIES = 20;

/**
 * Does something with a flag set, and takes the flag back: code that V8 keeps is good for one set of flags only. Flags are the whole
 * process's, so another thread may take it back first: what then fails is tried again.
 * @param name without its dashes
 * @throws what `work` has thrown the last time
 */
export function withFlag<Result>(name: string, work: () => Result): Result {
  for (let tries = TRIES; ; tries--) {
    setFlagsFromString(`--${name}`);
    try {
      return work();
    } catch (error) {
      if (tries === 1) throw error;
    } finally {
      setFlagsFromString(`--no-${name}`);
    }
  }
}
