/** Machines in threads of Node's. */
import { Worker } from 'node:worker_threads';
import type { MachineOptions } from '../machine/options.js';
import type { RestoreOptions } from '../machine/snapshot/description.js';
import { restoreAt, startAt, type StartSettings } from '../server/client.js';
import type { Machine } from '../server/machine.js';
import type { OwnerPort } from '../server/port.js';
import type { MachineEvent } from '../server/protocol.js';
import { builtFile } from './built.js';

function ownerPort(): OwnerPort {
  const worker = new Worker(builtFile('host-node', 'worker.js'));
  return {
    send: (request, transfer) => worker.postMessage(request, transfer),
    receive: (listener) => void worker.on('message', (event: MachineEvent) => listener(event)),
    ended(listener) {
      worker.on('error', (error) => listener(`the machine failed: ${error.message}`));
      worker.on('exit', () => listener('the machine was switched off'));
    },
    close: async () => void (await worker.terminate()),
  };
}

/** Powers a machine on, in a thread of its own; it is at its first instruction until `resume`. Rejects when the options cannot be met. */
export function startMachine(options: MachineOptions, settings?: StartSettings): Promise<Machine> {
  return startAt(ownerPort(), options, settings);
}

/**
 * Goes on with the machine of a snapshot, in a thread of its own, as `restoreAt` says. `read` gives the snapshot's bytes.
 * Rejects with a SnapshotError, or with a SnapshotMismatch for an option that is not what the snapshot was taken with.
 */
export function restoreMachine(read: () => Uint8Array, options: RestoreOptions): Promise<Machine> {
  return restoreAt(ownerPort(), read, options);
}
