import { CellInterrupt } from './cell-errors.js';
import type { SessionHost } from './cell-session.js';

/** Interrupts after which a cell that catches them, or cleans up, is left alone. They come every tenth of a second. */
const MOST = 3;

/** Interrupts of the running cell where it waits. */
export class CellInterrupts {
  /** Ends the running cell where it waits. */
  private stop: (() => void) | undefined;

  constructor(private readonly host: Pick<SessionHost, 'cell' | 'waits' | 'timers'>) {}

  /** A cell runs, until `over`. Rejects when it has not ended although it was interrupted often. */
  begin(): Promise<never> {
    return new Promise((_, reject) => {
      const cell = this.host.cell();
      let times = 0;
      this.stop = () => {
        this.host.waits.interrupt(cell);
        this.host.timers.end(cell);
        if (++times >= MOST) reject(new CellInterrupt());
      };
    });
  }

  over(): void {
    this.stop = undefined;
  }

  interrupt(): void {
    this.stop?.();
  }

  /** What is left of an interrupted cell does no more. */
  end(): void {
    const cell = this.host.cell();
    this.host.waits.finish(cell);
    this.host.timers.end(cell);
  }
}

/** What a cell's script calls where it waits. */
export const waitingCalls = (waits: SessionHost['waits']): object => ({
  isPromise: (value: unknown) => value instanceof Promise,
  wait: (value: unknown) => waits.wait(value),
  each: (iterable: AsyncIterable<unknown>) => waits.each(iterable),
  turn: () => waits.turn(),
});
