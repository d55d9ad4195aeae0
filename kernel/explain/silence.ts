/** A silence in words: who runs all the time, and which interrupt nobody acknowledges or takes. */
import type { Place } from '../../emulator/debug/observation.js';
import type { InterruptState } from '../../emulator/devices/gic/distributor.js';
import type { RegisterFile } from '../../emulator/machine/status.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { BuiltSystem } from '../session/built-system.js';
import { callPath, describePlace, placeOf, type ReadPhysical } from './call-path.js';
import { calledBy, isEntryPoint } from './fault.js';

/** In which of its functions a protection domain has been, whenever it was looked at. `seconds`: simulated. */
export async function explainBusy(
  system: BuiltSystem,
  { place, registers }: { place: Place; registers: RegisterFile },
  seconds: number,
  read: ReadPhysical,
): Promise<string | undefined> {
  const space = system.space(place);
  if (space?.kind !== 'domain') return undefined;
  const path = await callPath(system, space, byName(registers), read);
  const where = describePlace(path[0] ?? placeOf(system, space.name, place.pc));
  const lower = system.spaces
    .filter(({ kind, priority = 0 }) => kind === 'domain' && priority < (space.priority ?? 0))
    .map(({ name }) => `'${name}'`);
  const others =
    lower.length > 0
      ? ` ${lower.join(', ')} cannot run meanwhile: ${lower.length > 1 ? 'their priorities are' : 'its priority is'} lower.`
      : '';
  const answering = path.some(({ name }) => name === 'protected')
    ? ' It is answering a protected procedure call: who called waits until it returns.'
    : '';
  return [
    `'${space.name}' has used all of the last ${seconds} s, in ${where}: a loop that does not end?${answering}${others}`,
    calledBy(path),
  ]
    .filter(Boolean)
    .join(' ');
}

/** Where a run that has not come to rest is: in a domain, at a source line. */
export async function explainNow(
  system: BuiltSystem,
  { place, registers }: { place: Place; registers: RegisterFile },
  read: ReadPhysical,
): Promise<string | undefined> {
  const space = place.level === 0 ? system.space(place) : undefined;
  if (space?.kind !== 'domain') return undefined;
  const path = await callPath(system, space, byName(registers), read);
  const entered = path.find(({ name, line }) => isEntryPoint(name) && line !== undefined) ?? path[0];
  return entered && `'${space.name}' still runs, in ${describePlace(entered)}: a longer --timeout lets it go on.`;
}

const byName = ({ pc, sp, x }: RegisterFile): Map<string, bigint> =>
  new Map<string, bigint>([['pc', pc], ['sp', sp], ...x.map((value, n): [string, bigint] => [`x${n}`, value])]);

/** Interrupts that are raised and go nowhere, or that were delivered and never acknowledged. Of a system that waits. */
export function explainInterrupts(description: SystemDescription, states: readonly InterruptState[]): string[] {
  const taken = description.protectionDomains.flatMap(({ name, interrupts }) =>
    interrupts.map(({ irq, id }) => ({ name, irq: Number(irq), id })),
  );
  const byNumber = new Map(states.map((state) => [state.number, state]));
  const unacknowledged = taken
    // The kernel disables an interrupt when it delivers it, and enables it again when it is acknowledged.
    .filter(({ irq }) => irq >= FIRST_SHARED && !byNumber.get(irq)?.enabled)
    .map(({ name, irq, id }) => {
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
