import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

const LONGEST = 4092;
const LIES = ['4093', '4097', '2^31', '2^32 - 1'];
const ROUNDS_AT_LEAST = 100;
/** Of the time that the race is given. */
const PIECES_AT_MOST = 4;

let afterLies = { refused: 0, received: 0, told: 0 };
let afterRace = 0;
/** When the second part began. */
let race = 0;

async function number(machine: CheckedMachine, domain: string, name: string): Promise<number> {
  return (await machine.symbol(domain, name)).value;
}

export async function run(machine: CheckedMachine): Promise<void> {
  // The liar is done with its lies after some milliseconds, and then pauses for longer than this.
  await machine.runFor('30ms');
  afterLies = {
    refused: await number(machine, 'receiver', 'refused'),
    received: await number(machine, 'receiver', 'received'),
    told: await number(machine, 'liar', 'told'),
  };
  race = (await machine.status()).time;
  // How long the pause takes, and how often they meet, is the compiler's affair.
  for (let pieces = 0; pieces < PIECES_AT_MOST; pieces++) {
    await machine.runFor('300ms');
    afterRace = await number(machine, 'receiver', 'refused');
    if (afterRace - afterLies.refused >= ROUNDS_AT_LEAST) return;
  }
}

/** @param most how many of the lies are looked at */
async function requireRefused(machine: CheckedMachine, most: number): Promise<void> {
  expect(await machine.events({ until: race })).never({ kind: 'fault', domain: 'receiver' });
  if (afterLies.refused < most) fail(`The lengths ${LIES.join(', ')} are too long. The receiver refused ${afterLies.refused} of them.`);
}

export const checks: Check[] = [
  {
    name: 'a text that is a little too long is refused',
    hint: 'end',
    // How many were refused tells which: they come in the order of their size.
    async check(machine) {
      const { refused } = afterLies;
      if (refused === 0) await requireRefused(machine, 1);
      const overrun = (await machine.events({ kind: 'fault', domain: 'receiver', until: race })).length > 0;
      if (refused < 2)
        fail(
          `The lengths ${LIES.slice(0, 2).join(' and ')} are too long. The receiver refused ${refused} of them${overrun ? ', and faulted' : ''}.`,
        );
    },
  },
  { name: 'a text that is said to be very long is refused', hint: 'sign', check: (machine) => requireRefused(machine, LIES.length) },
  {
    name: 'the longest text that fits is taken',
    hint: 'fits',
    async check(machine) {
      await requireRefused(machine, LIES.length);
      if (afterLies.received !== LONGEST) fail(`The text of ${LONGEST} characters fits. The receiver took ${afterLies.received}.`);
    },
  },
  {
    name: 'a length that changes while the text is read does no harm',
    hint: 'once',
    async check(machine) {
      await requireRefused(machine, LIES.length);
      expect(await machine.events({ from: race })).never({ kind: 'fault', domain: 'receiver' });
      if (afterRace - afterLies.refused < ROUNDS_AT_LEAST) fail('The receiver stands still while the length changes.');
      expect(await number(machine, 'receiver', 'received'), 'the number of characters').isAtMost(LONGEST);
    },
  },
];
