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
import { explainGuestFaults } from './guest-fault.js';
import { type DomainState, readDomainStates, readGuestStates, readNotified } from '../session/thread-states.js';
import { type Finding, found } from './finding.js';
import { explainIndices } from './indices.js';
import { explainOddities } from './oddities.js';
import { explainUnsaid } from './unsaid.js';
import { explainDevices } from './devices.js';
import { byName, explainBusy, explainInterrupts, explainNow } from './silence.js';
import {
  explainBudgets,
  explainDropped,
  explainDroppedFaults,
  explainIdle,
  explainStarved,
  explainWaits,
  savedRegisters,
} from './waits.js';

export interface Stretch {
  ending: Ending;
  /** Where in the transcript it began. */
  from: number;
  /** Simulated nanoseconds of silence at its end. */
  quiet: number;
  /** Something was to be printed that was not. */
  awaited?: boolean | undefined;
  /** The description of the system, if it is known. */
  description: SystemDescription | undefined;
}

/** Sentences, none where nothing is wrong. Of the machine that is there, at rest. */
export async function explainRun(session: Session, stretch: Stretch): Promise<Finding[]> {
  const { run } = session.machine;
  if (!run || run.ended?.kind === 'crashed') return [];
  const { description, ending, from } = stretch;
  const system = systemOf(session, run.name, description);
  const read: ReadPhysical = (address, length) => run.machine.readMemory(address, length, 'physical');
  const place = run.ended ? undefined : await run.machine.place?.();
  const alive = ending.kind === 'pattern' ? undefined : place;
  if (!system) return found('interrupt', alive && description ? await devices(run, alive, description) : []);
  const wrong = await faults(run, system, from, read);
  const passed = await oddities(run, system);
  if (!alive) return [...wrong, ...passed];
  const whole = await readWholeSystem(session, run.name, description);
  const states = await readDomainStates(run.machine, whole);
  return explainEnd({ run, place: alive, system: whole, states, read }, stretch, wrong, passed);
}

/** What is to be said besides of a run that is at an end that nobody asked for. */
async function explainEnd(asked: Asked, stretch: Stretch, wrong: Finding[], passed: Finding[]): Promise<Finding[]> {
  const { run, place, states } = asked;
  const { description } = stretch;
  const said = [
    ...wrong,
    ...(await busyDomains(asked, stretch)),
    ...passed,
    ...found('interrupt', description ? await devices(run, place, description, states) : []),
    ...(states ? await stuckDomains({ ...asked, states }, stretch) : []),
  ];
  if (said.length > 0 || !states) return said;
  return found('idle', [(await unsaid(asked, stretch)) ?? explainIdle(states, place, stretch)]);
}

async function unsaid({ run: { machine }, place, system, read }: Asked, { description }: Stretch): Promise<string | undefined> {
  return place.waiting && description ? explainUnsaid(system, description, await readNotified(machine, system), read) : undefined;
}

/** What the questions below are asked of. */
interface Asked {
  run: MachineRun;
  place: Place;
  system: BuiltSystem;
  /** Undefined where the microkernel is one whose memory nobody here can read. */
  states: readonly DomainState[] | undefined;
  read: ReadPhysical;
}

/** Who has used all the time. Where a program is that runs is in the processor's registers; of the others the microkernel knows it. */
async function busyDomains({ run: { machine }, place, system, states, read }: Asked, { ending, quiet }: Stretch): Promise<Finding[]> {
  if (ending.kind !== 'quiet' || !ending.busy) return [];
  const running = place.level === 0 ? system.space(place)?.name : undefined;
  const registers = byName(await machine.registers());
  const raised = ((await machine.interrupts?.()) ?? []).filter(({ pending }) => pending).map(({ number }) => number);
  const registersOf = (domain: string): ReadonlyMap<string, bigint> | undefined =>
    domain === running ? registers : savedRegisters(states?.find((state) => state.domain === domain));
  const busy = { spaces: ending.busy, seconds: quiet / SECONDS, registersOf, raised };
  return found('loop', [await explainBusy(system, busy, read)]);
}

/** Every fault that the monitor has reported since a place in the transcript. */
export async function faults(run: MachineRun, system: BuiltSystem, from: number, read: ReadPhysical): Promise<Finding[]> {
  const said: (string | undefined)[] = [];
  for (const report of readFaultReports(run.transcript.plain(from))) said.push(await explainFault(system, report, read));
  return found('fault', [...said, ...explainGuestFaults(system, run.transcript.plain(from))]);
}

/** What passed, and is most likely a mistake. */
export async function oddities(run: MachineRun, system: BuiltSystem): Promise<Finding[]> {
  if (run.ended) return [];
  const noticed = (await run.machine.noticed?.()) ?? [];
  return found('oddity', [...explainOddities(system, noticed), ...(await explainIndices(system, run.machine))]);
}

/** What seL4 says when a domain receives before it has answered: who called is stopped for good. */
const DROPPED_CALL = 'Reply object already has unexecuted reply!';

/** Who waits for what cannot come, who has no time left, and who never runs. */
async function stuckDomains(
  { run, place, system, states, read }: Asked & { states: readonly DomainState[] },
  { ending, description }: Stretch,
): Promise<Finding[]> {
  const spent = found('starvation', explainBudgets(description, states, place));
  if (place.waiting || ending.kind === 'quiet') {
    const waits = (await explainWaits(system, states, read)).map(({ text }) => text);
    const dropped = explainDropped(mayBeDropped(run, states));
    return [...found('deadlock', [...waits, ...(dropped.length > 0 ? dropped : await droppedFaults(run, system))]), ...spent];
  }
  if (ending.kind !== 'timeout') return [];
  return [
    ...found('loop', [await stillRunning({ run, place, system, states, read })]),
    ...(spent.length > 0 ? spent : found('starvation', explainStarved(states))),
  ];
}

/** Where the domain is that has the processor: in its registers, or, while the microkernel works for it, where that has put them. */
async function stillRunning({ run, place, system, states, read }: Asked): Promise<string | undefined> {
  const domain = place.level === 1 ? undefined : system.space(place)?.name;
  const state = states?.find((each) => each.domain === domain && each.doing.kind === 'runs');
  const registers = place.level === 0 ? byName(await run.machine.registers()) : savedRegisters(state);
  return domain === undefined || !registers ? undefined : explainNow(system, { domain, registers }, read);
}

/** Domains that no fault has stopped, where calls were dropped. */
export function mayBeDropped({ transcript }: MachineRun, states: readonly DomainState[]): DomainState[] {
  const log = transcript.plain();
  const reports = log.includes(DROPPED_CALL) ? readFaultReports(log) : undefined;
  return reports ? states.filter(({ domain }) => !reports.some((each) => each.domain === domain)) : [];
}

/** Virtual machines whose fault nobody has answered. One that has switched itself off is not running either: the log tells them apart. */
async function droppedFaults({ machine, transcript }: MachineRun, system: BuiltSystem): Promise<string[]> {
  if (!transcript.plain().includes(DROPPED_CALL)) return [];
  const stopped = ((await readGuestStates(machine, system)) ?? []).filter(({ doing }) => doing.kind === 'stopped');
  return explainDroppedFaults(stopped.map(({ domain: guest }) => ({ guest, monitor: monitorOf(system, guest) })));
}

const monitorOf = ({ description }: BuiltSystem, guest: string): string | undefined =>
  description?.protectionDomains.find(({ virtualMachine }) => virtualMachine?.name === guest)?.name;

function systemOf(session: Session, name: string, description: SystemDescription | undefined): BuiltSystem | undefined {
  try {
    return readBuiltSystem(session, name, description);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Only of a system that waits: one that works may be on its way to the acknowledgement. */
export async function stuckInterrupts(
  { machine }: MachineRun,
  place: Place,
  description: SystemDescription,
  stopped: readonly string[] = [],
): Promise<string[]> {
  if (!place.waiting || !machine.interrupts) return [];
  return explainInterrupts(description, await machine.interrupts(), stopped);
}

/** Interrupts that are stuck, and what a device has that raises none. */
async function devices(
  run: MachineRun,
  place: Place,
  description: SystemDescription,
  states: readonly DomainState[] = [],
): Promise<string[]> {
  const stopped = states.filter(({ doing }) => doing.kind === 'faulted' || doing.kind === 'stopped').map(({ domain }) => domain);
  const stuck = await stuckInterrupts(run, place, description, stopped);
  const driven = place.waiting ? await run.machine.driven?.() : undefined;
  return driven ? [...stuck, ...explainDevices(description, driven)] : stuck;
}
