/** A silence in words: who runs all the time, and which interrupt nobody acknowledges or takes. */
import type { SpaceInForce } from '../../emulator/debug/observation.js';
import type { InterruptState } from '../../emulator/devices/gic/distributor.js';
import type { RegisterFile } from '../../emulator/machine/status.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { ReportedSpace } from '../../sdk/tool/reported.js';
import type { BuiltSystem } from '../session/built-system.js';
import { callPath, describePlace, fromOwnSource, type ReadPhysical } from './call-path.js';
import { calledBy, isEntryPoint } from './fault.js';

/** Who was at work whenever the processor was looked at. */
export interface Busy {
  spaces: readonly SpaceInForce[];
  /** Simulated. */
  seconds: number;
  /** Registers of a domain's program, by name: where it is, or where it has called the kernel. Undefined where that is not known. */
  registersOf: (domain: string) => ReadonlyMap<string, bigint> | undefined;
  /** Interrupts that are raised at this instant, although the system has taken all that it could. */
  raised: readonly number[];
}

/** In which of their functions protection domains have been that have not come to rest. */
export async function explainBusy(
  system: BuiltSystem,
  { spaces, seconds, registersOf, raised }: Busy,
  read: ReadPhysical,
): Promise<string | undefined> {
  const found = spaces.map((each) => system.space(each));
  // In an order of the system's, not in that in which they were met.
  const domains = found
    .flatMap((space) => (space?.kind === 'domain' ? [space] : []))
    .sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0) || (a.name < b.name ? -1 : 1));
  // What is in a virtual machine may well be at work.
  if (domains.length === 0 || domains.length < found.length) return undefined;
  const [space] = domains;
  const lowest = Math.min(...domains.map(({ priority = 0 }) => priority));
  const lower = system.spaces.filter(({ kind, priority = 0 }) => kind === 'domain' && priority < lowest).map(({ name }) => `'${name}'`);
  const others =
    lower.length > 0
      ? ` ${lower.join(', ')} cannot run meanwhile: ${lower.length > 1 ? 'their priorities are' : 'its priority is'} lower.`
      : '';
  if (!space) return undefined;
  if (domains.length > 1) return `${await explainTogether(system, domains, seconds, registersOf, read)}${others}`;
  const registers = registersOf(space.name);
  const path = registers ? fromOwnSource(await callPath(system, space, registers, read)) : [];
  const where = path[0] ? `, in ${describePlace(path[0])}` : '';
  const answering = path.some(({ name }) => name === 'protected')
    ? ' It is answering a protected procedure call: who called waits until it returns.'
    : '';
  const interrupt = system.description?.protectionDomains
    .find(({ name }) => name === space.name)
    ?.interrupts.find(({ irq }) => raised.includes(Number(irq)));
  const cause = interrupt
    ? `interrupt ${interrupt.irq}${deviceOf(Number(interrupt.irq))} comes again as soon as it is acknowledged. ` +
      `Does notified() take what the device has for it, or clear its interrupt, before it calls microkit_irq_ack(${interrupt.id})?`
    : 'a loop that does not end?';
  return [`'${space.name}' has used all of the last ${seconds} s${where}: ${cause}${answering}${others}`, calledBy(path)]
    .filter(Boolean)
    .join(' ');
}

/** Domains that make each other run. */
async function explainTogether(
  system: BuiltSystem,
  domains: readonly ReportedSpace[],
  seconds: number,
  registersOf: Busy['registersOf'],
  read: ReadPhysical,
): Promise<string> {
  const places: string[] = [];
  for (const space of domains) {
    const registers = registersOf(space.name);
    const path = registers ? await callPath(system, space, registers, read) : [];
    const entered = path.find(({ name, line }) => isEntryPoint(name) && line !== undefined);
    places.push(`'${space.name}'${entered ? ` (in ${describePlace(entered)})` : ''}`);
  }
  return (
    `${listed(places)} have used all of the last ${seconds} s between them, and none of them comes to rest: ` +
    'do they notify or call each other again and again? %trace --for 1ms shows it.'
  );
}

const listed = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** Where a run that has not come to rest is: in a domain, at a source line. */
export async function explainNow(
  system: BuiltSystem,
  { domain, registers }: { domain: string; registers: ReadonlyMap<string, bigint> },
  read: ReadPhysical,
): Promise<string | undefined> {
  const space = system.find(domain);
  if (space?.kind !== 'domain') return undefined;
  const path = await callPath(system, space, registers, read);
  const entered = path.find(({ name, line }) => isEntryPoint(name) && line !== undefined) ?? path[0];
  return entered && `'${domain}' still runs, in ${describePlace(entered)}: a longer --timeout lets it go on.`;
}

export const byName = ({ pc, sp, x }: RegisterFile): Map<string, bigint> =>
  new Map<string, bigint>([['pc', pc], ['sp', sp], ...x.map((value, n): [string, bigint] => [`x${n}`, value])]);

/**
 * Interrupts that are raised and go nowhere, or that were delivered and never acknowledged. Of a system that waits.
 * @param stopped domains that do not run any more
 */
export function explainInterrupts(
  description: SystemDescription,
  states: readonly InterruptState[],
  stopped: readonly string[] = [],
): string[] {
  const taken = description.protectionDomains.flatMap(({ name, interrupts }) =>
    interrupts.map(({ irq, id }) => ({ name, irq: Number(irq), id })),
  );
  const byNumber = new Map(states.map((state) => [state.number, state]));
  const unacknowledged = taken
    // The kernel disables an interrupt when it delivers it, and enables it again when it is acknowledged.
    .filter(({ irq }) => irq >= FIRST_SHARED && !byNumber.get(irq)?.enabled)
    .map(({ name, irq, id }) => {
      if (stopped.includes(name)) return `Interrupt ${irq} was delivered to '${name}', which is stopped: nobody acknowledges it.`;
      const again = byNumber.get(irq)?.pending ? ' It is raised again, and waits for that.' : '';
      return `Interrupt ${irq} was delivered to '${name}' on channel ${id}, and was not acknowledged: call microkit_irq_ack(${id}) in notified().${again}`;
    });
  const lost = states
    .filter(({ number, pending, enabled }) => pending && !enabled && taken.every(({ irq }) => irq !== number))
    .map(({ number }) => {
      const named = taken.map(({ name, irq }) => `${irq} ('${name}')`).join(', ');
      return `Interrupt ${number}${deviceOf(number)} is raised, and no <irq> of ${description.file} takes it${named ? `; those that are taken: ${named}` : ''}.`;
    });
  return [...unacknowledged, ...lost];
}

/** The first interrupt that is not private to a processor. */
const FIRST_SHARED = 32;

/** Devices of the board that a chapter's reader meets. */
function deviceOf(number: number): string {
  const device: Record<number, string> = { 33: 'serial port', 34: 'real-time clock', 39: 'power button' };
  return device[number] === undefined ? '' : ` of the ${device[number]}`;
}
