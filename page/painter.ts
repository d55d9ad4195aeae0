/** Shows what changes again and again, in a share of the time. */

/** Painting takes at most one part of so many. */
const SHARE = 5;
/** Milliseconds between two times, at least: a reader sees no difference. */
const SHORTEST = 100;

export class Painter {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When it may be painted again. */
  private next = 0;

  constructor(private readonly paint: () => void) {}

  /** It is seen soon: at once, if it has not changed for a while. */
  changed(): void {
    if (this.timer !== undefined) return;
    const wait = this.next - performance.now();
    if (wait <= 0) this.now();
    else this.timer = setTimeout(() => this.now(), wait);
  }

  /** It is seen as it is now. */
  now(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const start = performance.now();
    this.paint();
    const end = performance.now();
    this.next = end + Math.max(SHORTEST, (SHARE - 1) * (end - start));
  }

  /** What has not been seen yet is not seen any more. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
