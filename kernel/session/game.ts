import { type Board, isFull, isSolved, rowWord, withJudgedRows, wordLength } from '../render/board.js';
import { milliseconds, type MachineRun } from './machine-run.js';
import { UserError } from './user-error.js';

/** The client has answered when its console is quiet for this long, in virtual time. */
export const settleTime = 200 * milliseconds;
/** A client that takes longer does not answer, in virtual time. */
export const answerTime = 5_000 * milliseconds;

/** Checks what a reader wants to guess. */
export function checkWord(word: string): string {
  const lower = word.toLowerCase();
  if (!/^[a-z]+$/.test(lower)) throw new UserError('MagicError', `'${word}' is no word: letters a to z only`);
  if (lower.length !== wordLength) {
    throw new UserError('MagicError', `'${word}' has ${lower.length} letters`, `The client takes words of ${wordLength} letters.`);
  }
  return lower;
}

/** The Wordle client on a machine's console: what was typed into it, and the board it shows. */
export class WordleGame {
  /** Rows that were ended with RETURN: the client does not mark a row whose letters are all wrong. */
  private judged: number;
  private readonly listeners = new Set<() => void>();

  /** `judged`: of a game that goes on. */
  constructor(
    private readonly run: MachineRun,
    judged = 0,
  ) {
    this.judged = judged;
  }

  get rowsJudged(): number {
    return this.judged;
  }

  get board(): Board | undefined {
    return this.run.board && withJudgedRows(this.run.board, this.judged);
  }

  /** Whether a whole row has been typed that was not handed in. */
  get rowTyped(): boolean {
    return this.board?.rows.some((row) => row.every((letter) => letter.state === 'typed')) ?? false;
  }

  /** Calls `listener` when the board may have changed, until the function that it returns is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The machine has run. */
  changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** Marks what a board that the client just drew shows. */
  judge(board: Board): Board {
    return withJudgedRows(board, this.judged);
  }

  /** Whether another guess fits; an error says why not. */
  checkOpen(): Board {
    const board = this.board;
    if (!board) {
      throw new UserError(
        'ConsoleError',
        'the Wordle client has drawn no board yet',
        'Let the system start with %run, then wake the client with %send RETURN.',
      );
    }
    if (isSolved(board))
      throw new UserError('ConsoleError', 'the word has been found', `Another word comes with another run: %run ${this.run.name}`);
    if (isFull(board) && !this.rowTyped)
      throw new UserError('ConsoleError', 'the board is full', `Another word comes with another run: %run ${this.run.name}`);
    return board;
  }

  /** RETURN was typed by other means: the rows that are full have been judged. */
  returned(): void {
    const open = this.run.board ? this.openRow(this.run.board) : 0;
    this.judged = open < 0 ? (this.run.board?.rows.length ?? 0) : Math.max(this.judged, open);
    this.changed();
  }

  /** The row that the next letter goes to. */
  private openRow(board: Board): number {
    return board.rows.findIndex((row) => row.some((letter) => letter.state === 'empty'));
  }

  /**
   * Types a word and RETURN, then waits for the client.
   * `settle` lets the machine run until its console is quiet.
   */
  async guess(word: string, settle: () => Promise<void>): Promise<Board> {
    const board = this.checkOpen();
    const open = this.openRow(board);
    // A full board that is still open has a last row that was typed, but not handed in.
    const row = open < 0 ? board.rows.length - 1 : open;
    const leftOver = board.rows[row].filter((letter) => letter.state !== 'empty').length;
    this.run.type('\x7f'.repeat(leftOver) + word);
    await settle();
    const typed = this.run.board?.rows[row];
    if (!typed || rowWord(typed) !== word.toUpperCase()) {
      throw new UserError(
        'ConsoleError',
        `the client did not take '${word}': its row shows '${typed ? rowWord(typed) : ''}'`,
        'See its console with %log.',
      );
    }
    this.run.type('\r');
    this.judged = row + 1;
    await settle();
    return this.board as Board;
  }
}
