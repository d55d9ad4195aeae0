import { setTimeout as delay } from 'node:timers/promises';
import type { CellContext } from '../core/evaluator.js';
import type { ConsoleView, Drawing } from '../session/console-view.js';
import { explanationBundle, foldedBundle, isLong } from '../render/log.js';
import type { ConsoleSink, Ending } from '../session/machine-run.js';
import { ReplayableCell } from './replayable-cell.js';

/** Front ends cut a kernel off that sends more than this for long (Jupyter Server: 1 MB/s), in characters per second. */
const SUSTAINED_RATE = 500_000;
/** What may be sent at once before the rate counts. */
const BURST = 1_000_000;

/** What a console's text is shown with, once it has come. */
export interface ConsoleFolding {
  /** Signs of lines that a reader waits for. */
  awaited?: readonly RegExp[];
  /** What went wrong, in sentences; shown above the text. */
  explain?: (ending: Ending) => Promise<readonly string[]>;
}

/**
 * Shows a machine's console in a cell: text as a stream, and at the end what the views have redrawn. Where a person watches,
 * a long text is folded at its end; programs that run notebooks keep the stream, which is the same bytes each time.
 */
export class CellConsole implements ConsoleSink {
  private allowance = BURST;
  private lastFill = performance.now();
  private readonly drawings = new Map<ConsoleView, Drawing>();
  /** Where the text begins among the outputs of the cell. */
  private readonly from: number | undefined;
  private streamed: string[] = [];
  private said: readonly string[] = [];

  constructor(
    private readonly cell: CellContext,
    /** Sees the text, too. */
    private readonly observer?: { text(text: string): void },
    private readonly folding: ConsoleFolding = {},
  ) {
    this.from = cell instanceof ReplayableCell ? cell.point : undefined;
  }

  text(text: string): void {
    this.allowance -= text.length;
    this.cell.stdout(text);
    if (this.from !== undefined) this.streamed.push(text);
    this.observer?.text(text);
  }

  drawing(drawing: Drawing, view: ConsoleView): void {
    // Drawings on their way are not shown: consoles and tools that run notebooks ignore updates, and would keep the first.
    this.drawings.set(view, drawing);
  }

  /** Asks what is to be said about a run that has ended so, for `finish` to show. */
  async explain(ending: Ending): Promise<void> {
    if (this.from !== undefined) this.said = (await this.folding.explain?.(ending)) ?? [];
  }

  /** Shows what was redrawn meanwhile as it is at the end, or `instead` of it something else. */
  finish(instead?: Drawing): void {
    this.fold();
    for (const drawing of instead ? [instead] : this.drawings.values()) this.cell.display(drawing());
  }

  /** Shows the explanation and the folded text in the place of the stream. */
  private fold(): void {
    const { cell, from, folding, said } = this;
    if (from === undefined || !(cell instanceof ReplayableCell)) return;
    const text = this.streamed.join('');
    this.streamed = [];
    if (said.length === 0 && !isLong(text)) return;
    const explain = (): void => {
      if (said.length > 0) cell.display(explanationBundle(said));
    };
    const replaced = cell.replaceFrom(from, () => {
      explain();
      if (isLong(text)) cell.display(foldedBundle(text, folding));
      else if (text) cell.stdout(text);
    });
    if (!replaced) explain();
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
