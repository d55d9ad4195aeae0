/** Where a run begins: at power-on, or in a state of a snapshot. Its machine can be made as often as it is gone back to. */
import type { CoreModules } from '../cpu/processor-interfaces.js';
import { StateReader, type State } from '../devices/snapshotable.js';
import type { MachineOptions } from '../machine/options.js';
import { MachineRunner, type Execution, type MachineOutput } from '../machine/runner.js';
import { describeMachine, restoredOptions, type RestoreOptions } from '../machine/snapshot/description.js';
import type { Sha256 } from '../machine/snapshot/sha256.js';
import { restoreRunner } from '../machine/snapshot/snapshot.js';
import { isRepeatable, withFreshStorage } from '../machine/storage.js';

export interface Origin {
  /** A machine at the start, or in a later state of the same run (`execution.snapshot`). */
  make(output: MachineOutput, execution: Execution): MachineRunner;
  /** Whether `make` always gives the same machine. */
  readonly repeatable: boolean;
  /** What machine it is, for its snapshots, once one has been made. */
  description(): State;
}

/** `options`: with all storage open. `digest`: see `describeMachine`. */
export function fromPowerOn(options: MachineOptions, modules: CoreModules, digest?: Sha256): Origin {
  let description: State | undefined;
  return {
    make: (output, execution) => new MachineRunner(withFreshStorage(options), modules, output, execution),
    repeatable: isRepeatable(options),
    description: () => (description ??= describeMachine(options, digest)),
  };
}

/** `read` gives the snapshot, which has been checked, each time that it is needed; `given`: with all storage open. */
export function fromSnapshot(read: () => Uint8Array, given: RestoreOptions, modules: CoreModules, digest?: Sha256): Origin {
  let description: State | undefined;
  return {
    make(output, execution) {
      if (execution.snapshot && description) {
        const options = restoredOptions(new StateReader(description, 'description'), withFreshStorage(given), digest);
        return new MachineRunner(options, modules, output, execution);
      }
      const restored = restoreRunner(read(), withFreshStorage(given), modules, output, execution, digest);
      ({ description } = restored);
      return restored.runner;
    },
    repeatable: isRepeatable(given),
    description() {
      if (!description) throw new Error('no machine has been made of the snapshot');
      return description;
    },
  };
}

/** The same for a machine that is made once, and never gone back with: what it begins with need not be kept. */
export function onlyOnce(origin: Origin): Origin {
  let isMade = false;
  return {
    ...origin,
    repeatable: false,
    make(output, execution) {
      if (isMade) throw new Error('this machine cannot begin again: what it began with was not kept');
      isMade = true;
      return origin.make(output, execution);
    },
  };
}
