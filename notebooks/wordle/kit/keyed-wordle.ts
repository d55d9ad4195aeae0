import { type MachineControl, silentSink, UserError } from 'virtbook/kernel';
import type { Board } from './board.js';
import { ANSWER_TIME, boardView, SETTLE_TIME, type WordleGame } from './game.js';
import type { KeyedGame } from './keyboard.js';

/**
 * The Wordle client of a session's machine, one key at a time. Each key lets the machine run until its console is quiet.
 * @throws UserError from each key that cannot be taken: nothing has been typed then. All of it is in the message.
 */
export class KeyedWordle implements KeyedGame {
  private readonly game: WordleGame;

  /** @throws UserError when no machine is running. */
  constructor(private readonly machine: MachineControl) {
    this.game = machine.requireView(boardView);
  }

  async typeLetter(letter: string, signal: AbortSignal): Promise<void> {
    this.checkFree();
    if (this.game.rowTyped) throw new UserError('ConsoleError', 'The row is full: Enter hands it in, Back takes a letter back.');
    await this.key(letter, signal);
  }

  async enter(signal: AbortSignal): Promise<void> {
    this.checkFree();
    if (!this.game.rowTyped) throw new UserError('ConsoleError', 'The row is not full yet.');
    await this.key('\r', signal);
  }

  async backspace(signal: AbortSignal): Promise<void> {
    this.checkFree();
    await this.key('\x7f', signal);
  }

  board(): Board | undefined {
    return this.game.board;
  }

  onChange(listener: () => void): () => void {
    return this.game.onChange(listener);
  }

  private async key(character: string, signal: AbortSignal): Promise<void> {
    this.machine.requireRun().type(character);
    // The board is all that there is to see of a key.
    await this.machine.advance({ timeout: ANSWER_TIME, quiet: SETTLE_TIME }, silentSink, signal);
    // Not before the client's answer: the last row would look lost until then. After an interrupt, Enter can be pressed again.
    if (character === '\r') this.game.returned();
  }

  /** A machine in the background stands back for a key; one that a cell drives does not. */
  private checkFree(): void {
    const { run, driven } = this.machine;
    if (run?.views.get(boardView) !== this.game) throw new UserError('RunError', 'The machine of this board is switched off.');
    if (driven) {
      throw new UserError('RunError', 'A cell drives the machine. Press the key again when the cell has ended.');
    }
  }
}
