/** What is wrong with a machine at an instant, whatever it is doing: asked by checks of tasks, and by cells. */
import type { Place } from '../../emulator/debug/observation.js';
import { type BuiltSystem, readWholeSystem } from '../session/built-system.js';
import type { MachineRun } from '../session/machine-run.js';
import type { Session } from '../session/session.js';
import { type DomainState, readDomainStates, whyUnknown } from '../session/thread-states.js';
import type { MachineEvent } from '../session/trace-model.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { ReadPhysical } from './call-path.js';
import { type Finding, FINDING_KINDS, type FindingKind, found } from './finding.js';
import { starved, unacknowledged } from './overdue.js';
import { faults, mayBeDropped, oddities, stuckInterrupts } from './run.js';
import { explainStarved, explainDropped, explainWaits } from './waits.js';

export interface Instant {
  /** The description of the system, if it is known. */
  description: SystemDescription | undefined;
  /** What the machine has done since power-on; undefined where it was not recorded. */
  events: readonly MachineEvent[] | undefined;
  /** The kinds that are asked for. */
  kinds: readonly FindingKind[];
}

/** What the questions are asked of. */
interface Asked extends Instant {
  run: MachineRun;
  system: BuiltSystem;
  place: Place | undefined;
  read: ReadPhysical;
}

/**
 * Of the machine that is there, at rest between two slices. A loop is not told: that takes a stretch of time.
 * @throws UserError when the domains of the microkernel that runs cannot be looked at
 */
export async function explainInstant(session: Session, instant: Instant): Promise<Finding[]> {
  const run = session.machine.requireRun();
  const system = await readWholeSystem(session, run.name, instant.description);
  const place = run.ended ? undefined : await run.machine.place?.();
  const read: ReadPhysical = (address, length) => run.machine.readMemory(address, length, 'physical');
  const asked = { ...instant, run, system, place, read };
  const said: Finding[] = [];
  for (const kind of FINDING_KINDS) if (instant.kinds.includes(kind)) said.push(...(await QUESTIONS[kind](asked)));
  return said;
}

const QUESTIONS: Record<FindingKind, (asked: Asked) => Promise<Finding[]>> = {
  fault: ({ run, system, read }) => faults(run, system, 0, read),
  loop: async () => [],
  oddity: ({ run, system }) => oddities(run, system),
  async interrupt({ run, place, description, events = [] }) {
    const stuck = place && description ? await stuckInterrupts(run, place, description) : [];
    return found('interrupt', stuck.length > 0 ? stuck : unacknowledged(events, run.status.time));
  },
  async deadlock(asked) {
    const { run, system, place, read } = asked;
    const states = await requireStates(asked);
    const waits = (await explainWaits(system, states, read)).filter(({ forGood }) => forGood || place?.waiting);
    return found('deadlock', [...waits.map(({ text }) => text), ...explainDropped(mayBeDropped(run, states))]);
  },
  async starvation(asked) {
    const states = await requireStates(asked);
    return found('starvation', [...explainStarved(states), ...starved(states, asked.events ?? [], asked.run.status.time)]);
  },
};

async function requireStates({ run, system }: Asked): Promise<DomainState[]> {
  const states = run.ended?.kind === 'crashed' ? undefined : await readDomainStates(run.machine, system);
  if (!states) throw whyUnknown();
  return states;
}
