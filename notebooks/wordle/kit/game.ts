import {
  type ConsoleView,
  type ConsoleViewFactory,
  type Drawing,
  type JsonValue,
  MILLISECONDS,
  UserError,
  type ViewedMachine,
} from 'virtbook/kernel';
import { type Board, BoardReader, isFull, isSolved, rowWord, withJudgedRows, WORD_LENGTH } from './board.js';
import { plainBoardBundle } from './board-display.js';

/** The client has answered when its console is quiet for this long, in virtual time. */
export const SETTLE_TIME = 200 * MILLISECONDS;
/** A client that takes longer does not answer, in virtual time. */
export const ANSWER_TIME = 5_000 * MILLISECONDS;

/** Checks what a reader wants to guess. */
export function checkWord(word: string): string {
  const lower = word.toLowerCase();
  if (!/^[a-z]+$/.test(lower)) throw new UserError('MagicError', `'${word}' is not a word: use letters a to z only`);
  if (lower.length !== WORD_LENGTH) {
    throw new UserError('MagicError', `'${word}' has ${lower.length} letters`, `The client takes words of ${WORD_LENGTH} letters.`);
  }
  return lower;
}

/** The Wordle client on a machine's console: what was typed into it, and the board it shows. */
export class WordleGame implements ConsoleView {
  private readonly reader = new BoardReader();
  /** Rows that were ended with RETURN: the client does not mark a row whose letters are all wrong. */
  private judged: number;
  private readonly listeners = new Set<() => void>();

  /** `judged`: of a game that goes on. */
  constructor(
    private readonly machine: ViewedMachine,
    judged = 0,
  ) {
    this.judged = judged;
  }

  text(text: string): void {
    this.reader.text(text);
  }

  redraw(rows: readonly string[]): Drawing | undefined {
    const board = this.reader.redraw(rows);
    return board && (() => plainBoardBundle(withJudgedRows(board, this.judged)));
  }

  drawing(): Drawing | undefined {
    const { board } = this;
    return board && (() => plainBoardBundle(board));
  }

  /** RETURN was typed by other means: the rows that are full have been judged. */
  answered(typed: string): void {
    if (typed.includes('\r')) this.returned();
  }

  /** The machine has run: the board may have changed. */
  stopped(): void {
    for (const listener of this.listeners) listener();
  }

  save(): JsonValue {
    return this.judged;
  }

  get board(): Board | undefined {
    return this.reader.board && withJudgedRows(this.reader.board, this.judged);
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
    if (isSolved(board)) throw this.gameOver('the word has been found');
    if (isFull(board) && !this.rowTyped) throw this.gameOver('the board is full');
    return board;
  }

  private gameOver(why: string): UserError {
    return new UserError('ConsoleError', why, `Another word comes with another run: %run ${this.machine.name}`);
  }

  /** RETURN was typed: the rows that are full have been judged. */
  returned(): void {
    const { board } = this.reader;
    const open = board ? openRow(board) : 0;
    this.judged = open < 0 ? (board?.rows.length ?? 0) : Math.max(this.judged, open);
    this.stopped();
  }

  /**
   * Types a word and RETURN, then waits for the client.
   * `settle` lets the machine run until its console is quiet.
   */
  async guess(word: string, settle: () => Promise<void>): Promise<Board> {
    const board = this.checkOpen();
    const open = openRow(board);
    // A full board that is still open has a last row that was typed, but not handed in.
    const index = open < 0 ? board.rows.length - 1 : open;
    const leftOver = (board.rows[index] ?? []).filter((letter) => letter.state !== 'empty').length;
    this.machine.type('\x7f'.repeat(leftOver) + word);
    await settle();
    const typed = this.reader.board?.rows[index];
    if (!typed || rowWord(typed) !== word.toUpperCase()) {
      throw new UserError(
        'ConsoleError',
        `the client did not take '${word}': its row shows '${typed ? rowWord(typed) : ''}'`,
        'See its console with %log.',
      );
    }
    this.machine.type('\r');
    this.judged = index + 1;
    await settle();
    return this.board ?? board;
  }
}

/** The row that the next letter goes to; -1 when all are full. */
const openRow = (board: Board): number => board.rows.findIndex((row) => row.some((letter) => letter.state === 'empty'));

/** The board on the console of each machine. A snapshot keeps how many rows were handed in. */
export const boardView: ConsoleViewFactory<WordleGame> = {
  name: 'board',
  nothingYet: { message: 'the Wordle client has drawn no board yet', hint: 'Wake the client with %send RETURN.' },
  create: (machine, saved) => new WordleGame(machine, typeof saved === 'number' ? saved : 0),
};
