import type * as nbformat from '@jupyterlab/nbformat';
import { HeaderFactory, type Message, type RequestChannel } from '../protocol/message.js';
import type { ErrorContent } from '../protocol/published.js';
import type { ReplyContents } from '../protocol/replies.js';
import { MemoryTransport } from '../transport/memory.js';
import { Displays, OutputArea } from './displays.js';
import type { Evaluator, JsonValue, Payload } from './evaluator.js';
import { Kernel, type KernelOptions } from './kernel.js';

export interface ExecuteCellOptions {
  silent?: boolean;
  storeHistory?: boolean;
  stopOnError?: boolean;
  userExpressions?: Record<string, string>;
  /** Answers the cell's questions. Absent: the cell may not ask (`allow_stdin` is false). */
  answer?: ((prompt: string, password: boolean) => Promise<string>) | undefined;
  /** Called for each message of the cell, as it comes. */
  onMessage?: (message: Message) => void;
  /** Called with all outputs so far whenever they change, also by an update from a later cell. */
  onOutputs?: (outputs: nbformat.IOutput[]) => void;
}

export interface CellRun {
  status: 'ok' | 'error';
  executionCount: number;
  /** In notebook format. A later cell may still update displays in it. */
  outputs: nbformat.IOutput[];
  payload: Payload[];
  userExpressions: Record<string, JsonValue>;
  error?: ErrorContent;
}

/** What this house's kernel sends: with payload and expressions in every case. */
type ExecuteReply = { execution_count: number; payload: Payload[]; user_expressions: Record<string, JsonValue> } & (
  | { status: 'ok' }
  | ({ status: 'error' } & ErrorContent)
);

interface Pending {
  reply?: Message;
  idle: boolean;
  published: (message: Message) => void;
  ask: ((prompt: string, password: boolean) => Promise<string>) | undefined;
  done: (reply: Message) => void;
}

/** A kernel and its only client in one process, without sockets. Speaks the same messages as any other client. */
export class InProcessKernel {
  private readonly headers = new HeaderFactory(undefined, 'client');
  private readonly pending = new Map<string, Pending>();
  private readonly displays = new Displays();
  private readonly link: ReturnType<MemoryTransport['connect']>;

  private constructor(
    transport: MemoryTransport,
    private readonly kernel: Kernel,
  ) {
    this.link = transport.connect({
      replied: (channel, message) => (channel === 'stdin' ? this.asked(message) : this.replied(message)),
      published: (message) => this.published(message),
    });
  }

  static async start(evaluator: Evaluator, options: KernelOptions = {}): Promise<InProcessKernel> {
    const transport = new MemoryTransport();
    const kernel = new Kernel(evaluator, transport, options);
    await kernel.start();
    return new InProcessKernel(transport, kernel);
  }

  /** Runs one cell. Resolves when the kernel has replied and gone idle; a failing cell resolves too. */
  async executeCell(code: string, options: ExecuteCellOptions = {}): Promise<CellRun> {
    const area: OutputArea = new OutputArea(this.displays, () => options.onOutputs?.(area.outputs));
    const content = {
      code,
      silent: options.silent ?? false,
      store_history: options.storeHistory ?? true,
      user_expressions: options.userExpressions ?? {},
      allow_stdin: options.answer !== undefined,
      stop_on_error: options.stopOnError ?? true,
    };
    const published = (message: Message): void => {
      area.apply(message);
      options.onMessage?.(message);
    };
    const reply = (await this.exchange('shell', 'execute_request', content, published, options.answer)).content as ExecuteReply;
    return {
      status: reply.status,
      executionCount: reply.execution_count,
      outputs: area.outputs,
      payload: reply.payload,
      userExpressions: reply.user_expressions,
      ...(reply.status === 'error' && { error: { ename: reply.ename, evalue: reply.evalue, traceback: reply.traceback } }),
    };
  }

  /** Any other request; resolves with the content of the reply. */
  async request<T extends keyof ReplyContents>(
    type: T,
    content: object = {},
    channel: RequestChannel = 'shell',
  ): Promise<ReplyContents[T]> {
    return (await this.exchange(channel, type, content)).content as ReplyContents[T];
  }

  async interrupt(): Promise<void> {
    await this.request('interrupt_request', {}, 'control');
  }

  async shutdown(): Promise<void> {
    await this.kernel.shutdown();
  }

  private exchange(
    channel: RequestChannel,
    type: string,
    content: object,
    published: Pending['published'] = () => undefined,
    ask?: Pending['ask'],
  ): Promise<Message> {
    const request = this.headers.message(type, content);
    return new Promise((done) => {
      this.pending.set(request.header.msg_id, { idle: false, published, ask, done });
      this.link.send(channel, request);
    });
  }

  private replied(message: Message): void {
    const pending = this.pendingFor(message);
    if (!pending) return;
    pending.reply = message;
    this.settle(pending);
  }

  private published(message: Message): void {
    const pending = this.pendingFor(message);
    if (!pending) return;
    pending.published(message);
    const { execution_state: state } = message.content as { execution_state?: string };
    if (state !== 'idle') return;
    pending.idle = true;
    this.settle(pending);
  }

  private settle({ reply, idle, done }: Pending): void {
    // Output that comes later still belongs to the cell, so a settled request is not forgotten.
    if (reply && idle) done(reply);
  }

  private asked(message: Message): void {
    const { prompt, password } = message.content as { prompt: string; password: boolean };
    void this.pendingFor(message)
      ?.ask?.(prompt, password)
      .then((value) => this.link.send('stdin', this.headers.message('input_reply', { status: 'ok', value }, message.header)));
  }

  private pendingFor(message: Message): Pending | undefined {
    return this.pending.get(message.parent_header.msg_id ?? '');
  }
}
