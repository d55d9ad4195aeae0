import { HeaderFactory, type Header, type RequestChannel } from '../protocol/message.js';
import type { ErrorContent } from '../protocol/published.js';
import type { ReplyContents } from '../protocol/replies.js';
import { InvalidRequest, parseExecute, parseShutdown, parseSubshell, type ExecuteRequest } from '../protocol/requests.js';
import type { Incoming, Receiver, Transport } from '../transport/transport.js';
import { Comms } from './comms.js';
import { ABORTED, errorContent } from './errors.js';
import { keyboardInterrupt, type Evaluator } from './evaluator.js';
import { Execution } from './execution.js';
import { History } from './history.js';
import { IoPub } from './iopub.js';
import type { ExecutionQueue } from './queue.js';
import { answerQuestion, isQuestion, type Knowledge } from './questions.js';
import { Stdin } from './stdin.js';
import { Subshells } from './subshells.js';
import { UsageMeter } from './usage.js';

/** How long after a failed cell requests that were already on their way are still counted as waiting, in milliseconds. */
const ABORT_GRACE = 10;
/** How long a shutdown waits for the evaluator, in milliseconds: clients send SIGTERM after 2500. */
const SHUTDOWN_PATIENCE = 2000;

export interface KernelOptions {
  /** Where dropped messages and internal failures are noted; never a cell. */
  log?: (text: string) => void;
}

interface QueuedCell {
  incoming: Incoming;
  request: ExecuteRequest;
  /** Where it waits, and those that are not run if it fails. */
  queue: ExecutionQueue<QueuedCell>;
}

/** A cell that runs, or a message of a comm that is handled. */
interface Activity {
  parent: Header;
  interrupt(): void;
}

/**
 * A Jupyter kernel between a transport and an evaluator. Cells of one subshell run one after the other; every other
 * request is answered at once, while a cell runs too.
 */
export class Kernel implements Receiver {
  /** Resolves after a shutdown request has been answered and everything is closed. */
  readonly closed: Promise<{ restart: boolean }>;
  private resolveClosed!: (how: { restart: boolean }) => void;
  private readonly headers = new HeaderFactory();
  private readonly iopub: IoPub;
  private readonly stdin: Stdin;
  private readonly history = new History();
  private readonly comms: Comms;
  private readonly subshells = new Subshells<QueuedCell>((cell) => this.runCell(cell));
  private readonly activities = new Set<Activity>();
  private readonly knowledge: Knowledge;
  private readonly log: (text: string) => void;
  private executionCount = 0;
  private prepared = false;
  private closing = false;

  constructor(
    private readonly evaluator: Evaluator,
    private readonly transport: Transport,
    options: KernelOptions = {},
  ) {
    this.log = options.log ?? (() => undefined);
    this.iopub = new IoPub(transport, this.headers);
    this.stdin = new Stdin(transport, this.headers);
    this.comms = new Comms(this.iopub);
    const { history, comms } = this;
    this.knowledge = { evaluator, history, comms, usage: new UsageMeter() };
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve));
  }

  async start(): Promise<void> {
    await this.transport.start(this);
    this.iopub.status(undefined, 'starting');
  }

  /** Stops what runs. Harmless when nothing does. */
  interrupt(): void {
    for (const activity of this.activities) activity.interrupt();
  }

  /** Interrupts, gives the evaluator time to end, and closes. Safe to call more than once. */
  async shutdown(restart = false): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.interrupt();
    for (const queue of this.subshells.all()) queue.takeWaiting();
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
      case 'interrupt_request':
        return this.bracket(incoming, async () => {
          this.interrupt();
          this.evaluator.interrupted?.();
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
      case 'comm_msg':
      case 'comm_close':
        return this.converse(incoming);
      case 'create_subshell_request':
        return this.bracket(incoming, async () => ({ status: 'ok', subshell_id: this.subshells.create() }));
      case 'delete_subshell_request':
        return this.bracket(incoming, async () => {
          const id = parseSubshell(content);
          if (!this.subshells.delete(id)) throw new InvalidRequest(`there is no subshell '${id}'`);
          return { status: 'ok' };
        });
      case 'list_subshell_request':
        return this.bracket(incoming, async () => ({ status: 'ok', subshell_id: this.subshells.list() }));
      case 'connect_request':
        return this.bracket(incoming, async (): Promise<ReplyContents['connect_request']> => ({ status: 'ok', ...this.transport.ports }));
      default:
        if (!isQuestion(parent.msg_type)) return this.log(`unknown message type '${parent.msg_type}'`);
        return this.bracket(incoming, () => answerQuestion(incoming.message, this.knowledge));
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
    this.idle(parent);
    if (!this.prepared) this.prepare();
  }

  /** Not before the first answer has left: a client waits for it. */
  private prepare(): void {
    this.prepared = true;
    void this.transport.drained().then(() => this.evaluator.prepare?.());
  }

  private idle(parent: Header): void {
    this.iopub.status(parent, 'idle');
    // Front ends show the state that was sent last, whatever its parent; a cell that still runs must look busy.
    const running = [...this.activities].at(-1);
    if (running) this.iopub.status(running.parent, 'busy');
  }

  /** Nothing is replied to messages of comms, so what goes wrong with them is only noted. */
  private async converse({ message }: Incoming): Promise<void> {
    const controller = new AbortController();
    const activity = { parent: message.header, interrupt: () => controller.abort(keyboardInterrupt()) };
    this.iopub.status(message.header, 'busy');
    this.activities.add(activity);
    try {
      await this.comms.received(message, controller.signal);
    } catch (thrown) {
      this.log(`${message.header.msg_type}: ${errorContent(thrown).traceback.join('\n')}`);
    }
    this.activities.delete(activity);
    this.idle(message.header);
  }

  private enqueue(incoming: Incoming): void {
    try {
      const request = parseExecute(incoming.message.content);
      const { subshell_id: subshell } = incoming.message.header;
      const queue = this.subshells.of(subshell);
      if (!queue) throw new InvalidRequest(`there is no subshell '${subshell}'`);
      queue.push({ incoming, request, queue });
    } catch (thrown) {
      void this.bracket(incoming, async () => failed(errorContent(thrown), this.executionCount));
    }
  }

  private async runCell(cell: QueuedCell): Promise<void> {
    try {
      await this.execute(cell);
    } catch (thrown) {
      this.broken(cell, thrown);
    }
  }

  private async execute({ incoming, request, queue }: QueuedCell): Promise<void> {
    const parent = incoming.message.header;
    if (request.storeHistory) {
      this.executionCount++;
      this.history.add(this.executionCount, request.code);
    }
    const count = this.executionCount;
    const execution = new Execution(request, incoming, count, this.iopub, this.stdin, this.comms.hostFor(parent));
    const activity: Activity = { parent, interrupt: () => execution.interrupt() };
    this.activities.add(activity);
    this.iopub.status(parent, 'busy');
    if (!request.silent) {
      this.iopub.publish(parent, 'execute_input', { code: request.code, execution_count: count });
    }
    const outcome = await execution.run(this.evaluator);
    this.iopub.flush();
    if (request.storeHistory && execution.resultText !== undefined) this.history.setOutput(count, execution.resultText);
    let aborted: QueuedCell[] = [];
    // A silent request of a client is not a step of the reader.
    if (outcome.status === 'error' && request.stopOnError && !request.silent) {
      await new Promise((resolve) => setTimeout(resolve, ABORT_GRACE));
      aborted = queue.takeWaiting();
    }
    this.activities.delete(activity);
    if (outcome.status === 'error') {
      this.reply(incoming, failed(outcome.error, count));
    } else {
      const { payload, userExpressions: user_expressions } = outcome;
      this.reply(incoming, { status: 'ok', execution_count: count, payload, user_expressions });
    }
    this.idle(parent);
    for (const cell of aborted) await this.bracket(cell.incoming, async () => failed(ABORTED));
  }

  /** A cell's answer could not be sent, say because a value in it has no JSON form. The client must not wait for ever. */
  private broken({ incoming }: QueuedCell, error: unknown): void {
    this.log(`execute_request: ${String(error)}`);
    for (const activity of this.activities) if (activity.parent === incoming.message.header) this.activities.delete(activity);
    this.reply(incoming, failed(errorContent(error), this.executionCount));
    this.idle(incoming.message.header);
  }

  private reply(incoming: Incoming, content: object): void {
    this.iopub.flush();
    const { header } = incoming.message;
    const reply = this.headers.message(header.msg_type.replace(/_request$/, '_reply'), content, header);
    this.transport.send(incoming.channel, incoming.identities, reply);
  }
}

/** @param count of the cell; absent where it was never run, so that a front end leaves its prompt empty, as with ipykernel. */
function failed(error: ErrorContent, count?: number): object {
  return { status: 'error', ...(count !== undefined && { execution_count: count }), ...error, payload: [], user_expressions: {} };
}
