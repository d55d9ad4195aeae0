/** Cells wait here for their turn; one runs at a time. */
export class ExecutionQueue<Item> {
  private readonly waiting: Item[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly run: (item: Item) => Promise<void>) {}

  get busy(): boolean {
    return this.running !== undefined;
  }

  push(item: Item): void {
    this.waiting.push(item);
    this.running ??= this.work();
  }

  /** Takes out all that wait. */
  takeWaiting(): Item[] {
    return this.waiting.splice(0);
  }

  private async work(): Promise<void> {
    for (let item = this.waiting.shift(); item !== undefined; item = this.waiting.shift()) await this.run(item);
    this.running = undefined;
  }
}
