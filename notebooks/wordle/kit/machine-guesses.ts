import type { MachineExtension } from 'virtbook/kernel';
import { type Board, type LetterState, rowWord } from './board.js';
import { boardView } from './game.js';

/** What the client says of a letter at its place: right there, elsewhere in the word, or not in it. */
type Verdict = Exclude<LetterState, 'empty' | 'typed'>;

export interface Guess {
  /** In lower case. */
  word: string;
  /** One for each letter. */
  verdicts: Verdict[];
}

const isVerdict = (state: LetterState): state is Verdict => state !== 'empty' && state !== 'typed';

/** Rows of which each letter has a verdict. */
function guessesOn(board: Board): Guess[] {
  return board.rows
    .map((row) => ({ word: rowWord(row).toLowerCase(), verdicts: row.map(({ state }) => state) }))
    .filter((guess): guess is Guess => guess.verdicts.every(isVerdict));
}

/** `machine.guesses()` in TypeScript cells. */
export const machineGuesses: MachineExtension = {
  declaration: `\
    /** The rows of the Wordle table that have been handed in, as the client shows them. */
    guesses(): Promise<{ word: string; verdicts: ("correct" | "present" | "absent")[] }[]>;
`,
  methods: {
    /** None before there is a table. */
    guesses: (session) => {
      const { board } = session.machine.requireView(boardView);
      return board ? guessesOn(board) : [];
    },
  },
};
