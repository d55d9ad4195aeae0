import { type Check, type CheckedMachine, expect, fail } from 'virtbook/tasks';

/** The places that rude.c asks for, in its order, and the right answers. */
const QUESTIONS: readonly (readonly [place: string, letter: string])[] = [
  ['0', 'h'],
  ['4', 'o'],
  ['5', ''],
  ['6', ''],
  ['13', ''],
  ['2^64 - 1', ''],
  ['2^63 + 7', ''],
  ['256', ''],
  ['2^32', ''],
  ['2^32 + 7', ''],
];

async function answers(machine: CheckedMachine): Promise<string[]> {
  const numbers = async (name: string): Promise<bigint[]> => {
    const { bytes } = await machine.symbol('rude', name);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return QUESTIONS.map((_question, index) => view.getBigUint64(8 * index, true));
  };
  const [counts, letters] = [await numbers('counts'), await numbers('letters')];
  return counts.map((count, index) => (count === 0n ? '' : String.fromCharCode(Number(letters[index]))));
}

/** @param asked indices of the questions */
async function requireAnswers(machine: CheckedMachine, asked: readonly number[]): Promise<void> {
  const given = await answers(machine);
  for (const index of asked) {
    const [place, wanted] = QUESTIONS[index] ?? ['', ''];
    const answer = given[index] ?? '';
    if (answer === wanted) continue;
    if (wanted !== '')
      fail(`The letter at place ${place} is ${wanted}. The server answered ${answer === '' ? 'nothing' : JSON.stringify(answer)}.`);
    fail(`The caller asked for the letter at place ${place}, and got ${JSON.stringify(answer)}: that is not in the word.`);
  }
}

/** A place far outside is an address that the server does not have. */
async function requireStanding(machine: CheckedMachine): Promise<void> {
  const events = await machine.events();
  expect(events).never({ kind: 'fault' });
  expect(events).times(QUESTIONS.length, { kind: 'reply', domain: 'hint_server', to: 'rude' });
}

export const checks: Check[] = [
  { name: 'places past the end of the word are refused', hint: 'end', check: (machine) => requireAnswers(machine, [2, 3, 4]) },
  {
    name: 'numbers that are negative when they are signed are refused',
    hint: 'sign',
    async check(machine) {
      await requireStanding(machine);
      await requireAnswers(machine, [5, 6]);
    },
  },
  {
    name: 'numbers that need more than 8 or 32 bits are refused',
    hint: 'width',
    async check(machine) {
      await requireStanding(machine);
      await requireAnswers(machine, [7, 8, 9]);
    },
  },
  {
    name: 'the letters of the word are told',
    hint: 'word',
    async check(machine) {
      await requireStanding(machine);
      await requireAnswers(machine, [0, 1]);
    },
  },
];
