import type { Header } from '../protocol/message.js';
import type { BundleContent, ErrorContent, PublishedContents, PublishedType, StreamName } from '../protocol/published.js';
import type { ExecuteRequest } from '../protocol/requests.js';
import type { Incoming } from '../transport/transport.js';
import { errorContent } from './errors.js';
import {
  InputRefused,
  keyboardInterrupt,
  type CellContext,
  type Evaluator,
  type JsonValue,
  type MimeBundle,
  type Payload,
} from './evaluator.js';
import type { CommHost } from './comms.js';
import type { IoPub } from './iopub.js';
import type { Stdin } from './stdin.js';

export type ExecutionOutcome =
  | { status: 'ok'; payload: Payload[]; userExpressions: Record<string, JsonValue> }
  | { status: 'error'; error: ErrorContent };

/**
 * One run of one cell. It holds the header of its request, so whatever the cell puts out, now or after it has ended,
 * goes to that cell.
 */
export class Execution implements CellContext {
  private readonly controller = new AbortController();
  /** Ends what is still asked when the cell is over. */
  private readonly over = new AbortController();
  private readonly payloads: Payload[] = [];
  private readonly parent: Header;
  /** The text form of the cell's value, if it had one. */
  resultText: string | undefined;

  constructor(
    private readonly request: ExecuteRequest,
    private readonly incoming: Incoming,
    readonly executionCount: number,
    private readonly iopub: IoPub,
    private readonly stdin: Stdin,
    readonly comms: CommHost,
  ) {
    this.parent = incoming.message.header;
  }

  get code(): string {
    return this.request.code;
  }

  get silent(): boolean {
    return this.request.silent;
  }

  get allowStdin(): boolean {
    return this.request.allowStdin;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  interrupt(): void {
    this.controller.abort(keyboardInterrupt());
  }

  async run(evaluator: Evaluator): Promise<ExecutionOutcome> {
    try {
      await evaluator.evaluate(this);
      this.signal.throwIfAborted();
      const userExpressions = await this.evaluateExpressions(evaluator);
      this.signal.throwIfAborted();
      return { status: 'ok', payload: this.payloads, userExpressions };
    } catch (thrown) {
      const error = errorContent(thrown);
      this.publish('error', error);
      return { status: 'error', error };
    } finally {
      this.over.abort(keyboardInterrupt('the cell has ended'));
    }
  }

  stdout(text: string): void {
    this.stream('stdout', text);
  }

  stderr(text: string): void {
    this.stream('stderr', text);
  }

  display(bundle: MimeBundle, options: { displayId?: string | undefined } = {}): void {
    const transient = options.displayId === undefined ? {} : { display_id: options.displayId };
    this.publish('display_data', { ...bundleContent(bundle), transient });
  }

  updateDisplay(displayId: string, bundle: MimeBundle): void {
    this.publish('update_display_data', { ...bundleContent(bundle), transient: { display_id: displayId } });
  }

  clearOutput(wait = false): void {
    this.publish('clear_output', { wait });
  }

  result(bundle: MimeBundle): void {
    const text = bundle.data['text/plain'];
    if (typeof text === 'string') this.resultText = text;
    this.publish('execute_result', { ...bundleContent(bundle), execution_count: this.executionCount });
  }

  async input(prompt: string, password = false): Promise<string> {
    if (!this.allowStdin) throw new InputRefused();
    this.iopub.flush();
    return this.stdin.ask(this.incoming, prompt, password, AbortSignal.any([this.signal, this.over.signal]));
  }

  payload(payload: Payload): void {
    // The next cell can have one text only; the last one asked for wins, as in IPython.
    const same = this.payloads.findIndex((earlier) => earlier.source === payload.source);
    if (payload.source === 'set_next_input' && same >= 0) this.payloads.splice(same, 1);
    this.payloads.push(payload);
  }

  private stream(name: StreamName, text: string): void {
    // What comes after the cell, or while a person watches, does not wait.
    const steady = !this.allowStdin && !this.over.signal.aborted;
    if (!this.silent) this.iopub.stream(this.parent, name, text, steady);
  }

  private publish<Type extends PublishedType>(type: Type, content: PublishedContents[Type]): void {
    if (!this.silent) this.iopub.publish(this.parent, type, content);
  }

  private async evaluateExpressions(evaluator: Evaluator): Promise<Record<string, JsonValue>> {
    const values: Record<string, JsonValue> = {};
    for (const [name, code] of Object.entries(this.request.userExpressions)) {
      try {
        const { data, metadata } = bundleContent(await evaluator.expression(code, this.signal));
        values[name] = { status: 'ok', data: { ...data }, metadata: { ...metadata } };
      } catch (thrown) {
        values[name] = { status: 'error', ...errorContent(thrown) };
      }
    }
    return values;
  }
}

function bundleContent(bundle: MimeBundle): BundleContent {
  return { data: bundle.data, metadata: bundle.metadata ?? {} };
}
