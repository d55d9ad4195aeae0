import type { CommHost } from '../core/comms.js';
import type { CellContext, MimeBundle, Payload } from '../core/evaluator.js';

/** One output of a cell. */
type Output =
  | { kind: 'stdout' | 'stderr'; text: string }
  | { kind: 'display'; bundle: MimeBundle; displayId: string | undefined }
  | { kind: 'result'; bundle: MimeBundle };

/** What is remembered of a cell's streams, in characters: a flood is not shown twice. */
const MOST_REMEMBERED = 4_000_000;

/**
 * A cell that can take back what it has shown since some point, and show something else in its place. Front ends can only
 * clear a whole cell, so what was there before is shown again.
 */
export class ReplayableCell implements CellContext {
  private outputs: Output[] = [];
  private remembered = 0;
  readonly comms?: CommHost;

  constructor(private readonly cell: CellContext) {
    if (cell.comms) this.comms = cell.comms;
  }

  get code(): string {
    return this.cell.code;
  }
  get silent(): boolean {
    return this.cell.silent;
  }
  get allowStdin(): boolean {
    return this.cell.allowStdin;
  }
  get executionCount(): number {
    return this.cell.executionCount;
  }
  get signal(): AbortSignal {
    return this.cell.signal;
  }

  /** The point that has been reached, for `replaceFrom`. */
  get point(): number {
    return this.outputs.length;
  }

  /** Shows what `show` shows in the place of all that came from the point on. False when that is not remembered. */
  replaceFrom(point: number, show: () => void): boolean {
    if (this.remembered > MOST_REMEMBERED) return false;
    const before = this.outputs.slice(0, point);
    this.outputs = [];
    this.remembered = 0;
    this.cell.clearOutput(true);
    for (const output of before) {
      if (output.kind === 'display') this.display(output.bundle, { displayId: output.displayId });
      else if (output.kind === 'result') this.result(output.bundle);
      else this[output.kind](output.text);
    }
    show();
    return true;
  }

  stdout(text: string): void {
    this.remember(text);
    this.outputs.push({ kind: 'stdout', text });
    this.cell.stdout(text);
  }

  stderr(text: string): void {
    this.remember(text);
    this.outputs.push({ kind: 'stderr', text });
    this.cell.stderr(text);
  }

  private remember(text: string): void {
    this.remembered += text.length;
    // Too much: it is not shown again, and need not be kept.
    if (this.remembered > MOST_REMEMBERED) this.outputs = [];
  }

  display(bundle: MimeBundle, options?: { displayId?: string | undefined }): void {
    this.outputs.push({ kind: 'display', bundle, displayId: options?.displayId });
    this.cell.display(bundle, options);
  }

  updateDisplay(displayId: string, bundle: MimeBundle): void {
    for (const output of this.outputs) if (output.kind === 'display' && output.displayId === displayId) output.bundle = bundle;
    this.cell.updateDisplay(displayId, bundle);
  }

  clearOutput(wait?: boolean): void {
    this.outputs = [];
    this.remembered = 0;
    this.cell.clearOutput(wait);
  }

  result(bundle: MimeBundle): void {
    this.outputs.push({ kind: 'result', bundle });
    this.cell.result(bundle);
  }

  input(prompt: string, password?: boolean): Promise<string> {
    return this.cell.input(prompt, password);
  }

  payload(payload: Payload): void {
    this.cell.payload(payload);
  }
}
