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
import { readDomainStates } from '../session/thread-states.js';
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
export async function explainRun(session: Session, stretch: Stretch): Promise<string[]> {
  const { run } = session.machine;
  if (!run || run.ended?.kind === 'crashed') return [];
  const { description } = stretch;
  const system = systemOf(session, run.name, description);
  const read: ReadPhysical = (address, length) => run.machine.readMemory(address, length, 'physical');
  const place = run.ended ? undefined : await run.machine.place?.();
  const said: string[] = [];
  if (system) said.push(...(await wentWrong(run, place, system, stretch, read)));
  if (place && stretch.ending.kind !== 'pattern') {
    said.push(...(description ? await stuckInterrupts(run, place, description) : []));
    said.push(...(system ? await stuckDomains(session, run, place, stretch, read) : []));
  }
  return said.filter(Boolean);
}

/** Faults, and who has used all the time. */
async function wentWrong(
  run: MachineRun,
  place: Place | undefined,
  system: BuiltSystem,
  { from, ending, quiet }: Stretch,
  read: ReadPhysical,
): Promise<string[]> {
  const said: (string | undefined)[] = [];
  for (const report of readFaultReports(run.transcript.plain(from))) said.push(await explainFault(system, report, read));
  if (place && ending.kind === 'quiet' && ending.busy) said.push(await busy(run, place, system, quiet, read));
  return said.filter((each) => each !== undefined);
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
): Promise<string[]> {
  const system = await readWholeSystem(session, run.name, description);
  const states = await readDomainStates(run.machine, system);
  if (!states) return [];
  if (place.waiting || ending.kind === 'quiet') {
    const reports = readFaultReports(run.transcript.plain());
    const dropped = run.transcript.plain().includes(DROPPED_CALL)
      ? states.filter(({ domain }) => !reports.some((each) => each.domain === domain))
      : [];
    return [...(await explainWaits(system, states, read)), ...explainDropped(dropped)];
  }
  if (ending.kind !== 'timeout') return [];
  const now = await explainNow(system, { place, registers: await run.machine.registers() }, read);
  return [...(now === undefined ? [] : [now]), ...explainStarved(states)];
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
async function stuckInterrupts({ machine }: MachineRun, place: Place, description: SystemDescription): Promise<string[]> {
  if (!place.waiting || !machine.interrupts) return [];
  return explainInterrupts(description, await machine.interrupts());
}
