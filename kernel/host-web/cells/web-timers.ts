/** The timers of cells, so that an interrupt can end them. */

type Start = (callback: (...args: unknown[]) => void, milliseconds?: number, ...args: unknown[]) => number;
type Timers = Record<'setTimeout' | 'setInterval', Start> & Record<'clearTimeout' | 'clearInterval', (id: number) => void>;

export class WebTimers {
  private readonly running = new Map<number, number>();
  private readonly clear: (id: number) => void;

  /** Takes the place of the timers of this worker, from here on. @param cell the one that the running code belongs to */
  constructor(cell: () => number) {
    const own = globalThis as unknown as Timers;
    this.clear = own.clearTimeout.bind(globalThis);
    for (const start of ['setTimeout', 'setInterval'] as const) {
      const begin = own[start].bind(globalThis);
      own[start] = (callback, ...rest) => {
        const id = begin(
          (...args: unknown[]) => {
            if (start === 'setTimeout') this.running.delete(id);
            callback(...args);
          },
          ...rest,
        );
        this.running.set(id, cell());
        return id;
      };
    }
    own.clearTimeout = own.clearInterval = (id) => {
      this.running.delete(id);
      this.clear(id);
    };
  }

  /** Ends the timers that the cell has started; without a cell, those of all cells. */
  end(cell?: number): void {
    for (const [id, owner] of this.running) {
      if (cell !== undefined && owner !== cell) continue;
      this.running.delete(id);
      this.clear(id);
    }
  }
}
