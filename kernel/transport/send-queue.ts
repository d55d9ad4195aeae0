/**
 * One FIFO in front of a socket. ZeroMQ refuses a second `send` while one is under way, so each is awaited before the
 * next; callers need not wait.
 */
export class SendQueue<Item> {
  private readonly waiting: Item[] = [];
  private next = 0;
  private pump: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly send: (item: Item) => Promise<void>,
    private readonly failed: (error: unknown) => void,
  ) {}

  push(item: Item): void {
    if (this.closed) return;
    this.waiting.push(item);
    this.pump ??= this.run();
  }

  /** Resolves when all that was pushed has been sent. */
  async drained(): Promise<void> {
    while (this.pump) await this.pump;
  }

  /** Drops what waits, and what is pushed from now on. */
  close(): void {
    this.closed = true;
    this.waiting.length = 0;
    this.next = 0;
  }

  private async run(): Promise<void> {
    while (this.next < this.waiting.length) {
      const item = this.waiting[this.next++] as Item;
      // An index instead of shift(): a burst of 50,000 lines must not make the queue quadratic.
      if (this.next > 1024) {
        this.waiting.splice(0, this.next);
        this.next = 0;
      }
      try {
        await this.send(item);
      } catch (error) {
        if (!this.closed) this.failed(error);
      }
    }
    this.waiting.length = 0;
    this.next = 0;
    this.pump = undefined;
  }
}
