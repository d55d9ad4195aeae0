import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

/** Guest-physical: the CPU interface of the interrupt controller, and the page of the network card. */
const GIC_CPU = [0x801_0000, 0x802_0000] as const;
const CARD = [0xa00_3000, 0xa00_4000] as const;

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until(/Linux user-space: Finished|no lease|unexpected memory fault/, { timeout: '60s' });
  await machine.runFor('20ms');
}

/** Linux found something at these addresses. */
async function requireNoFault(machine: CheckedMachine, [first, end]: readonly [number, number], what: string): Promise<void> {
  const events = await machine.events();
  const lost = events.find((event) => event.kind === 'fault' && event.domain === 'linux' && isIn(event.address, first, end));
  if (lost && 'text' in lost) fail(`Linux looked for ${what}, and could not use it (${lost.text}).`);
}

const isIn = (address: number | undefined, first: number, end: number): boolean =>
  address !== undefined && address >= first && address < end;

async function requireController(machine: CheckedMachine): Promise<void> {
  await requireNoFault(machine, GIC_CPU, 'the CPU interface of its interrupt controller');
}

async function requireCard(machine: CheckedMachine): Promise<void> {
  await requireController(machine);
  await requireNoFault(machine, CARD, 'its network card');
}

export const checks: Check[] = [
  { name: 'Linux has the CPU interface of its interrupt controller', hint: 'controller', check: requireController },
  { name: 'Linux has its network card', hint: 'card', check: requireCard },
  {
    name: 'the interrupts of the card arrive, and the word as well',
    hint: 'interrupt',
    async check(machine) {
      await requireCard(machine);
      const events = await machine.events();
      expect(events).times({ atLeast: 3 }, { kind: 'delivered', irq: 79, domain: 'vmm' });
      expect(events).some({ kind: 'acknowledged', irq: 79, domain: 'vmm' });
      expect(events).some({ kind: 'call', domain: 'vmm', to: 'wordle_server' });
    },
  },
];
