/** The kernel as JupyterLite sees it: hands messages to the worker that the kernel is in, and back. */
import type { Header, Message, RequestChannel } from '../kernel/protocol/message.js';
import { headerOf, KernelConnection, OWN_SESSION } from './connection.js';
import { KernelFiles } from './contents.js';
import type { ChannelMessage, Contents, KernelOptions, LiteKernel, Signal } from './jupyterlite.js';
import { Preparation } from './preparation.js';

export class WorkerKernel implements LiteKernel {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly ready: Promise<void>;
  readonly disposed: Signal<void>;
  private readonly slots = new Set<(sender: unknown, args: void) => void>();
  private readonly connection: KernelConnection;
  private readonly files: KernelFiles;
  private unwatch: () => void = () => undefined;
  private over = false;
  /** Cells that have not ended, by their messages. */
  private readonly waiting = new Map<string, Header>();
  /** The session of the client that was heard last. */
  private client: string | undefined;
  private readonly preparation = new Preparation(() => this.connection.post({ type: 'prepare' }));

  /** @param script address of the kernel's module */
  constructor(
    private readonly options: KernelOptions,
    script: URL,
    contents: Contents,
    complain: (title: string, text: string) => void,
  ) {
    this.id = options.id;
    this.name = options.name;
    this.location = options.location;
    this.disposed = { connect: (slot) => void this.slots.add(slot), disconnect: (slot) => void this.slots.delete(slot) };
    this.files = new KernelFiles(contents, options.location, (path, why) =>
      complain(`${path} is not kept`, `${why}. Cells still have it until the page is closed: save a copy, or make room in the browser.`),
    );
    this.connection = new KernelConnection(script, {
      message: (channel, message) => this.answered(channel, message),
      files: (files) => this.files.keep(files),
      lost: (why) => {
        for (const request of this.waiting.values()) this.refuse(request, why);
        complain('The kernel of this notebook has ended', `${why}. Your notebook is as it was. Restart the kernel to continue.`);
      },
    });
    this.ready = this.connection.ready;
    void this.start();
  }

  get isDisposed(): boolean {
    return this.over;
  }

  private async start(): Promise<void> {
    const files = await this.files.all().catch(() => []);
    this.connection.post({ type: 'start', folder: this.location, files });
    this.unwatch = this.files.watch((changed) => this.connection.post({ type: 'files', files: changed }));
  }

  /** Returns at once: the kernel keeps the order of cells itself, and answers while one runs. */
  async handleMessage({ channel, buffers = [], ...message }: ChannelMessage): Promise<void> {
    this.client = message.header.session;
    if (this.connection.lost !== undefined) return this.refuse(message.header, this.connection.lost);
    if (message.header.msg_type === 'execute_request') this.waiting.set(message.header.msg_id, message.header);
    const sent: Message = { ...message, buffers: buffers.map(bytesOf) };
    const onStdin = message.header.msg_type === 'input_reply';
    this.connection.post({ type: 'message', channel: onStdin ? 'stdin' : ((channel || 'shell') as RequestChannel), message: sent });
  }

  interrupt(): void {
    this.connection.interrupt();
  }

  /** The reader has changed a cell, whose text this is now. */
  edited(text: string): void {
    this.preparation.edited(text);
  }

  dispose(): void {
    if (this.over) return;
    this.over = true;
    this.unwatch();
    this.connection.close();
    for (const slot of this.slots) slot(this, undefined);
  }

  /** JupyterLite sends on what has the session of a client in its header: replies to that one, all else to everybody. */
  private answered(channel: string, { buffers, ...message }: Message): void {
    if (channel === 'shell') this.waiting.delete(message.parent_header.msg_id ?? '');
    const session = message.parent_header.session ?? this.client;
    if (session === undefined || session === OWN_SESSION || this.over) return;
    const header = { ...message.header, session };
    this.options.sendMessage({ ...message, header, channel, buffers: buffers.map((each) => each.slice().buffer) });
  }

  /** Says to who runs a cell why it cannot be run. */
  private refuse(parent: Header, why: string): void {
    if (parent.msg_type !== 'execute_request') return;
    const evalue = `the kernel has ended: ${why}`;
    const error = { ename: 'KernelLost', evalue, traceback: [`KernelLost: ${evalue}`, '  Restart the kernel to continue.'] };
    const say = (channel: string, type: string, content: object): void =>
      this.answered(channel, { header: headerOf(type, parent.session), parent_header: parent, metadata: {}, content, buffers: [] });
    say('iopub', 'status', { execution_state: 'busy' });
    say('iopub', 'error', error);
    say('shell', 'execute_reply', { status: 'error', execution_count: 0, ...error });
    say('iopub', 'status', { execution_state: 'idle' });
  }
}

const bytesOf = (buffer: ArrayBuffer | ArrayBufferView): Uint8Array =>
  buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer).slice()
    : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice();
