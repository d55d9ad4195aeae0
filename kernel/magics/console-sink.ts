import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CellContext, MimeBundle } from '../core/evaluator.js';
import type { ConsoleSink } from '../session/machine-run.js';
import type { Board } from '../render/board.js';
import { boardBundle, passingBoardBundle } from '../render/board-display.js';

/** Front ends cut a kernel off that sends more than this for long (Jupyter Server: 1 MB/s), in characters per second. */
const sustainedRate = 500_000;
/** What may be sent at once before the rate counts. */
const burst = 1_000_000;

/** Shows a machine's console in a cell: text as a stream, and the board as one display that is redrawn in place. */
export class CellConsole implements ConsoleSink {
  private allowance = burst;
  private lastFill = performance.now();
  private lastBoard: Board | undefined;
  private shown = false;
  private readonly displayId = randomUUID();

  constructor(
    private readonly cell: CellContext,
    private readonly judge: (board: Board) => Board,
  ) {}

  text(text: string): void {
    this.allowance -= text.length;
    this.cell.stdout(text);
  }

  board(board: Board): void {
    this.lastBoard = board;
    // A board on its way is never the first thing shown: consoles and tools that run notebooks ignore updates, and
    // would keep it.
    if (!this.cell.allowStdin || !this.shown) return;
    this.show(passingBoardBundle(this.judge(board)));
  }

  /** Shows the board as it stands at the end, if the client drew one meanwhile. */
  finish(board = this.lastBoard): void {
    if (board) this.show(boardBundle(this.judge(board)));
  }

  private show(bundle: MimeBundle): void {
    if (this.shown) this.cell.updateDisplay(this.displayId, bundle);
    else this.cell.display(bundle, { displayId: this.displayId });
    this.shown = true;
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
