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

export function machineThread(): Worker {
  return new Worker(builtFile('host-node', 'worker.js'), { resourceLimits: YOUNG });
}

/**
 * For who runs one machine after the other: what the engine has made of a thread's code, and of the code that earlier runs have left, is
 * good for the next machine. Of the machine itself nothing stays.
 */
export class MachineThreads {
  private readonly idle: Worker[] = [];

  /** As `startMachine`. */
  start(options: MachineOptions, settings?: StartSettings): Promise<Machine> {
    return startAt(this.port(this.idle.pop() ?? machineThread()), options, settings);
  }

  /** Threads that have no machine. */
  get waiting(): number {
    return this.idle.length;
  }

  /** Ends those. */
  async end(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((worker) => worker.terminate()));
  }

  private port(worker: Worker): OwnerPort {
    return portOf(worker, async (leave) => {
      leave();
      if (await switchedOff(worker)) this.idle.push(worker);
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
