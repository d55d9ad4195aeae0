/** Machines in a page's workers. */
import type { MachineOptions } from '../machine/options.js';
import type { RestoreOptions } from '../machine/snapshot/description.js';
import { restoreAt, startAt, type StartSettings } from '../server/client.js';
import type { Machine } from '../server/machine.js';
import type { OwnerPort } from '../server/port.js';
import type { MachineEvent } from '../server/protocol.js';
import { GONE, watchLifeline } from './lifeline.js';

export * from '../server/api.js';

export interface WebSettings {
  /** Makes the machine's worker from this package's `worker.js`, where a bundler wants that written in another way. */
  worker?: (() => Worker) | undefined;
}

/** As a bundler finds it: the file beside this one. */
const defaultWorker = (): Worker => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

function ownerPort({ worker: makeWorker = defaultWorker }: WebSettings): OwnerPort {
  const worker = makeWorker();
  let end: (message: string) => void = () => undefined;
  watchLifeline(worker, () => end(`the machine failed: ${GONE}`));
  worker.addEventListener('error', ({ message }) => end(`the machine failed: ${message || 'its worker could not be loaded'}`));
  return {
    hasFiles: false,
    send: (request, transfer = []) => worker.postMessage(request, [...transfer]),
    receive: (listener) => worker.addEventListener('message', ({ data }: MessageEvent<MachineEvent>) => listener(data)),
    ended: (listener) => (end = listener),
    async close() {
      worker.terminate();
      // A browser says nothing of a worker that is gone.
      end('the machine was switched off');
    },
  };
}

/** Powers a machine on, in a worker of its own; it is at its first instruction until `resume`. Rejects when the options cannot be met. */
export function startMachine(options: MachineOptions, settings: StartSettings & WebSettings = {}): Promise<Machine> {
  return startAt(ownerPort(settings), options, settings);
}

/**
 * Goes on with the machine of a snapshot, in a worker of its own. `read` gives the snapshot's bytes, which the worker takes
 * over. Rejects with a SnapshotError, or with a SnapshotMismatch for an option that is not what the snapshot was taken with.
 */
export function restoreMachine(read: () => Uint8Array, options: RestoreOptions, settings: WebSettings = {}): Promise<Machine> {
  return restoreAt(ownerPort(settings), read, options);
}
