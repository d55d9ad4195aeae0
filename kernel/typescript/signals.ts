import type { EventEmitter } from 'node:events';
import { extname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import type { HolderData } from './sigint-holder.js';
import { Turn } from './sigint-turn.js';

/** Milliseconds without a signal after which none is left over. On a busy machine a signal takes some to be felt. */
const QUIET = 40;
/** Milliseconds that a signal to itself may take. Should it be lost, the cell begins that much later. */
const PATIENCE = 1000;

/** SIGINT in the process of the cells: it breaks off the script that runs, and does nothing else. */
export class Signals {
  /** Resolves when a signal cannot end the process any more. */
  readonly held: Promise<void>;
  private readonly felt = new Int32Array(new SharedArrayBuffer(4));
  private readonly shared = new Int32Array(new SharedArrayBuffer(4));
  private readonly turn = new Turn(this.shared, 'cells');
  private before = 0;

  constructor() {
    // Windows has no such signal.
    if (process.platform === 'win32') {
      this.held = Promise.resolve();
      return;
    }
    ignoreListeners('SIGINT');
    const workerData: HolderData = { felt: this.felt, turn: this.shared };
    const holder = new Worker(join(__dirname, `sigint-holder${extname(__filename)}`), { workerData });
    this.held = new Promise((resolve, reject) => holder.once('message', resolve).once('error', reject));
    this.held.then(
      () => holder.unref(),
      (error: unknown) => {
        process.stderr.write(`SIGINT cannot be held: ${String(error)}\n`);
        process.exit(1);
      },
    );
  }

  /** To be called before a cell. `left` says that signals may be on their way that were meant for an earlier one. */
  begin(left: boolean): void {
    if (left) {
      this.turn.take();
      absorb();
      this.turn.give();
    }
    this.before = Atomics.load(this.felt, 0);
  }

  /**
   * Whether a cell whose script would be next may run: not after a signal that came when it was already under way, and only
   * compiled, say. From here to `leave`, signals are its own.
   */
  enter(): boolean {
    this.turn.take();
    return !this.pending;
  }

  /** Whether a signal has come since the cell began that no script of its own has felt. */
  get pending(): boolean {
    return Atomics.load(this.felt, 0) !== this.before;
  }

  /** To be called when the script has returned, or none will run. */
  leave(): void {
    this.turn.give();
  }
}

/**
 * Listeners of cells and their libraries are kept, but Node installs no handler of its own for them: it would take the
 * place of the watchdog's, and be taken away before each script, with the default action in its place.
 */
function ignoreListeners(signal: NodeJS.Signals): void {
  const events: EventEmitter = process;
  for (const install of events.listeners('newListener')) {
    events.off('newListener', install as (event: string) => void);
    events.on('newListener', (event: unknown, ...rest: unknown[]) => {
      if (event !== signal) Reflect.apply(install, process, [event, ...rest]);
    });
  }
}

/**
 * A signal that comes while a script runs lets the watchdog end it. One that was sent to an earlier cell and is felt late
 * would end the next; here it ends a loop that nobody misses. The watchdog's thread takes signals in their order, so one more
 * from here shows that it has come to what was sent before.
 */
function absorb(): void {
  // Sent by the script: before it begins, the thread that holds signals would feel it.
  feels(PATIENCE, `process.kill(${process.pid}, 'SIGINT');`);
  for (let attempt = 0; attempt < 20 && feels(QUIET); attempt++);
}

/** Whether a signal comes within so many milliseconds. */
function feels(milliseconds: number, first = ''): boolean {
  try {
    runInThisContext(`${first} for (const end = Date.now() + ${milliseconds}; Date.now() < end; );`, { breakOnSigint: true });
    return false;
  } catch {
    return true;
  }
}

/** Ends this process and the programs that cells have started: there is nobody left whom they could serve. */
export function endSession(): void {
  // The session leads a group of processes, where the system has such.
  process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
}
