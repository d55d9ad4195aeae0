/** What a machine prints, wherever it runs, and keys for it. */
export interface Console {
  /** Everything printed so far; one character a byte. */
  readonly text: string;
  /**
   * Resolves once `pattern` has been printed after character `from`, to where it ends. Rejects with the end of the
   * console when that has not happened within `timeout` milliseconds or when the machine stops before.
   */
  waitFor(pattern: RegExp | string, timeout: number, from?: number): Promise<number>;
  type(keys: string): void;
  /** Resolves when the machine has ended by itself, to how: `powered off`, or what else ended it. */
  ended: Promise<string>;
  /** Ends the machine, if it has not ended. */
  stop(): Promise<void>;
}

/** The waiting that all consoles share. */
export abstract class WatchedConsole implements Console {
  text = '';
  readonly ended: Promise<string>;
  private how: string | undefined;
  private settle: (how: string) => void = () => undefined;
  private readonly watchers = new Set<() => void>();

  constructor(private readonly name: string) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
  }

  abstract type(keys: string): void;
  abstract stop(): Promise<void>;

  protected printed(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString('latin1');
    this.wake();
  }

  protected hasEnded(how: string): void {
    if (this.how !== undefined) return;
    this.how = how;
    this.settle(how);
    this.wake();
  }

  waitFor(pattern: RegExp | string, timeout: number, from = 0): Promise<number> {
    const find = (): number | undefined => {
      if (typeof pattern === 'string') {
        const at = this.text.indexOf(pattern, from);
        return at < 0 ? undefined : at + pattern.length;
      }
      const match = pattern.exec(this.text.slice(from));
      return match ? from + match.index + match[0].length : undefined;
    };
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.watchers.delete(check);
      };
      const fail = (when: string): void => {
        finish();
        reject(new Error(`${this.name} did not print ${String(pattern)} ${when}; its console ends with:\n${this.text.slice(-3000)}`));
      };
      const check = (): void => {
        const end = find();
        if (end !== undefined) {
          finish();
          resolve(end);
        } else if (this.how !== undefined) fail(`before it ended (${this.how})`);
      };
      const timer = setTimeout(() => fail(`within ${timeout / 1000} s`), timeout);
      this.watchers.add(check);
      check();
    });
  }

  private wake(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}
