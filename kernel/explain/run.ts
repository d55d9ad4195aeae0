/** What is to be said about a stretch of a run, when it has ended. */
import type { Place } from '../../emulator/debug/observation.js';
import type { BuiltSystem } from '../session/built-system.js';
import { readBuiltSystem, readWholeSystem } from '../session/built-system.js';
import { type Ending, type MachineRun, SECONDS } from '../session/machine-run.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { ReadPhysical } from './call-path.js';
import { explainFault } from './fault.js';
import { readFaultReports } from './fault-report.js';
import { type DomainState, readDomainStates } from '../session/thread-states.js';
import { type Finding, found } from './finding.js';
import { explainOddities } from './oddities.js';
import { explainBusy, explainInterrupts, explainNow } from './silence.js';
import { explainDropped, explainStarved, explainWaits } from './waits.js';

export interface Stretch {
  ending: Ending;
  /** Where in the transcript it began. */
  from: number;
  /** Simulated nanoseconds of silence at its end. */
  quiet: number;
  /** The description of the system, if it is known. */
  description: SystemDescription | undefined;
}

/** Sentences, none where nothing is wrong. Of the machine that is there, at rest. */
export async function explainRun(session: Session, stretch: Stretch): Promise<Finding[]> {
  const { run } = session.machine;
  if (!run || run.ended?.kind === 'crashed') return [];
  const { description } = stretch;
  const system = systemOf(session, run.name, description);
  const read: ReadPhysical = (address, length) => run.machine.readMemory(address, length, 'physical');
  const place = run.ended ? undefined : await run.machine.place?.();
  const said: Finding[] = [];
  if (system) said.push(...(await wentWrong(run, place, system, stretch, read)), ...(await oddities(run, system)));
  if (place && stretch.ending.kind !== 'pattern') {
    said.push(...found('interrupt', description ? await stuckInterrupts(run, place, description) : []));
    said.push(...(system ? await stuckDomains(session, run, place, stretch, read) : []));
  }
  return said;
}

/** Faults, and who has used all the time. */
async function wentWrong(
  run: MachineRun,
  place: Place | undefined,
  system: BuiltSystem,
  { from, ending, quiet }: Stretch,
  read: ReadPhysical,
): Promise<Finding[]> {
  const said = await faults(run, system, from, read);
  if (place && ending.kind === 'quiet' && ending.busy) said.push(...found('loop', [await busy(run, place, system, quiet, read)]));
  return said;
}

/** Every fault that the monitor has reported since a place in the transcript. */
export async function faults(run: MachineRun, system: BuiltSystem, from: number, read: ReadPhysical): Promise<Finding[]> {
  const said: (string | undefined)[] = [];
  for (const report of readFaultReports(run.transcript.plain(from))) said.push(await explainFault(system, report, read));
  return found('fault', said);
}

/** What passed, and is most likely a mistake. */
export async function oddities(run: MachineRun, system: BuiltSystem): Promise<Finding[]> {
  return found('oddity', run.ended ? [] : explainOddities(system, (await run.machine.noticed?.()) ?? []));
}

/** What seL4 says when a domain receives before it has answered: who called is stopped for good. */
const DROPPED_CALL = 'Reply object already has unexecuted reply!';

/** Who waits for what cannot come, and who never runs; nothing where the microkernel is one whose memory nobody here can read. */
async function stuckDomains(
  session: Session,
  run: MachineRun,
  place: Place,
  { ending, description }: Stretch,
  read: ReadPhysical,
): Promise<Finding[]> {
  const system = await readWholeSystem(session, run.name, description);
  const states = await readDomainStates(run.machine, system);
  if (!states) return [];
  if (place.waiting || ending.kind === 'quiet') {
    return found('deadlock', [
      ...(await explainWaits(system, states, read)).map(({ text }) => text),
      ...explainDropped(mayBeDropped(run, states)),
    ]);
  }
  if (ending.kind !== 'timeout') return [];
  const now = await explainNow(system, { place, registers: await run.machine.registers() }, read);
  return [...found('loop', [now]), ...found('starvation', explainStarved(states))];
}

/** Domains that no fault has stopped, where calls were dropped. */
export function mayBeDropped({ transcript }: MachineRun, states: readonly DomainState[]): DomainState[] {
  const log = transcript.plain();
  const reports = log.includes(DROPPED_CALL) ? readFaultReports(log) : undefined;
  return reports ? states.filter(({ domain }) => !reports.some((each) => each.domain === domain)) : [];
}

function systemOf(session: Session, name: string, description: SystemDescription | undefined): BuiltSystem | undefined {
  try {
    return readBuiltSystem(session, name, description);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function busy(
  { machine }: MachineRun,
  place: Place,
  system: BuiltSystem,
  quiet: number,
  read: ReadPhysical,
): Promise<string | undefined> {
  return explainBusy(system, { place, registers: await machine.registers() }, quiet / SECONDS, read);
}

/** Only of a system that waits: one that works may be on its way to the acknowledgement. */
export async function stuckInterrupts({ machine }: MachineRun, place: Place, description: SystemDescription): Promise<string[]> {
  if (!place.waiting || !machine.interrupts) return [];
  return explainInterrupts(description, await machine.interrupts());
}
