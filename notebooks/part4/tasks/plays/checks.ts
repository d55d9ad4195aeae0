import { hostEnvironment } from 'virtbook/emulator';
import { type Check, type CheckedMachine, type CheckedRun, fail } from 'virtbook/tasks';
import { WordSource } from '../../kit/word-server.js';
import { WORDS } from '../../kit/words.js';

const LETTERS = 5;
/** The word of the server before it has taken another. */
const BEFORE = 'hello';

/** Bytes of a cell in the table of the client: a character, and in the second half its state. */
const CELL = 16;
const STATES = ['in its place', 'in another place', 'not in the word'];

/** How a guess is judged. */
const judged = (guess: string, word: string): string[] =>
  [...guess].map((letter, place) => `${letter} ${STATES[word[place] === letter ? 0 : word.includes(letter) ? 1 : 2]}`);

/** The word that the network gives: it follows from the seed, which is another one where this is graded. */
const wordOf = ({ seed }: Pick<CheckedRun, 'seed'>): string => new WordSource(hostEnvironment(seed).random()).next();

/** What is guessed: two that are judged alike where the letters of the word are in the wrong order, one that is not, and the word. */
function guessesFor(word: string): string[] {
  const backwards = [...word].reverse().join('');
  const tells = (guess: string, other: string): boolean => judged(guess, word).join() !== judged(guess, other).join();
  // Nothing is right by chance with a word that a student can know.
  const known = [BEFORE, wordOf({ seed: 1 })].filter((each) => each !== word);
  const others = WORDS.filter((guess) => guess !== word && known.every((each) => tells(guess, each)));
  const alike = others.filter((guess) => !tells(guess, backwards));
  const unlike = others.find((guess) => tells(guess, backwards));
  return [...alike.slice(0, 2), unlike ?? alike[2] ?? word, word];
}

/** Messages that are no words come from the monitor before it starts Linux (`checked/vmm.c.edit`): then the word of before is guessed. */
export async function run(machine: CheckedMachine, about: CheckedRun): Promise<void> {
  const type = async (keys: string): Promise<void> => {
    await machine.console.send(`${keys}\r`);
    await machine.runFor('30ms');
  };
  await machine.until('starting guest', { timeout: '3s' });
  await type(BEFORE);
  await machine.until('Linux user-space: Finished', { timeout: '3s' });
  for (const keys of ['', ...guessesFor(wordOf(about))]) await type(keys);
}

/**
 * A row as the client has it in its memory. The client is a program of the chapter, and asks the server about each letter: what the
 * server prints counts for nothing.
 */
async function rowOf(machine: CheckedMachine, row: number): Promise<string[]> {
  const { bytes } = await machine.symbol('client', 'table');
  return Array.from({ length: LETTERS }, (_, column) => {
    const at = (row * LETTERS + column) * CELL;
    const [letter = 0, state = 0] = [bytes[at], bytes[at + CELL / 2]];
    return letter === 0 ? 'empty' : `${String.fromCharCode(letter)} ${STATES[state] ?? `has state ${state}`}`;
  });
}

async function requireRow(machine: CheckedMachine, row: number, guess: string, word: string): Promise<void> {
  const found = await rowOf(machine, row);
  const wrong = judged(guess, word).flatMap((wanted, place) =>
    found[place] === wanted ? [] : `"${found[place]}" in place of "${wanted}"`,
  );
  if (wrong.length > 0) fail(`The guess ${guess} is shown with ${wrong.join(', ')}.`);
}

/** The rows of the table that follow that of the first guess, which comes before the word of Linux. */
async function requireGuesses(machine: CheckedMachine, about: CheckedRun, guesses: readonly number[]): Promise<void> {
  const word = wordOf(about);
  for (const index of guesses) await requireRow(machine, 1 + index, guessesFor(word)[index] ?? word, word);
}

export const checks: Check[] = [
  {
    name: 'two guesses are judged by the word that Linux has fetched',
    hint: 'take',
    check: (machine, about) => requireGuesses(machine, about, [0, 1]),
  },
  {
    name: 'the third guess is judged by it, where the order of its letters matters',
    hint: 'order',
    check: (machine, about) => requireGuesses(machine, about, [2]),
  },
  {
    name: 'the word itself is all right',
    hint: 'order',
    check: (machine, about) => requireGuesses(machine, about, [3]),
  },
  {
    name: 'what is no word is refused, and the word of before is kept',
    hint: 'refuse',
    async check(machine, about) {
      // Who takes nothing has refused nothing.
      await requireGuesses(machine, about, [0, 1]);
      await requireRow(machine, 0, BEFORE, BEFORE);
    },
  },
];
