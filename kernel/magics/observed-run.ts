import type { Observation, Observed } from '../../emulator/debug/observation.js';
import type { CellContext } from '../core/evaluator.js';
import { type BuiltSystem, readWholeSystem } from '../session/built-system.js';
import { describeEnd, type Ending, type Goal } from '../session/machine-run.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { systemOf } from './running-system.js';
import { watch } from './watch.js';

/** Lets the machine run for a cell, its console in it, and gives what was noted meanwhile. */
export async function runObserved(
  session: Session,
  cell: CellContext,
  what: Observation,
  goal: Goal,
): Promise<{ ending: Ending; observed: Observed; system: BuiltSystem }> {
  const { machine, name, ended } = session.machine.requireRun();
  if (ended) throw new UserError('RunError', `${name} ${describeEnd(ended)}`, `Start it again with %run ${name}.`);
  if (!machine.observe) throw new UserError('RunError', 'this machine cannot be watched', 'Run one that %build made.');
  const system = await readWholeSystem(session, name, systemOf(session));
  await session.machine.still(() => machine.observe!(what));
  let observed: Observed | undefined;
  let ending: Ending;
  try {
    ending = await watch(session, cell, goal);
  } finally {
    // Also after an interrupt: what nobody asks for any more is not to cost anything.
    observed = await machine.observe();
  }
  const end = session.machine.run?.ended;
  if (end) cell.stdout(`${name} ${describeEnd(end)}.\n`);
  if (!observed) throw new UserError('RunError', `${name} was watched by another cell meanwhile`, 'Run one such cell at a time.');
  return { ending, observed, system };
}
