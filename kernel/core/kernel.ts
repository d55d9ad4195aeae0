import { HeaderFactory, type Header, type ReplyContents, type RequestChannel } from '../protocol/message.js';
import { parseExecute, parseShutdown, type ExecuteRequest } from '../protocol/requests.js';
import type { Incoming, Receiver, Transport } from '../transport/transport.js';
import { ABORTED, errorContent } from './errors.js';
import type { Evaluator } from './evaluator.js';
import { Execution } from './execution.js';
import { History } from './history.js';
import { kernelInfo, type KernelIdentity } from './info.js';
import { IoPub } from './iopub.js';
import { ExecutionQueue } from './queue.js';
import { answerQuestion, isQuestion } from './questions.js';
import { Stdin } from './stdin.js';

/** How long after a failed cell requests that were already on their way are still counted as waiting, in milliseconds. */
const ABORT_GRACE = 10;
/** How long a shutdown waits for the evaluator, in milliseconds: clients send SIGTERM after 2500. */
const SHUTDOWN_PATIENCE = 2000;

export interface KernelOptions {
  /** What the kernel says about itself. */
  identity?: Partial<KernelIdentity>;
  /** Where dropped messages and internal failures are noted; never a cell. */
  log?: (text: string) => void;
}

interface QueuedCell {
  incoming: Incoming;
  request: ExecuteRequest;
}

/**
 * A Jupyter kernel between a transport and an evaluator. Cells run one after the other; every other request is answered
 * at once, while a cell runs too.
 */
export class Kernel implements Receiver {
  /** Resolves after a shutdown request has been answered and everything is closed. */
  readonly closed: Promise<{ restart: boolean }>;
  private resolveClosed!: (how: { restart: boolean }) => void;
  private readonly headers = new HeaderFactory();
  private readonly iopub: IoPub;
  private readonly stdin: Stdin;
  private readonly history = new History();
  private readonly queue = new ExecutionQueue<QueuedCell>((cell) => this.execute(cell).catch((error: unknown) => this.broken(cell, error)));
  private readonly log: (text: string) => void;
  private executionCount = 0;
  private current: { execution: Execution; parent: Header } | undefined;
  private closing = false;

  constructor(
    private readonly evaluator: Evaluator,
    private readonly transport: Transport,
    private readonly options: KernelOptions = {},
  ) {
    this.log = options.log ?? (() => undefined);
    this.iopub = new IoPub(transport, this.headers);
    this.stdin = new Stdin(transport, this.headers);
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve));
  }

  async start(): Promise<void> {
    await this.transport.start(this);
    this.iopub.status(undefined, 'starting');
  }

  /** Stops the running cell. Harmless when none runs. */
  interrupt(): void {
    this.current?.execution.interrupt();
  }

  /** Interrupts, gives the evaluator time to end, and closes. Safe to call more than once. */
  async shutdown(restart = false): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.interrupt();
    this.queue.takeWaiting();
    const patience = new Promise<void>((resolve) => setTimeout(resolve, SHUTDOWN_PATIENCE).unref());
    const ended = this.evaluator.shutdown(restart).catch((error: unknown) => this.log(`shutdown: ${String(error)}`));
    await Promise.race([ended, patience]);
    this.iopub.flush();
    await this.transport.drained();
    await this.transport.close();
    this.resolveClosed({ restart });
  }

  subscribed(topic: string): void {
    this.iopub.welcome(topic);
  }

  dropped(channel: RequestChannel, reason: string): void {
    this.log(`dropped a message on ${channel}: ${reason}`);
  }

  received(incoming: Incoming): void {
    const type = incoming.message.header.msg_type;
    if (incoming.channel === 'stdin') return this.stdin.received(incoming);
    if (this.closing) return;
    if (type === 'execute_request' && incoming.channel === 'shell') return this.enqueue(incoming);
    void this.answer(incoming).catch((error: unknown) => this.log(`${type}: ${String(error)}`));
  }

  /** Everything but cells. */
  private async answer(incoming: Incoming): Promise<void> {
    const { header: parent, content } = incoming.message;
    switch (parent.msg_type) {
      case 'kernel_info_request':
        return this.bracket(incoming, async () => kernelInfo(this.options.identity));
      case 'interrupt_request':
        return this.bracket(incoming, async () => {
          this.interrupt();
          return { status: 'ok' };
        });
      case 'shutdown_request': {
        const { restart } = parseShutdown(content);
        await this.bracket(incoming, async () => {
          const reply: ReplyContents['shutdown_request'] = { status: 'ok', restart };
          this.iopub.publish(parent, 'shutdown_reply', reply);
          return reply;
        });
        return this.shutdown(restart);
      }
      case 'comm_open':
        // No comm targets exist here; the protocol asks for the comm to be closed again.
        return this.bracket(incoming, async () => {
          const { comm_id } = content as { comm_id?: string };
          this.iopub.publish(parent, 'comm_close', { comm_id: comm_id ?? '', data: {} });
        });
      case 'comm_msg':
      case 'comm_close':
        return this.bracket(incoming, async () => undefined);
      default:
        if (!isQuestion(parent.msg_type)) return this.log(`unknown message type '${parent.msg_type}'`);
        return this.bracket(incoming, () => answerQuestion(incoming.message, this.evaluator, this.history));
    }
  }

  /** Answers between `busy` and `idle`. A handler that fails makes an error reply. */
  private async bracket(incoming: Incoming, handler: () => Promise<object | undefined | void>): Promise<void> {
    const parent = incoming.message.header;
    this.iopub.status(parent, 'busy');
    let content: object | undefined | void;
    try {
      content = await handler();
    } catch (thrown) {
      content = { status: 'error', ...errorContent(thrown) };
    }
    if (content) this.reply(incoming, content);
    this.iopub.status(parent, 'idle');
    // Front ends show the state that was sent last, whatever its parent; a cell that still runs must look busy.
    if (this.current) this.iopub.status(this.current.parent, 'busy');
  }

  private enqueue(incoming: Incoming): void {
    try {
      this.queue.push({ incoming, request: parseExecute(incoming.message.content) });
    } catch (thrown) {
      void this.bracket(incoming, async () => this.failed(errorContent(thrown)));
    }
  }

  private async execute({ incoming, request }: QueuedCell): Promise<void> {
    const parent = incoming.message.header;
    if (request.storeHistory) {
      this.executionCount++;
      this.history.add(this.executionCount, request.code);
    }
    const count = this.executionCount;
    const execution = new Execution(request, incoming, count, this.iopub, this.stdin);
    this.current = { execution, parent };
    this.iopub.status(parent, 'busy');
    if (!request.silent) {
      this.iopub.publish(parent, 'execute_input', { code: request.code, execution_count: count });
    }
    const outcome = await execution.run(this.evaluator);
    this.iopub.flush();
    if (request.storeHistory && execution.resultText !== undefined) this.history.setOutput(count, execution.resultText);
    let aborted: QueuedCell[] = [];
    if (outcome.status === 'error' && request.stopOnError) {
      await new Promise((resolve) => setTimeout(resolve, ABORT_GRACE));
      aborted = this.queue.takeWaiting();
    }
    this.current = undefined;
    if (outcome.status === 'error') {
      this.reply(incoming, this.failed(outcome.error));
    } else {
      const { payload, userExpressions: user_expressions } = outcome;
      this.reply(incoming, { status: 'ok', execution_count: count, payload, user_expressions });
    }
    this.iopub.status(parent, 'idle');
    for (const cell of aborted) await this.bracket(cell.incoming, async () => this.failed(ABORTED));
  }

  /** A cell's answer could not be sent, say because a value in it has no JSON form. The client must not wait for ever. */
  private broken({ incoming }: QueuedCell, error: unknown): void {
    this.log(`execute_request: ${String(error)}`);
    this.current = undefined;
    this.reply(incoming, this.failed(errorContent(error)));
    this.iopub.status(incoming.message.header, 'idle');
  }

  private failed(error: ReturnType<typeof errorContent>): object {
    return { status: 'error', execution_count: this.executionCount, ...error, payload: [], user_expressions: {} };
  }

  private reply(incoming: Incoming, content: object): void {
    this.iopub.flush();
    const { header } = incoming.message;
    const reply = this.headers.message(header.msg_type.replace(/_request$/, '_reply'), content, header);
    this.transport.send(incoming.channel, incoming.identities, reply);
  }
}
