import type { CommHost } from '../core/comms.js';
import { type CellContext, InputRefused, type MimeBundle } from '../core/evaluator.js';

export type RecordedOutput =
  | { kind: 'stdout'; text: string }
  | { kind: 'stderr'; text: string }
  | { kind: 'display'; bundle: MimeBundle; displayId?: string | undefined }
  | { kind: 'update'; bundle: MimeBundle; displayId: string }
  | { kind: 'result'; bundle: MimeBundle; displayId?: undefined };

/** A cell for tests: keeps what was sent, and answers prompts from a list. */
export class RecordingCell implements CellContext {
  readonly outputs: RecordedOutput[] = [];
  readonly prompts: string[] = [];
  readonly silent = false;
  readonly allowStdin: boolean;
  readonly executionCount = 1;
  readonly signal: AbortSignal;
  readonly comms?: CommHost;

  constructor(
    readonly code: string,
    options: { answers?: string[] | undefined; signal?: AbortSignal | undefined; comms?: CommHost | undefined } = {},
  ) {
    this.allowStdin = options.answers !== undefined;
    this.answers = options.answers ?? [];
    if (options.comms) this.comms = options.comms;
    this.signal = options.signal ?? new AbortController().signal;
  }

  private readonly answers: string[];

  get text(): string {
    return this.outputs.map((output) => (output.kind === 'stdout' ? output.text : '')).join('');
  }

  /** The text forms of the displays as they stand at the end, updates applied. */
  get displays(): string[] {
    const shown: { id?: string | undefined; text: string }[] = [];
    for (const output of this.outputs) {
      if (output.kind === 'stdout' || output.kind === 'stderr') continue;
      const text = output.bundle.data['text/plain'] as string;
      const earlier = output.kind === 'update' ? shown.filter((entry) => entry.id === output.displayId) : [];
      for (const entry of earlier) entry.text = text;
      if (output.kind !== 'update') shown.push({ id: output.displayId, text });
    }
    return shown.map((entry) => entry.text);
  }

  stdout(text: string): void {
    this.outputs.push({ kind: 'stdout', text });
  }

  stderr(text: string): void {
    this.outputs.push({ kind: 'stderr', text });
  }

  display(bundle: MimeBundle, options?: { displayId?: string }): void {
    this.outputs.push({ kind: 'display', bundle, displayId: options?.displayId });
  }

  updateDisplay(displayId: string, bundle: MimeBundle): void {
    this.outputs.push({ kind: 'update', bundle, displayId });
  }

  clearOutput(): void {
    this.outputs.length = 0;
  }

  result(bundle: MimeBundle): void {
    this.outputs.push({ kind: 'result', bundle });
  }

  async input(prompt: string): Promise<string> {
    if (!this.allowStdin) throw new InputRefused();
    this.prompts.push(prompt);
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error('no more answers');
    return answer;
  }

  payload(): void {}
}
