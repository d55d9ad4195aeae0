import { WORDS } from '../../notebooks/part4/kit/words.js';

/** One letter of a guess as the board's text form shows it: `[C]` right place, `(R)` other place, ` a ` not in the word. */
type Verdict = 'right' | 'other' | 'absent';

export interface JudgedGuess {
  word: string;
  verdicts: Verdict[];
}

/** The guesses on a board, read from its text form. */
export function readBoard(text: string): JudgedGuess[] {
  const guesses: JudgedGuess[] = [];
  for (const line of text.split('\n').slice(0, 5)) {
    const cells = [...line.padEnd(19).matchAll(/(.)(.)(.) ?/g)].slice(0, 5).map(([, mark = '', letter = '']) => ({ mark, letter }));
    if (cells.some(({ letter }) => !/[a-z]/i.test(letter))) break;
    guesses.push({
      word: cells.map(({ letter }) => letter.toLowerCase()).join(''),
      verdicts: cells.map(({ mark }) => (mark === '[' ? 'right' : mark === '(' ? 'other' : 'absent')),
    });
  }
  return guesses;
}

/** As the chapter's Wordle server judges: each letter by itself. */
const judge = (guess: string, word: string): Verdict[] =>
  [...guess].map((letter, place) => (word[place] === letter ? 'right' : word.includes(letter) ? 'other' : 'absent'));

/** A word that fits everything on the board, the one that tells the remaining ones apart best. */
export function nextGuess(board: JudgedGuess[]): string {
  const fits = WORDS.filter((word) => board.every((guess) => judge(guess.word, word).join() === guess.verdicts.join()));
  if (fits.length === 0) throw new Error(`no word fits ${JSON.stringify(board)}`);
  const groups = (guess: string): number => new Set(fits.map((word) => judge(guess, word).join())).size;
  return fits.reduce((best, word) => (groups(word) > groups(best) ? word : best));
}
