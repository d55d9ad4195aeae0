import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { withFlag } from './engine-flags.js';

let collect: (() => void) | undefined;

/**
 * To be called when a process begins that is to stay small: V8 gives new objects more and more room, 16 MB in each thread and 64 from
 * Node 24 on, and does not take it back when they are gone. Here it keeps to what it begins with.
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Gives back what this thread no longer uses. V8 does so when it needs memory, and a program that waits needs none: the
 * buffers of a machine that was switched off would stay for good.
 */
export function collectGarbage(): void {
  collect ??= withFlag('expose-gc', () => runInNewContext('gc') as () => void);
  collect();
  // The first leaves pages with little in them, which the second empties: of 40 MB that are free, the one gives back 20, the other the rest.
  collect();
}
