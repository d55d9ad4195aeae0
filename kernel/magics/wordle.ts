import type { CellContext } from '../core/evaluator.js';
import { isFull, isSolved } from '../render/board.js';
import { plainBoardBundle } from '../render/board-display.js';
import { CellConsole } from './console-sink.js';
import { answerTime, checkWord, settleTime } from '../session/game.js';
import { KeyedWordle } from '../session/keyed-wordle.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { Keyboard } from '../widgets/keyboard.js';
import { Widgets } from '../widgets/widgets.js';
import type { Magic } from './magic.js';

/** Types a word, and shows the board as it stands then. */
async function play(session: Session, cell: CellContext, word: string, show: boolean): Promise<void> {
  const game = session.requireGame();
  const sink = new CellConsole(cell, (board) => game.judge(board));
  try {
    await game.guess(word, async () => {
      await session.advance({ timeout: answerTime, quiet: settleTime }, sink, cell.signal);
    });
  } finally {
    if (show) sink.finish(session.game?.board);
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
    await play(session, cell, word, true);
  },
};

export const playMagic: Magic = {
  name: 'play',
  kind: 'line',
  summary: 'Plays Wordle: asks for words until the board is solved or full.',
  details: [
    'Where the front end shows widgets, a keyboard below the board takes the letters: click them, then Enter. It stays until',
    'the next %play, %run or %stop, and other cells may run meanwhile. Elsewhere, a prompt asks for words.',
    'Words after the magic are played without asking; they are needed where the front end takes no input.',
    'An empty answer to the prompt ends the game for now; another %play goes on with it.',
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
    session.setPlayer(undefined);
    if (!scripted.length && cell.comms && Widgets.shown(cell.comms)) {
      session.setPlayer(new Keyboard(new KeyedWordle(session), cell));
      return;
    }
    if (!scripted.length) cell.display(plainBoardBundle(board));
    const words = scripted.values();
    let left = scripted.length;
    while (!isSolved(board) && !isFull(board)) {
      const word = scripted.length
        ? words.next().value
        : await ask(cell, board.rows.findIndex((row) => row[0].state === 'empty') + 1, board.rows.length);
      if (!word) break;
      left--;
      // With a person, each guess has its board, as in a terminal. Otherwise the last one tells all.
      await play(session, cell, word, !scripted.length);
      board = game.board ?? board;
    }
    if (scripted.length) cell.display(plainBoardBundle(board));
    if (left > 0) cell.stdout(`The game was over before ${left} of the words.\n`);
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
