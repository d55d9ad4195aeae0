/** What cells wait for: it ends when they are interrupted, although promises cannot be cancelled. */
import { CellInterrupt } from './cell-errors.js';

/** A promise that is never settled: whoever awaits it is forgotten, with all that only it knows. */
const NEVER = new Promise<never>(() => undefined);

type AnyIterator = AsyncIterator<unknown> | Iterator<unknown>;

export class CellWaits {
  /** What ends each wait that is under way, by the cell that it belongs to. */
  private readonly waiting = new Map<number, Set<(error: Error) => void>>();
  /** Cells that were interrupted and are over: what is left of them stops where it next waits. */
  private readonly over = new Set<number>();

  /**
   * @param cell the one that the running code belongs to
   * @param interrupted whether the running cell has felt a signal
   */
  constructor(
    private readonly cell: () => number,
    private readonly interrupted: () => boolean,
  ) {}

  /** What a cell awaits in place of `value`. @throws CellInterrupt when the cell was interrupted */
  wait(value: unknown): unknown {
    const cell = this.cell();
    if (this.over.has(cell)) return NEVER;
    this.turn();
    if (!isThenable(value)) return value;
    return new Promise((resolve, reject) => {
      const waits = this.waiting.get(cell) ?? new Set();
      this.waiting.set(cell, waits.add(reject));
      const done = <T>(settle: (value: T) => void) => {
        return (value: T): void => {
          waits.delete(reject);
          if (waits.size === 0 && this.waiting.get(cell) === waits) this.waiting.delete(cell);
          if (this.over.has(cell)) return;
          settle(value);
        };
      };
      // A `then` that throws rejects, as with `await`.
      Promise.resolve(value).then(done(resolve), done(reject));
    });
  }

  /** What `for await` goes through in place of `iterable`. */
  each(iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterable<unknown> {
    const asynchronous = (iterable as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
    const iterator: AnyIterator = asynchronous ? asynchronous.call(iterable) : (iterable as Iterable<unknown>)[Symbol.iterator]();
    const step = async (result: unknown): Promise<IteratorResult<unknown>> => {
      const { done = false, value } = (await this.wait(result)) as { done?: boolean; value: unknown };
      return { done, value: asynchronous ? value : await this.wait(value) };
    };
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => step(iterator.next()),
        ...(iterator.return && { return: async () => step(iterator.return?.()) }),
      }),
    };
  }

  /** To be called once in each round of a loop that signals cannot end. @throws CellInterrupt when the cell was interrupted */
  turn(): void {
    if (this.interrupted()) throw new CellInterrupt();
  }

  /** Ends what the cell waits for, now. */
  interrupt(cell: number): void {
    const waits = [...(this.waiting.get(cell) ?? [])];
    this.waiting.delete(cell);
    for (const end of waits) end(new CellInterrupt());
  }

  /** Ends what any cell waits for, now. */
  interruptAll(): void {
    for (const cell of [...this.waiting.keys()]) this.interrupt(cell);
  }

  /** What is left of an interrupted cell ends where it next waits. */
  finish(cell: number): void {
    this.over.add(cell);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
