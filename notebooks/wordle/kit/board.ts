import { applySgr, plainStyle, sgrParameters, styledRuns, type Style } from 'virtbook/kernel';

/** What the Wordle client says of a letter. `typed` letters have not been judged yet. */
export type LetterState = 'empty' | 'typed' | 'absent' | 'present' | 'correct';

export interface Letter {
  /** One upper-case character; a space where nothing was typed. */
  character: string;
  state: LetterState;
}

/** The client's table: a row for each guess. */
export interface Board {
  rows: Letter[][];
}

export const WORD_LENGTH = 5;
export const GUESS_COUNT = 5;

/** One table row at the end of a line of text; colour codes are looked at apart. */
const rowPattern = /(?:\[(.)\] ?){5}$/su;
const cellPattern = /\[(.)\]/gsu;

interface StyledText {
  text: string;
  styles: Style[];
}

function flatten(line: string): StyledText {
  let text = '';
  const styles: Style[] = [];
  for (const run of styledRuns(line)) {
    for (const character of run.text) {
      text += character;
      for (let i = 0; i < character.length; i++) styles.push(run.style);
    }
  }
  return { text, styles };
}

const green = applySgr(plainStyle, sgrParameters('32'));

/** The client paints a letter in its right place green, and one in the wrong place on yellow (older ones: in yellow). */
function stateOf(character: string, style: Style): LetterState {
  if (character === ' ') return 'empty';
  if (style.foreground === green.foreground || style.foreground === '92') return 'correct';
  const yellow = ['103', '43'].includes(style.background) || ['33', '93'].includes(style.foreground);
  return yellow ? 'present' : 'typed';
}

/** The letters of a row such as `[c] [r] [a] [ ] [ ] `, which may follow other text on its line; undefined for any other line. */
export function parseRow(line: string): Letter[] | undefined {
  if (!line.includes('[')) return undefined;
  const { text, styles } = flatten(line.trimEnd());
  const match = rowPattern.exec(text);
  if (!match) return undefined;
  const letters: Letter[] = [];
  for (const { 1: character = ' ', index } of match[0].matchAll(cellPattern)) {
    const style = styles[match.index + index + 1] ?? plainStyle;
    letters.push({ character: character.toUpperCase(), state: stateOf(character, style) });
  }
  // `[ 0.1] [x]`-like log lines do not get here: the pattern wants five cells of one character each.
  return letters.length === WORD_LENGTH ? letters : undefined;
}

/** The board that the lines end with, if they end with a whole one. */
export function parseBoard(lines: readonly string[]): Board | undefined {
  const rows = lines.slice(-GUESS_COUNT).map(parseRow);
  if (rows.length < GUESS_COUNT || rows.some((row) => row === undefined)) return undefined;
  return { rows: settleRows(rows as Letter[][]) };
}

/**
 * The client leaves a wrong letter as it was typed. It has been judged if the client coloured another letter of its row,
 * or went on to a later row.
 */
function settleRows(rows: Letter[][]): Letter[][] {
  const lastUsed = rows.findLastIndex((row) => row.some((letter) => letter.state !== 'empty'));
  return rows.map((row, index) => {
    const judged = index < lastUsed || row.some((letter) => letter.state === 'correct' || letter.state === 'present');
    return judged ? judge(row) : row;
  });
}

const judge = (row: Letter[]): Letter[] => row.map((letter) => (letter.state === 'typed' ? { ...letter, state: 'absent' } : letter));

/** The same board, with a row marked as judged whose letters are all wrong: only who pressed RETURN can know. */
export function withJudgedRows(board: Board, count: number): Board {
  return { rows: board.rows.map((row, index) => (index < count ? judge(row) : row)) };
}

export const rowWord = (row: Letter[]): string =>
  row
    .map((letter) => letter.character)
    .join('')
    .trimEnd();
export const isSolved = (board: Board): boolean => board.rows.some((row) => row.every((letter) => letter.state === 'correct'));
export const isFull = (board: Board): boolean => board.rows.every((row) => row.every((letter) => letter.state !== 'empty'));

/** Follows the console: gives the board whenever the client has drawn it again, over the old one or below it. */
export class BoardReader {
  private lines: string[] = [];
  private partial = '';
  /** The last board that was drawn. */
  board: Board | undefined;

  /** Text as the terminal sends it. */
  text(text: string): Board | undefined {
    let drawn: Board | undefined;
    const lines = (this.partial + text).split('\n');
    this.partial = lines.pop() ?? '';
    for (const line of lines) {
      this.lines.push(line);
      if (this.lines.length > GUESS_COUNT) this.lines.shift();
      const board = parseRow(line) && parseBoard(this.lines);
      if (board) {
        drawn = this.board = board;
        this.lines = [];
      }
    }
    return drawn;
  }

  /** Rows that were drawn over earlier ones. */
  redraw(rows: readonly string[]): Board | undefined {
    const board = parseBoard(rows);
    if (board) this.board = board;
    return board;
  }
}
