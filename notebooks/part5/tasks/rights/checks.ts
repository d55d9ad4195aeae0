import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

const LETTERS = 4000;

async function rightsOf(machine: CheckedMachine, domain: string): Promise<string | undefined> {
  const { domains } = await machine.system();
  return domains.find(({ name }) => name === domain)?.maps.find(({ region }) => region === 'mailbox')?.rights;
}

async function requireReader(machine: CheckedMachine): Promise<void> {
  const rights = (await rightsOf(machine, 'receiver')) ?? 'none';
  if (rights !== 'r--') fail(`The receiver reads the mailbox and never writes to it. Its rights are ${rights}; they should be r--.`);
}

export const checks: Check[] = [
  { name: 'the receiver only reads', hint: 'reader', check: requireReader },
  {
    name: 'the monitor has no mailbox',
    hint: 'monitor',
    async check(machine) {
      const rights = await rightsOf(machine, 'vmm');
      if (rights !== undefined) fail(`The text does not go through the monitor any more, and it has the rights ${rights} on the mailbox.`);
    },
  },
  {
    name: 'the text arrives as before',
    hint: 'guest',
    async check(machine) {
      await requireReader(machine);
      const events = await machine.events();
      expect(events).inOrder(
        { kind: 'fault', domain: 'guest', address: 0x5000_1000 },
        { kind: 'notification', domain: 'vmm', to: 'receiver' },
      );
      expect(events).never({ kind: 'fault', domain: 'vmm' });
      expect((await machine.symbol('receiver', 'received')).value, 'the number of characters that arrived').is(LETTERS);
    },
  },
];
