import { hex, INTERRUPTS, KERNEL_INTERRUPTS } from './board.js';
import { SLOT } from './cspace.js';
import { buildError } from './fail.js';
import { itemAt } from './item.js';
import type { ProtectionDomain, SystemDescription } from './model.js';
import { suggestName } from './nearest.js';
import type { Position } from './source.js';

/** A kernel entry costs some 10 us; a budget below two of them would never run anything. Microseconds. */
const MIN_BUDGET = 20n;
/** Microseconds: an eighth of what 64 bits of the counter hold at 62500 ticks a millisecond, as seL4 reckons. Longer ones it refuses at boot. */
const MAX_PERIOD = (1n << 64n) / (62_500n * 8n);
/** The badge of a child's fault has 8 bits for its identifier. */
const MAX_CHILD_ID = 255n;

/**
 * What Microkit's tool lets through and its kernel then refuses at boot. Here the build says it, so that nobody has to read
 * it from a console.
 */
export function checkBuildable(system: SystemDescription): void {
  checkSchedule(system);
  checkOwnChannels(system);
  for (const domain of system.protectionDomains) {
    checkTimes(system, 'protection_domain', domain);
    if (domain.virtualMachine) checkTimes(system, 'virtual_machine', domain.virtualMachine);
    checkChild(system, domain);
    for (const { irq, at } of domain.interrupts) {
      const owner = KERNEL_INTERRUPTS.get(Number(irq));
      if (owner !== undefined) {
        const others = 'a protection domain may have the other private ones; interrupt 30 is the physical timer';
        throw buildError(
          system,
          `irq ${irq} is the kernel's own on element 'irq'`,
          at,
          `it is that of ${owner}: ${others}`,
          'plain',
          'irq',
        );
      }
      if (irq >= BigInt(INTERRUPTS.first) && irq <= BigInt(INTERRUPTS.last)) continue;
      throw buildError(
        system,
        `irq ${irq} is not an interrupt of a device (${INTERRUPTS.first} to ${INTERRUPTS.last}) on element 'irq'`,
        at,
        irq < BigInt(INTERRUPTS.first)
          ? `device trees count from 0: for the shared interrupt ${irq} there, write irq="${irq + BigInt(INTERRUPTS.firstShared)}"`
          : 'the board has no such interrupt',
        'plain',
        'irq',
      );
    }
    for (const { symbol, value, at } of domain.setVariables) {
      if (value.kind === 'address' || value.kind === 'id' || system.memoryRegions.some(({ name }) => name === value.region)) continue;
      throw buildError(
        system,
        `invalid memory region name '${value.region}' on 'setvar' of symbol '${symbol}'`,
        at,
        suggestName(
          value.region,
          system.memoryRegions.map(({ name }) => name),
          'memory region',
        ),
        'plain',
        'region_paddr',
      );
    }
  }
}

/** The kernel does not start a schedule with its end, and a system whose monitor never runs does not tell of faults. */
function checkSchedule(system: SystemDescription): void {
  const { schedule } = system;
  if (schedule?.turns[schedule.first]?.unit !== 'end') return;
  throw buildError(
    system,
    `turn ${schedule.first} is the end of the schedule on element 'domains'`,
    schedule.at,
    'begin with a <schedule_entry>: choose another start_index',
  );
}

/** A channel of a protection domain to itself has one number for both ends, and two notifications for the slot of that number. */
function checkOwnChannels(system: SystemDescription): void {
  for (const { ends, at } of system.channels) {
    const [a, b] = ends;
    if (a.pd !== b.pd || a.id !== b.id || !a.notify || !b.notify) continue;
    throw buildError(
      system,
      `both ends are channel ${a.id} of '${itemAt(system.protectionDomains, a.pd).name}' on element 'channel'`,
      at,
      'give the ends different ids, or write notify="false" on one of them',
    );
  }
}

/** A parent finds its child by a slot, which the virtual CPUs of its guest must not have, and knows its faults by a badge. */
function checkChild(system: SystemDescription, { id, parent, at }: ProtectionDomain): void {
  if (id === undefined || parent === undefined) return;
  const complain = (message: string): Error =>
    buildError(system, `${message} on element 'protection_domain'`, at, 'choose a lower id', 'plain', 'id');
  if (id > MAX_CHILD_ID) throw complain(`id must be < ${MAX_CHILD_ID + 1n}`);
  const slot = SLOT.childTcb + Number(id);
  const { name, virtualMachine } = itemAt(system.protectionDomains, parent);
  const clash = virtualMachine?.vcpus.find((vcpu) => slot === SLOT.vmTcb + vcpu.id || slot === SLOT.vcpu + vcpu.id);
  if (clash) throw complain(`id ${id} is where '${name}' has its virtual CPU ${clash.id}`);
}

function checkTimes(
  system: SystemDescription,
  element: string,
  { budget, period, at }: { budget: bigint; period: bigint; at: Position },
): void {
  if (budget < MIN_BUDGET) {
    throw buildError(
      system,
      `budget (${budget}) must be at least ${MIN_BUDGET} on element '${element}'`,
      at,
      'budgets are in microseconds',
      'plain',
      'budget',
    );
  }
  if (period > MAX_PERIOD)
    throw buildError(
      system,
      `period (${hex(period)}) is too long on element '${element}'`,
      at,
      `periods are in microseconds, and the longest is ${MAX_PERIOD}`,
      'plain',
      'period',
    );
}
