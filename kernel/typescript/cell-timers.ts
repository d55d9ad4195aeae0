/** The timers of cells, so that an interrupt can end them. */
import timers from 'node:timers';
import { syncBuiltinESMExports } from 'node:module';

type Start = (callback: (...args: unknown[]) => void, ...rest: unknown[]) => object;
type Clear = (timer: unknown) => void;

/** How each kind of timer is started and ended, and whether it ends when it has fired. */
const KINDS = [
  { start: 'setTimeout', clear: 'clearTimeout', once: true },
  { start: 'setInterval', clear: 'clearInterval', once: false },
  { start: 'setImmediate', clear: 'clearImmediate', once: true },
] as const;

export class CellTimers {
  private readonly running = new Map<object, { cell: number; end: () => void }>();

  /** Takes the place of the timers of this process, from here on. @param cell the one that the running code belongs to */
  constructor(private readonly cell: () => number) {
    for (const kind of KINDS) this.take(kind);
    syncBuiltinESMExports();
  }

  private take({ start, clear, once }: (typeof KINDS)[number]): void {
    const begin = timers[start] as unknown as Start;
    const end = timers[clear] as Clear;
    const running = this.running;
    const cell = this.cell;
    const started = function (callback: unknown, ...rest: unknown[]): object {
      if (typeof callback !== 'function') return begin(callback as never, ...rest);
      const fired = function (this: unknown, ...args: unknown[]): void {
        if (once) running.delete(timer);
        Reflect.apply(callback, this, args);
      };
      const timer = begin(fired, ...rest);
      running.set(timer, { cell: cell(), end: () => end(timer) });
      return timer;
    };
    const cleared = (timer: unknown): void => {
      if (typeof timer === 'object' && timer !== null) running.delete(timer);
      end(timer);
    };
    // Such as `util.promisify.custom`.
    const { length: _length, ...others } = Object.getOwnPropertyDescriptors(begin);
    Object.defineProperties(started, others);
    for (const owner of [globalThis, timers]) Object.assign(owner, { [start]: started, [clear]: cleared });
  }

  /** Ends the timers that the cell has started; without a cell, those of all cells. */
  end(cell?: number): void {
    for (const [timer, { cell: owner, end }] of this.running) {
      if (cell !== undefined && owner !== cell) continue;
      this.running.delete(timer);
      end();
    }
  }
}
