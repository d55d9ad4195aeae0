import type { Observation, Observed } from '../../emulator/debug/observation.js';
import type { CellContext } from '../core/evaluator.js';
import { type BuiltSystem, readWholeSystem } from '../session/built-system.js';
import { describeEnd, type Ending, type Goal } from '../session/machine-run.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { wrongUse } from '../kit/arguments.js';
import type { Invocation, Magic, OptionSpec } from '../kit/magic.js';
import { openBuild, seedOf } from './power-on.js';
import { systemOf } from './running-system.js';
import { watch } from './watch.js';

/** Powers the machine on with a build, for a cell that watches it from its first instruction. @throws UserError when it does not go with the other words */
export async function powerOnPaused(magic: Magic, invocation: Invocation, name: string | undefined): Promise<void> {
  const { session, args } = invocation;
  const seed = seedOf(magic, args);
  const other = ['seed', 'previous'].find((option) => args.has(option));
  if (name === undefined) {
    if (other !== undefined) throw wrongUse(magic, `--${other} needs NAME: it is about a machine that is powered on`);
    return;
  }
  await openBuild(invocation, name);
  await session.machine.start(name, seed ?? session.seeds.next(), 'simulated');
}

/** Options of a magic that may power the machine on. */
export const POWER_ON_OPTIONS: readonly OptionSpec[] = [
  { name: 'seed', value: 'N', help: 'with NAME: decides all that is left to chance' },
  { name: 'previous', help: 'with NAME: what was built before, where a later description or build was wrong' },
];

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
