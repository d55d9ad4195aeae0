import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

const COUNT = 1;
let asked = 0;
/** What the client holds after one guess, and after two. */
const counts: number[] = [];

async function type(machine: CheckedMachine, keys: string): Promise<void> {
  await machine.console.send(keys);
  await machine.runFor('100ms');
}

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until(/(\[ \] ){5}/);
  await type(machine, 'there\r');
  asked = (await machine.status()).time;
  await type(machine, '##');
  counts.push((await machine.symbol('client', 'guesses')).value);
  await type(machine, 'world\r#');
  counts.push((await machine.symbol('client', 'guesses')).value);
}

async function requireCall(machine: CheckedMachine): Promise<void> {
  const events = await machine.events({ from: asked });
  expect(events).times({ atLeast: 3 }, { kind: 'call', domain: 'client', to: 'wordle_server', label: COUNT });
}

export const checks: Check[] = [
  { name: 'the client asks with label 1', hint: 'call', check: requireCall },
  {
    name: 'the server answers the number, and asking is not a guess',
    hint: 'answer',
    async check(machine) {
      await requireCall(machine);
      if (counts[0] !== 1) fail(`One guess was judged, and the client asked twice. Its variable guesses is ${counts[0]}; it should be 1.`);
    },
  },
  {
    name: 'the number grows with the guesses',
    hint: 'count',
    async check(machine) {
      await requireCall(machine);
      if (counts[1] !== 2) fail(`Two guesses were judged. The variable guesses of the client is ${counts[1]}; it should be 2.`);
    },
  },
];
