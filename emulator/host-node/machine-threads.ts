/** Threads that live longer than a machine. */
import { Worker } from 'node:worker_threads';
import type { MachineOptions } from '../machine/options.js';
import { startAt, type StartSettings } from '../server/client.js';
import type { Machine } from '../server/machine.js';
import type { OwnerPort } from '../server/port.js';
import type { MachineEvent, MachineRequest } from '../server/protocol.js';
import { builtFile } from './built.js';

/** The machine's memory is WebAssembly's. Its JavaScript makes little, and V8 would let that grow to 48 MB before it looks. */
const YOUNG = { maxYoungGenerationSizeMb: 4 };

/** Milliseconds that a thread has to give back a machine, however busy the host is: it listens every ten. */
const PATIENCE = 30_000;

/** What a thread begins with. */
export interface ThreadData {
  /** The file in which earlier threads have left what the engine made of the processor's modules, or in which this one does. */
  keptEngineCode?: string | undefined;
}

export function machineThread(workerData: ThreadData = {}): Worker {
  return new Worker(builtFile('host-node', 'worker.js'), { resourceLimits: YOUNG, workerData });
}

/**
 * For who runs one machine after the other: what the engine has made of a thread's code, and of the code that earlier runs have left, is
 * good for the next machine. Of the machine itself nothing stays.
 */
export class MachineThreads {
  /** Threads that wait, each with what hears of its end: a timer that a chapter's module has left there may throw at any time. */
  private readonly idle = new Map<Worker, () => void>();

  constructor(private readonly data: ThreadData = {}) {}

  /** As `startMachine`. */
  start(options: MachineOptions, settings?: StartSettings): Promise<Machine> {
    return startAt(this.port(this.take() ?? machineThread(this.data)), options, settings);
  }

  /** Threads that have no machine. */
  get waiting(): number {
    return this.idle.size;
  }

  /** Ends those. */
  async end(): Promise<void> {
    const workers = [...this.idle.keys()];
    this.idle.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  private take(): Worker | undefined {
    for (const [worker, ended] of this.idle) {
      this.idle.delete(worker);
      worker.off('error', ended).off('exit', ended);
      return worker;
    }
    return undefined;
  }

  private keep(worker: Worker): void {
    const ended = (): void => void this.idle.delete(worker);
    worker.on('error', ended).on('exit', ended);
    this.idle.set(worker, ended);
  }

  private port(worker: Worker): OwnerPort {
    return portOf(worker, async (leave) => {
      leave();
      if (await switchedOff(worker)) this.keep(worker);
      else await worker.terminate();
    });
  }
}

/**
 * The owner's end of a thread.
 * @param close ends the thread, or gives it to others; `leave` takes this end's listeners away
 */
export function portOf(worker: Worker, close: (leave: () => void) => Promise<void>): OwnerPort {
  const listeners: (() => void)[] = [];
  const on = <Value>(event: string, listener: (value: Value) => void): void => {
    worker.on(event, listener);
    listeners.push(() => worker.off(event, listener));
  };
  return {
    hasFiles: true,
    send: (request, transfer) => worker.postMessage(request, transfer),
    receive: (listener) => on('message', (event: MachineEvent) => listener(event)),
    ended(listener) {
      on('error', (error: Error) => listener(`the machine failed: ${error.message}`));
      on('exit', () => listener('the machine was switched off'));
    },
    close: () => close(() => listeners.forEach((leave) => leave())),
  };
}

/** False: the thread is lost, or does not listen. */
function switchedOff(worker: Worker): Promise<boolean> {
  // A thread that has ended says so no more.
  if (worker.threadId === -1) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (well: boolean): void => {
      clearTimeout(timer);
      worker.off('message', heard).off('error', lost).off('exit', lost);
      resolve(well);
    };
    const heard = (event: MachineEvent): void => {
      if (event.type === 'switchedOff') done(true);
    };
    const lost = (): void => done(false);
    const timer = setTimeout(lost, PATIENCE);
    worker.on('message', heard).on('error', lost).on('exit', lost);
    const request: MachineRequest = { type: 'switchOff' };
    worker.postMessage(request);
  });
}
