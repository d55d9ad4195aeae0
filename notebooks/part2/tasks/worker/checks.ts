import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

const KEYS = 'abcde';
/** From the interrupt to the last character of the new table. */
const LIMIT = '500us';

let typing = 0;
let [before, after] = [0, 0];

const found = async (machine: CheckedMachine): Promise<number> => (await machine.symbol('worker', 'found')).value;

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.runFor('100ms');
  before = await found(machine);
  typing = (await machine.status()).time;
  for (const key of KEYS) {
    await machine.console.send(key);
    await machine.runFor('13ms');
  }
  after = await found(machine);
}

function requireWork(): void {
  if (after <= before) fail(`The worker has found ${after} prime numbers, and no more while keys were typed: it does not get to run.`);
}

export const checks: Check[] = [
  {
    name: 'the worker computes, and keys arrive',
    hint: 'client',
    async check(machine) {
      requireWork();
      const events = await machine.events({ from: typing });
      expect(events).times({ atLeast: KEYS.length }, { kind: 'notification', domain: 'serial_server', to: 'client' });
      expect(events).times({ atLeast: KEYS.length }, { kind: 'notification', domain: 'client', to: 'serial_server' });
    },
  },
  {
    name: `a key is on the screen within ${LIMIT}, though the worker never sleeps`,
    hint: 'urgency',
    async check(machine) {
      requireWork();
      const events = await machine.events({ from: typing });
      expect(events)
        .each({ kind: 'delivered', irq: 33 })
        .isFollowedBy({ kind: 'notification', domain: 'client', to: 'serial_server' }, { within: LIMIT });
    },
  },
];
