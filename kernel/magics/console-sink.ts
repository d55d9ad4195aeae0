import { setTimeout as delay } from 'node:timers/promises';
import type { CellContext } from '../core/evaluator.js';
import type { ConsoleView, Drawing } from '../session/console-view.js';
import type { ConsoleSink } from '../session/machine-run.js';

/** Front ends cut a kernel off that sends more than this for long (Jupyter Server: 1 MB/s), in characters per second. */
const SUSTAINED_RATE = 500_000;
/** What may be sent at once before the rate counts. */
const BURST = 1_000_000;

/** Shows a machine's console in a cell: text as a stream, and at the end what the views have redrawn. */
export class CellConsole implements ConsoleSink {
  private allowance = BURST;
  private lastFill = performance.now();
  private readonly drawings = new Map<ConsoleView, Drawing>();

  constructor(
    private readonly cell: CellContext,
    /** Sees the text, too. */
    private readonly observer?: { text(text: string): void },
  ) {}

  text(text: string): void {
    this.allowance -= text.length;
    this.cell.stdout(text);
    this.observer?.text(text);
  }

  drawing(drawing: Drawing, view: ConsoleView): void {
    // Drawings on their way are not shown: consoles and tools that run notebooks ignore updates, and would keep the first.
    this.drawings.set(view, drawing);
  }

  /** Shows what was redrawn meanwhile as it is at the end, or `instead` of it something else. */
  finish(instead?: Drawing): void {
    for (const drawing of instead ? [instead] : this.drawings.values()) this.cell.display(drawing());
  }

  async ready(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    this.allowance = Math.min(BURST, this.allowance + ((now - this.lastFill) / 1000) * SUSTAINED_RATE);
    this.lastFill = now;
    if (this.allowance >= 0) {
      // Gives requests such as an interrupt their turn.
      await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    await delay((-this.allowance / SUSTAINED_RATE) * 1000, undefined, { signal });
  }
}
