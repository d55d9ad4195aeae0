/** Machines in a page's workers. */
import type { MachineOptions } from '../machine/options.js';
import type { RestoreOptions } from '../machine/snapshot/description.js';
import { restoreAt, restoreFileAt, startAt, type StartSettings } from '../server/client.js';
import type { Machine } from '../server/machine.js';
import type { OwnerPort } from '../server/port.js';
import { PreparedWorker, type WorkerSettings } from './prepared-worker.js';

export * from '../server/api.js';
export { compileFrom, type LoadedCore, loadCoreModules } from './core-modules.js';
export { PreparedWorker, type WorkerSettings } from './prepared-worker.js';

export interface WebSettings extends WorkerSettings {
  /** Makes the machine's worker from this package's `worker.js`, where a bundler wants that written in another way. */
  worker?: (() => Worker) | undefined;
  /** A worker that was made before. Settings of workers are its own then. */
  prepared?: PreparedWorker | undefined;
}

/** As a bundler finds it: the file beside this one. */
const defaultWorker = (): Worker => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

const ownerPort = ({ worker = defaultWorker, prepared, ...settings }: WebSettings): OwnerPort =>
  (prepared ?? new PreparedWorker(worker(), settings)).port();

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

/**
 * The same from a file in the browser's storage, which the worker reads: `Machine.saveSnapshot` has written it there. `file`: names of folders and
 * the file's own, with `/` between them.
 */
export function restoreMachineFile(file: string, options: RestoreOptions, settings: WebSettings = {}): Promise<Machine> {
  return restoreFileAt(ownerPort(settings), file, options);
}
