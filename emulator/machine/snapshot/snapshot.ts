/** Snapshots of a whole machine, taken and restored in the thread that runs it. */
import type { CoreModules } from '../../cpu/processor-interfaces.js';
import { SnapshotError, type State } from '../../devices/snapshotable.js';
import { MachineRunner, type Execution } from '../runner.js';
import { restoredOptions, type RestoreOptions } from './description.js';
import { readSnapshot, snapshotParts, writeSnapshot } from './format.js';
import type { Sha256 } from './sha256.js';

/** `description`: of the machine at its power-on. @throws SnapshotError when a device cannot be saved. */
export function takeSnapshot(runner: MachineRunner, description: State): Uint8Array<ArrayBuffer> {
  return writeSnapshot(description, runner.saveState(), runner.usedPages());
}

/** The same in parts, which are the machine's own memory: to be written before it goes on. @throws SnapshotError */
export function takeSnapshotParts(runner: MachineRunner, description: State): Uint8Array[] {
  return snapshotParts(description, runner.saveState(), runner.usedPages());
}

export interface RestoredMachine {
  runner: MachineRunner;
  /** For the snapshots that will be taken of it. */
  description: State;
}

/**
 * The machine of a snapshot that `checkSnapshot` has accepted. Storage in `given` is open. `digest`: see `describeMachine`.
 * @throws SnapshotError, and SnapshotMismatch for an option that is not the snapshot's
 */
export function restoreRunner(
  snapshot: Uint8Array,
  given: RestoreOptions,
  modules: CoreModules,
  output: (byte: number, time: number) => void,
  execution: Execution = {},
  digest?: Sha256,
): RestoredMachine {
  const content = readSnapshot(snapshot);
  const options = restoredOptions(content.description, given, digest);
  try {
    return {
      runner: new MachineRunner(options, modules, output, { ...execution, snapshot: content }),
      description: content.description.state,
    };
  } catch (error) {
    // What no board can honour cannot have been the machine that the snapshot is of.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new SnapshotError(`the snapshot is damaged: ${error.message}; take a new one`, { cause: error });
  }
}
