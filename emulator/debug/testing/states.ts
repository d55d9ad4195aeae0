import type { Execution, MachineOutput, MachineRunner } from '../../machine/runner.js';
import { MachineCheckpoints, type KeptState } from '../../machine/snapshot/checkpoints.js';
import type { Checkpoints } from '../checkpoints.js';

/** Real states, at every so many instructions, and no more of them than that; `machine` makes one in a state. */
export function keptStates(
  interval: number,
  most: number,
  machine: (output: MachineOutput, snapshot: Execution['snapshot']) => MachineRunner,
): Checkpoints {
  const real = new MachineCheckpoints((snapshot, output) => machine(output, snapshot));
  return {
    interval,
    most,
    full: false,
    save: (runner) => real.save(runner),
    restore: (state, output) => real.restore(state as KeptState, output),
    forget: (state) => real.forget(state as KeptState),
  };
}
