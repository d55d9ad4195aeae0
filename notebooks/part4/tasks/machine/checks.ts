import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until('Linux user-space: Finished', { timeout: '3s' });
}

/** What the programs of the chapter and Linux have printed: a student writes the description alone. */
const printed = (machine: CheckedMachine): Promise<string> => machine.console.text();

export const checks: Check[] = [
  {
    name: 'Linux boots in the virtual machine',
    hint: 'machine',
    mark: 'boots',
    async check(machine) {
      const { domains } = await machine.system();
      if (!domains.some(({ kind }) => kind === 'machine')) fail('There is no virtual machine in the description.');
      if (!/Booting Linux/.test(await printed(machine))) fail('Linux does not boot: the console never shows "Booting Linux".');
    },
  },
  {
    name: 'the word of Linux reaches the Wordle server',
    hint: 'way',
    mark: 'reaches',
    async check(machine) {
      expect(await machine.frames(), 'Linux, which needs the network card and its interrupt').inOrder(
        { kind: 'frame', direction: 'sent', text: /^DHCP request/ },
        { kind: 'frame', direction: 'received', text: /^DHCP acknowledgement/ },
        { kind: 'frame', direction: 'sent', text: /GET \S*word/ },
      );
      if (!/Linux user-space: Transfer word/.test(await printed(machine))) fail('Linux does not get as far as the transfer of its word.');
      expect(await machine.events({ kind: ['call', 'reply'] }))
        .inOrder({ kind: 'call', domain: 'vmm', to: 'wordle_server' }, { kind: 'reply', domain: 'wordle_server', to: 'vmm' })
        .within('10ms');
      if (!/Linux user-space: Finished/.test(await printed(machine))) fail('Linux does not go on after the transfer of its word.');
    },
  },
];
