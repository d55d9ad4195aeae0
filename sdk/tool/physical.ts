import { roundDown, roundUp, type Range } from './board.js';

/** Free physical memory, in ranges sorted by address. */
export class PhysicalMemory {
  private free: Range[];

  constructor(ranges: readonly Range[]) {
    this.free = ranges.filter(({ start, end }) => start < end).map((range) => ({ ...range }));
  }

  ranges(): readonly Range[] {
    return this.free;
  }

  /** Bytes of the largest free range. */
  largest(): number {
    return Math.max(0, ...this.free.map(({ start, end }) => end - start));
  }

  /** Takes out [start, end), whether all of it is free or only parts. */
  exclude({ start, end }: Range): void {
    this.free = this.free.flatMap((range) => {
      if (end <= range.start || start >= range.end) return [range];
      return [
        { start: range.start, end: start },
        { start: end, end: range.end },
      ].filter((part) => part.start < part.end);
    });
  }

  /** Takes [start, end) if all of it is free. */
  takeAt(wanted: Range): boolean {
    if (!this.free.some(({ start, end }) => wanted.start >= start && wanted.end <= end)) return false;
    this.exclude(wanted);
    return true;
  }

  /** The lowest place that is large enough. */
  takeLowest(size: number, alignment: number): number | undefined {
    for (const { start, end } of this.free) {
      const at = roundUp(start, alignment);
      if (at + size <= end) {
        this.exclude({ start: at, end: at + size });
        return at;
      }
    }
    return undefined;
  }

  /** The highest place that is large enough. */
  takeHighest(size: number, alignment: number): number | undefined {
    for (const { start, end } of [...this.free].reverse()) {
      const at = roundDown(end - size, alignment);
      if (at >= start) {
        this.exclude({ start: at, end: at + size });
        return at;
      }
    }
    return undefined;
  }
}
