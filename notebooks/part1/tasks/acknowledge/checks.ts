import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

const UART_INTERRUPT = 33;
/** What the driver itself sends: the kernel's debug prints are its doing, too, and come before. */
const echoes = async (machine: CheckedMachine, from: number): Promise<string> =>
  (await machine.events({ kind: 'print', domain: 'serial_server', from })).map((event) => ('text' in event ? event.text : '')).join('');

let typing = 0;

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until('Hello from the driver');
  // Microkit's own acknowledgements at the end of init() are over.
  await machine.runFor('20ms');
  // An interrupt of its own for each key: the first is served before the second is pressed.
  typing = (await machine.status()).time;
  for (const key of ['a', 'b', 'c']) {
    await machine.console.send(key);
    await machine.runFor('20ms');
  }
}

export const checks: Check[] = [
  {
    name: 'the interrupts of the serial port are acknowledged',
    hint: 'gate',
    async check(machine) {
      const events = await machine.events({ from: typing });
      expect(events).never({ kind: 'fault' });
      expect(events).some({ kind: 'delivered', irq: UART_INTERRUPT });
      expect(events).times({ atLeast: 3 }, { kind: 'acknowledged', irq: UART_INTERRUPT, domain: 'serial_server' });
    },
  },
  {
    name: 'each key comes back',
    hint: 'work',
    async check(machine) {
      const shown = await echoes(machine, typing);
      if (shown !== 'abc')
        fail(`Typed a, b and c, one after the other. The driver sent back ${JSON.stringify(shown)}; it should be "abc".`);
      expect((await machine.symbol('serial_server', 'received')).value, 'the variable received').is(3);
    },
  },
  {
    name: 'the acknowledgement comes after the work',
    hint: 'last',
    async check(machine) {
      const events = await machine.events({ from: typing });
      expect(events).inOrder(
        { kind: 'delivered', irq: UART_INTERRUPT },
        { kind: 'print', domain: 'serial_server', text: /^a/ },
        { kind: 'acknowledged', irq: UART_INTERRUPT },
        { kind: 'delivered', irq: UART_INTERRUPT },
        { kind: 'print', domain: 'serial_server', text: /^b/ },
        { kind: 'acknowledged', irq: UART_INTERRUPT },
      );
      expect(events).times(3, { kind: 'delivered', irq: UART_INTERRUPT });
    },
  },
];
