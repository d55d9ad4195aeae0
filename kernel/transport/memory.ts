import type { Message, RequestChannel } from '../protocol/message.js';
import type { Receiver, Transport } from './transport.js';

/** What a client of a `MemoryTransport` gets to see. */
export interface MemoryClient {
  /** A reply or an input request, on the client's own channel. */
  replied?(channel: RequestChannel, message: Message): void;
  published?(message: Message): void;
}

/** Kernel and clients in one process: for `virtbook execute`, for tests, and for a kernel without ZeroMQ. */
export class MemoryTransport implements Transport {
  private receiver: Receiver | undefined;
  private readonly clients = new Map<string, MemoryClient>();
  private connected = 0;
  private closed = false;

  async start(receiver: Receiver): Promise<void> {
    this.receiver = receiver;
  }

  /** Attaches a client. What it sends is handled in order, and never inside the call that sends it. */
  connect(client: MemoryClient): { send(channel: RequestChannel, message: Message): void; disconnect(): void } {
    const name = `client-${this.connected++}`;
    this.clients.set(name, client);
    this.later(() => this.receiver?.subscribed(''));
    return {
      send: (channel, message) => {
        const copy = clone(message);
        this.later(() => this.receiver?.received({ channel, identities: [Buffer.from(name)], message: copy }));
      },
      disconnect: () => void this.clients.delete(name),
    };
  }

  send(channel: RequestChannel, identities: readonly Uint8Array[], message: Message): void {
    const copy = clone(message);
    const client = this.clients.get(Buffer.from(identities[0] ?? []).toString());
    this.later(() => client?.replied?.(channel, copy));
  }

  publish(_topic: string, message: Message): void {
    const copy = clone(message);
    this.later(() => {
      for (const client of this.clients.values()) client.published?.(copy);
    });
  }

  async drained(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private later(action: () => void): void {
    setImmediate(() => {
      if (!this.closed) action();
    });
  }
}

/** Through JSON, as on a wire: neither side can see what the other does to its objects. */
function clone(message: Message): Message {
  const { buffers, ...rest } = message;
  return { ...(JSON.parse(JSON.stringify(rest)) as Omit<Message, 'buffers'>), buffers: [...buffers] };
}
