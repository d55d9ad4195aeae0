/** A client for tests, over either transport, that checks every message it gets and keeps the whole story. */
import { curveKeyPair, Dealer, Request, Subscriber } from 'zeromq';
import { HeaderFactory, type Message, type RequestChannel } from '../../kernel/protocol/message.js';
import { createSigner } from '../../kernel/protocol/signature.js';
import { decode, encode } from '../../kernel/protocol/wire.js';
import { address, type ConnectionInfo } from '../../kernel/transport/connection.js';
import type { MemoryTransport } from '../../kernel/transport/memory.js';
import { checkMessage } from './schema.js';

/** A message with its content open for looking into. */
export type Seen = Message<Record<string, unknown>>;

/** How a client is tied to a kernel. */
export interface Wire {
  send(channel: RequestChannel, message: Message): void;
  close(): void;
}

export type Connect = (events: {
  replied: (channel: RequestChannel, message: Message) => void;
  published: (message: Message) => void;
}) => Promise<Wire>;

export interface Exchange {
  reply: Seen;
  /** What was published for the request, from `busy` to `idle`. */
  published: Seen[];
  /** The same without status and execute_input. */
  outputs: Seen[];
}

/** In milliseconds; less than jest's own, which could not say what was waited for. */
const PATIENCE = 60_000;

export class TestClient {
  readonly published: Seen[] = [];
  private readonly byParent = new Map<string, Seen[]>();
  private readonly idle = new Set<string>();
  readonly replies: { channel: RequestChannel; message: Seen }[] = [];
  readonly headers = new HeaderFactory(undefined, 'tester');
  private wire!: Wire;
  private readonly watchers = new Set<() => void>();

  static async connect(connect: Connect): Promise<TestClient> {
    const client = new TestClient();
    client.wire = await connect({
      replied: (channel, message) => client.seen(() => client.replies.push({ channel, message: message as Seen }), message),
      published: (message) => client.seen(() => client.keep(message as Seen), message),
    });
    await client.until(() => client.published.some((message) => message.header.msg_type === 'iopub_welcome'));
    return client;
  }

  /** Returns the id of the request. */
  send(type: string, content: object = {}, channel: RequestChannel = 'shell', subshell?: string, buffers: Uint8Array[] = []): string {
    const message = { ...this.headers.message(type, content), buffers };
    if (subshell !== undefined) message.header.subshell_id = subshell;
    this.wire.send(channel, message);
    return message.header.msg_id;
  }

  async reply(id: string): Promise<Seen> {
    const find = (): Seen | undefined =>
      this.replies.find(({ channel, message }) => channel !== 'stdin' && message.parent_header.msg_id === id)?.message;
    await this.until(() => find() !== undefined);
    return find() as Seen;
  }

  /** Waits for reply and idle. */
  async finish(id: string): Promise<Exchange> {
    const reply = await this.reply(id);
    await this.until(() => this.idle.has(id));
    // What its timers print later is published for it, too.
    const story = this.of(id);
    const published = story.slice(0, story.findIndex(({ content }) => content['execution_state'] === 'idle') + 1);
    const outputs = published.filter(({ header }) => !['status', 'execute_input'].includes(header.msg_type));
    return { reply, published, outputs };
  }

  request(type: string, content: object = {}, channel: RequestChannel = 'shell'): Promise<Exchange> {
    return this.finish(this.send(type, content, channel));
  }

  startCell(code: string, options: object = {}, subshell?: string): string {
    return this.send('execute_request', { ...cellContent(code), ...options }, 'shell', subshell);
  }

  cell(code: string, options: object = {}): Promise<Exchange> {
    return this.finish(this.startCell(code, options));
  }

  /** Waits for the input request of a cell. */
  async question(id: string): Promise<Seen> {
    const find = (): Seen | undefined =>
      this.replies.find(({ channel, message }) => channel === 'stdin' && message.parent_header.msg_id === id)?.message;
    await this.until(() => find() !== undefined);
    return find() as Seen;
  }

  answer(question: Seen | undefined, value: string): void {
    this.wire.send('stdin', this.headers.message('input_reply', { status: 'ok', value }, question?.header));
  }

  /** What was published for a request so far. */
  of(id: string): Seen[] {
    return this.byParent.get(id) ?? [];
  }

  async until(condition: () => boolean, patience = PATIENCE): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        clearInterval(poll);
        this.watchers.delete(check);
      };
      const timer = setTimeout(() => {
        end();
        const story = this.published.slice(-8).map(({ header, content }) => `${header.msg_type} ${JSON.stringify(content).slice(0, 120)}`);
        reject(new Error(`waited without success for ${condition.toString()}; published last:\n${story.join('\n')}`));
      }, patience);
      const check = (): void => {
        if (!condition()) return;
        end();
        resolve();
      };
      // Conditions may look at more than messages.
      const poll = setInterval(check, 20);
      this.watchers.add(check);
    });
  }

  close(): void {
    this.wire.close();
  }

  private keep(message: Seen): void {
    this.published.push(message);
    const id = message.parent_header.msg_id ?? '';
    const story = this.byParent.get(id);
    if (story) story.push(message);
    else this.byParent.set(id, [message]);
    if (message.content['execution_state'] === 'idle') this.idle.add(id);
  }

  private seen(keep: () => void, message: Message): void {
    checkMessage(message);
    keep();
    for (const watcher of [...this.watchers]) watcher();
  }
}

export function cellContent(code: string): object {
  return { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: true, stop_on_error: true };
}

export function text(outputs: Seen[], name = 'stdout'): string {
  return outputs
    .filter(({ header, content }) => header.msg_type === 'stream' && content['name'] === name)
    .map(({ content }) => content['text'])
    .join('');
}

export function overMemory(transport: MemoryTransport): Connect {
  return async (events) => {
    const link = transport.connect(events);
    return { send: (channel, message) => link.send(channel, message), close: () => link.disconnect() };
  };
}

export function overZmq(connection: ConnectionInfo): Connect {
  return async ({ replied, published }) => {
    const signer = createSigner(connection.signature_scheme, connection.key);
    const routingId = `tester-${Math.random()}`;
    const curve = curveClient(connection);
    const dealers = {
      shell: new Dealer({ routingId, linger: 0, ...curve }),
      control: new Dealer({ routingId, linger: 0, ...curve }),
      stdin: new Dealer({ routingId, linger: 0, ...curve }),
    };
    const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0, ...curve });
    let sending: Promise<void> = Promise.resolve();
    for (const channel of ['shell', 'control', 'stdin'] as const) {
      dealers[channel].connect(address(connection, `${channel}_port`));
      void (async () => {
        for await (const frames of dealers[channel]) replied(channel, decode(frames, signer).message);
      })();
    }
    iopub.connect(address(connection, 'iopub_port'));
    iopub.subscribe('');
    void (async () => {
      for await (const frames of iopub) published(decode(frames, signer).message);
    })();
    return {
      send: (channel, message) => {
        const frames = encode({ identities: [], message }, signer);
        sending = sending.then(() => dealers[channel].send(frames as Buffer[]));
      },
      close: () => [...Object.values(dealers), iopub].forEach((socket) => socket.close()),
    };
  };
}

/** A client needs the kernel's public key, and any pair of its own. */
export function curveClient({ curve_publickey: curveServerKey }: ConnectionInfo): object {
  if (!curveServerKey) return {};
  const { publicKey, secretKey } = curveKeyPair();
  return { curveServerKey, curvePublicKey: publicKey, curveSecretKey: secretKey };
}

/** Sends one frame to the heartbeat socket, and returns what comes back. */
export async function heartbeat(connection: ConnectionInfo, frame: string, patience = PATIENCE): Promise<string> {
  const socket = new Request({ linger: 0, receiveTimeout: patience, ...curveClient(connection) });
  socket.connect(address(connection, 'hb_port'));
  await socket.send(frame);
  const [answer] = await socket.receive();
  socket.close();
  return String(answer);
}
