import { CellConsole, type CellContext, type Ending, explainStretch, type Magic, type Session, UserError, Widgets } from 'virtbook/kernel';
import { isFull, isSolved } from './board.js';
import { plainBoardBundle } from './board-display.js';
import { ANSWER_TIME, boardView, checkWord, SETTLE_TIME } from './game.js';
import { Keyboard } from './keyboard.js';
import { KeyedWordle } from './keyed-wordle.js';

/** Types a word, and shows the board as it stands then, and what went wrong. */
async function play(session: Session, cell: CellContext, word: string, show: boolean): Promise<void> {
  const game = session.machine.requireView(boardView);
  const sink = new CellConsole(cell);
  const from = session.machine.requireRun().transcript.length;
  let ending: Ending | undefined;
  try {
    await game.guess(word, async () => {
      ending = await session.machine.advance({ timeout: ANSWER_TIME, quiet: SETTLE_TIME }, sink, cell.signal);
    });
  } finally {
    if (show) sink.finish(game.drawing());
    if (ending && !cell.signal.aborted) {
      for (const said of await explainStretch(session, ending, from, SETTLE_TIME)) cell.stdout(`${said}\n`);
    }
  }
}

export const guessMagic: Magic = {
  name: 'guess',
  kind: 'line',
  listedAfter: 'send',
  summary: 'Types a word and RETURN on the Wordle client, and shows its board.',
  details: 'The board must be on the console: after a boot, %send RETURN makes the client draw it.',
  positionals: [{ name: 'WORD', help: 'five letters' }],
  examples: ['%guess crane'],
  async execute({ session, cell, args }) {
    const word = checkWord(args.required(0));
    session.machine.requireView(boardView).checkOpen();
    await play(session, cell, word, true);
  },
};

export const playMagic: Magic = {
  name: 'play',
  kind: 'line',
  listedAfter: 'send',
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
    const game = session.machine.requireView(boardView);
    let board = game.checkOpen();
    if (!scripted.length && !cell.allowStdin) {
      throw new UserError('MagicError', 'this front end takes no input', 'Give the words: %play crane sloth');
    }
    session.machine.setPlayer(undefined);
    if (!scripted.length && cell.comms && Widgets.shown(cell.comms)) {
      session.machine.setPlayer(new Keyboard(new KeyedWordle(session.machine), cell));
      return;
    }
    if (!scripted.length) cell.display(plainBoardBundle(board));
    const words = scripted.values();
    let left = scripted.length;
    while (!isSolved(board) && !isFull(board)) {
      const word = scripted.length
        ? words.next().value
        : await ask(cell, board.rows.findIndex((row) => row[0]?.state === 'empty') + 1, board.rows.length);
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
