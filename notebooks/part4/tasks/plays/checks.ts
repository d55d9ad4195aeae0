import { type Check, type CheckedMachine, expect } from 'virtbook/tasks';

/** The word that the network gives in a check, which has the same seed each time. */
const WORD = 'quiet';
/** The first two are judged alike where the letters of the word are in the wrong order. */
const GUESSES = [
  { word: 'world', hint: 'take' },
  { word: 'house', hint: 'take' },
  { word: 'quick', hint: 'order' },
  { word: WORD, hint: 'order' },
];

/** Bytes of a cell in the table of the client: a character, and in the second half its state. */
const CELL = 16;
const STATES = ['in its place', 'in another place', 'not in the word'];

export async function run(machine: CheckedMachine): Promise<void> {
  await machine.until('Linux user-space: Finished', { timeout: '3s' });
  for (const keys of ['', ...GUESSES.map(({ word }) => word)]) {
    await machine.console.send(`${keys}\r`);
    await machine.runFor('30ms');
  }
}

/**
 * A row as the client has it in its memory. The client is a program of the chapter, and asks the server about each letter: what the
 * server prints counts for nothing.
 */
async function rowOf(machine: CheckedMachine, row: number): Promise<string[]> {
  const { bytes } = await machine.symbol('client', 'table');
  return [...WORD].map((_, column) => {
    const at = (row * WORD.length + column) * CELL;
    const [letter = 0, state = 0] = [bytes[at], bytes[at + CELL / 2]];
    return letter === 0 ? 'empty' : `${String.fromCharCode(letter)} ${STATES[state] ?? `has state ${state}`}`;
  });
}

const judged = (guess: string): string[] =>
  [...guess].map((letter, place) => `${letter} ${STATES[WORD[place] === letter ? 0 : WORD.includes(letter) ? 1 : 2]}`);

export const checks: Check[] = GUESSES.map(({ word, hint }, row) => ({
  name: `${word} is judged by the word that Linux has fetched`,
  hint,
  async check(machine) {
    expect(await rowOf(machine, row), `the row of ${word}`).is(judged(word));
  },
}));
