import type { Progress } from '../session/services.js';

interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Where lines cannot be written over, a step is shown at most this often, in milliseconds. */
const LOG_INTERVAL = 1000;

/** Shows steps of work. On a terminal they share one line; elsewhere a line now and then tells that it goes on. */
export class ProgressLine {
  private label = '';
  private lastLine = -Infinity;
  private open = false;

  constructor(
    private readonly output: Output,
    private readonly title: string,
  ) {}

  step({ label, done, total }: Progress): void {
    const percent = total > 0 ? ` ${Math.floor((100 * done) / total)} %` : '';
    if (this.output.isTTY) {
      const line = `${this.title}: ${label}${percent}`.slice(0, (this.output.columns ?? 80) - 1);
      this.output.write(`\r\x1b[K${line}`);
      this.open = true;
    } else if (label !== this.label && performance.now() - this.lastLine >= LOG_INTERVAL) {
      this.lastLine = performance.now();
      this.output.write(`${this.title}: ${label}\n`);
    }
    this.label = label;
  }

  /** Makes room for other output. */
  end(): void {
    if (this.open) this.output.write('\r\x1b[K');
    this.open = false;
    this.label = '';
  }
}
