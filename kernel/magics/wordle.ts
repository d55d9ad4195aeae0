import type { CellContext } from '../core/evaluator.js';
import { isFull, isSolved } from '../render/board.js';
import { CellConsole } from './console-sink.js';
import { answerTime, checkWord, settleTime } from '../session/game.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import type { Magic } from './magic.js';

/** Types words one after the other, with the board in the cell. */
class Player {
  private sink: CellConsole;

  constructor(
    private readonly session: Session,
    private readonly cell: CellContext,
  ) {
    this.sink = this.newSink();
  }

  private newSink(): CellConsole {
    const game = this.session.requireGame();
    return new CellConsole(this.cell, (board) => game.judge(board));
  }

  async guess(word: string): Promise<void> {
    const settle = async () => {
      await this.session.advance({ timeout: answerTime, quiet: settleTime }, this.sink, this.cell.signal);
    };
    await this.session.requireGame().guess(word, settle);
  }

  finish(): void {
    this.sink.finish(this.session.game?.board);
  }

  /** Shows the board above the next question, in place of all that was shown before. */
  turn(): void {
    this.cell.clearOutput(true);
    this.sink = this.newSink();
    this.finish();
  }
}

export const guessMagic: Magic = {
  name: 'guess',
  kind: 'line',
  summary: 'Types a word and RETURN on the Wordle client, and shows its board.',
  details: 'The board must be on the console: after a boot, %send RETURN makes the client draw it.',
  positionals: [{ name: 'WORD', help: 'five letters' }],
  examples: ['%guess crane'],
  async execute({ session, cell, args }) {
    const word = checkWord(args.positionals[0]);
    session.requireGame().checkOpen();
    const player = new Player(session, cell);
    try {
      await player.guess(word);
    } finally {
      player.finish();
    }
  },
};

export const playMagic: Magic = {
  name: 'play',
  kind: 'line',
  summary: 'Plays Wordle: asks for words until the board is solved or full.',
  details: [
    'Words after the magic are played without asking; they are needed where the front end takes no input.',
    'An empty answer ends the game for now; another %play goes on with it.',
  ].join('\n'),
  positionals: [{ name: 'WORD', help: 'words to play, in this order', optional: true, rest: true }],
  examples: ['%play', '%play crane sloth'],
  async execute({ session, cell, args }) {
    const scripted = args.positionals.map(checkWord);
    const game = session.requireGame();
    let board = game.checkOpen();
    if (!scripted.length && !cell.allowStdin) {
      throw new UserError('MagicError', 'this front end takes no input', 'Give the words: %play crane sloth');
    }
    const player = new Player(session, cell);
    const words = scripted.values();
    try {
      if (!scripted.length) player.finish();
      while (!isSolved(board) && !isFull(board)) {
        const word = scripted.length ? words.next().value : await ask(cell, board.rows.findIndex((row) => row[0].state === 'empty') + 1, board.rows.length);
        if (!word) return;
        await player.guess(word);
        board = game.board ?? board;
        if (!scripted.length) player.turn();
      }
    } finally {
      player.finish();
    }
  },
};

/** Asks until the answer is a word, or nothing. */
async function ask(cell: CellContext, guess: number, guesses: number): Promise<string | undefined> {
  for (;;) {
    const answer = (await cell.input(`guess ${guess}/${guesses}> `)).trim();
    if (!answer) return undefined;
    try {
      return checkWord(answer);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      cell.stdout(`${error.message}\n`);
    }
  }
}
