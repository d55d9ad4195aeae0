import { hex, INTERRUPTS, KERNEL_INTERRUPTS } from './board.js';
import { buildError } from './fail.js';
import type { SystemDescription } from './model.js';
import { suggestName } from './nearest.js';
import type { Position } from './source.js';

/** A kernel entry costs some 10 us; a budget below two of them would never run anything. Microseconds. */
const MIN_BUDGET = 20n;
/** Some 30 years in microseconds: beyond, the kernel's count of timer ticks overflows. */
const MAX_PERIOD = 10n ** 15n;
/** Child identifiers have 64 slots in the parent's CSpace. */
const MAX_CHILD_ID = 63n;

/**
 * What Microkit's tool lets through and its kernel then refuses at boot. Here the build says it, so that nobody has to read
 * it from a console.
 */
export function checkBuildable(system: SystemDescription): void {
  checkSchedule(system);
  for (const domain of system.protectionDomains) {
    checkTimes(system, 'protection_domain', domain);
    if (domain.virtualMachine) checkTimes(system, 'virtual_machine', domain.virtualMachine);
    if (domain.id !== undefined && domain.id > MAX_CHILD_ID) {
      throw buildError(
        system,
        `id must be < ${MAX_CHILD_ID + 1n} on element 'protection_domain'`,
        domain.at,
        'choose a lower id',
        'plain',
        'id',
      );
    }
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
      'periods are in microseconds',
      'plain',
      'period',
    );
}
