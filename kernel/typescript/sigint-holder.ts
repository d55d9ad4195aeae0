/**
 * A thread of the cells' process that feels SIGINT while no cell does. Node's watchdog takes the signal for as long as any
 * script runs that may be broken off, and gives it to the one that began last. Scripts of this thread always run, so the
 * process never falls back to the default action, which would end it and all variables, and never swaps its handler.
 */
import { Script } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { Turn } from './sigint-turn.js';

export interface HolderData {
  /** One counter: the signals that were felt here. */
  felt: Int32Array;
  /** Whose scripts may begin: those of a cell have to be the last that have. */
  turn: Int32Array;
}

/** Scripts inside each other. A signal ends the innermost; the others hold until it is the holder's turn to begin that again. */
const DEPTH = 8;

const { felt, turn: shared } = workerData as HolderData;
const turn = new Turn(shared, 'holder');
const script = new Script('hold()');
let depth = 0;

function hold(): void {
  const level = ++depth;
  if (level === DEPTH) {
    parentPort?.postMessage('held');
    turn.give();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  for (;;) {
    turn.take();
    try {
      script.runInThisContext({ breakOnSigint: true });
    } catch {
      Atomics.add(felt, 0, 1);
      depth = level;
    }
  }
}

Object.assign(globalThis, { hold });
hold();
