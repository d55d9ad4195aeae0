/** Machines in threads of Node's. */
import type { MachineOptions } from '../machine/options.js';
import type { RestoreOptions } from '../machine/snapshot/description.js';
import { restoreAt, restoreFileAt, startAt, type StartSettings } from '../server/client.js';
import type { Machine } from '../server/machine.js';
import type { OwnerPort } from '../server/port.js';
import { machineThread, portOf, type ThreadData } from './machine-threads.js';

/** Where a machine's thread belongs. */
export interface ThreadSettings extends ThreadData {
  /** The thread does not keep the program alive: when nothing else does, it ends with it. */
  background?: boolean | undefined;
}

function ownerPort({ background, keptEngineCode }: ThreadSettings = {}): OwnerPort {
  const worker = machineThread({ keptEngineCode });
  const port = portOf(worker, async () => void (await worker.terminate()));
  return {
    ...port,
    receive(listener) {
      port.receive(listener);
      // Listening makes it count again.
      if (background) worker.unref();
    },
  };
}

/** Powers a machine on, in a thread of its own; it is at its first instruction until `resume`. Rejects when the options cannot be met. */
export function startMachine(options: MachineOptions, settings?: StartSettings & ThreadSettings): Promise<Machine> {
  return startAt(ownerPort(settings), options, settings);
}

/**
 * Goes on with the machine of a snapshot, in a thread of its own, as `restoreAt` says. `read` gives the snapshot's bytes.
 * Rejects with a SnapshotError, or with a SnapshotMismatch for an option that is not what the snapshot was taken with.
 */
export function restoreMachine(read: () => Uint8Array, options: RestoreOptions): Promise<Machine> {
  return restoreAt(ownerPort(), read, options);
}

/** The same from a file, which the machine's thread reads: it may be deleted once the machine is there. */
export function restoreMachineFile(file: string, options: RestoreOptions, thread?: ThreadSettings): Promise<Machine> {
  return restoreFileAt(ownerPort(thread), file, options);
}
