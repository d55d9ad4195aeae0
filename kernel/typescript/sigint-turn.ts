/** A lock between the thread of the cells and the one that holds SIGINT for it. */
const FREE = 0;
const OWNERS = { holder: 1, cells: 2 } as const;

export class Turn {
  private readonly mine: number;

  /** `shared` is one word, 0 at first. */
  constructor(
    private readonly shared: Int32Array,
    owner: keyof typeof OWNERS,
  ) {
    this.mine = OWNERS[owner];
  }

  /** Waits until nobody else has it. Whoever has it already, because a signal has broken off what it was for, keeps it. */
  take(): void {
    for (;;) {
      const owner = Atomics.compareExchange(this.shared, 0, FREE, this.mine);
      if (owner === FREE || owner === this.mine) return;
      Atomics.wait(this.shared, 0, owner);
    }
  }

  /** Nothing for whoever does not have it. */
  give(): void {
    if (Atomics.compareExchange(this.shared, 0, this.mine, FREE) === this.mine) Atomics.notify(this.shared, 0);
  }
}
