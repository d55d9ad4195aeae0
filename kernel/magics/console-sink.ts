import { setTimeout as delay } from 'node:timers/promises';
import type { CellContext } from '../core/evaluator.js';
import type { ConsoleSink } from '../session/machine-run.js';
import type { Board } from '../render/board.js';
import { plainBoardBundle } from '../render/board-display.js';

/** Front ends cut a kernel off that sends more than this for long (Jupyter Server: 1 MB/s), in characters per second. */
const sustainedRate = 500_000;
/** What may be sent at once before the rate counts. */
const burst = 1_000_000;

/** Shows a machine's console in a cell: text as a stream, and at the end the board, if it was drawn. */
export class CellConsole implements ConsoleSink {
  private allowance = burst;
  private lastFill = performance.now();
  private lastBoard: Board | undefined;

  constructor(
    private readonly cell: CellContext,
    private readonly judge: (board: Board) => Board,
    /** Sees the text, too. */
    private readonly observer?: { text(text: string): void },
  ) {}

  text(text: string): void {
    this.allowance -= text.length;
    this.cell.stdout(text);
    this.observer?.text(text);
  }

  board(board: Board): void {
    // Boards on their way are not shown: consoles and tools that run notebooks ignore updates, and would keep the first.
    this.lastBoard = board;
  }

  /** Shows the board as it stands at the end, if the client drew one meanwhile. */
  finish(board = this.lastBoard): void {
    if (board) this.cell.display(plainBoardBundle(this.judge(board)));
  }

  async ready(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    this.allowance = Math.min(burst, this.allowance + ((now - this.lastFill) / 1000) * sustainedRate);
    this.lastFill = now;
    if (this.allowance >= 0) {
      // Gives requests such as an interrupt their turn.
      await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    await delay((-this.allowance / sustainedRate) * 1000, undefined, { signal });
  }
}
