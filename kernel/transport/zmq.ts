import { capability, Reply, Router, XPublisher } from 'zeromq';
import { ConnectionError } from '../protocol/connection-error.js';
import type { Message, RequestChannel } from '../protocol/message.js';
import { createSigner, type Signer } from '../protocol/signature.js';
import { decode, encode } from '../protocol/wire.js';
import { address, PORTS, type ConnectionInfo, type Ports } from './connection.js';
import { SendQueue } from './send-queue.js';
import type { Receiver, Transport } from './transport.js';

const CHANNELS = ['shell', 'control', 'stdin'] as const;
/** How long closing waits for clients to take what was sent last, in milliseconds. */
const LINGER = 1000;

/** The five ZeroMQ sockets of a kernel. */
export class ZmqTransport implements Transport {
  readonly ports: Ports;
  private readonly signer: Signer;
  private readonly routers: Record<RequestChannel, Router>;
  private readonly iopub: XPublisher;
  private readonly heartbeat: Reply;
  private readonly queues: Record<RequestChannel | 'iopub', SendQueue<Uint8Array[]>>;
  private closed = false;

  constructor(
    private readonly connection: ConnectionInfo,
    private readonly log: (text: string) => void = () => undefined,
  ) {
    this.ports = Object.fromEntries(PORTS.map((port) => [port, connection[port]])) as unknown as Ports;
    this.signer = createSigner(connection.signature_scheme, connection.key);
    const curve = curveOptions(connection);
    this.iopub = new XPublisher({ linger: LINGER, sendHighWaterMark: 0, ...curve });
    this.heartbeat = new Reply({ linger: 0, ...curve });
    // A client that reconnects with its old identity takes it over, as in ipykernel; else its replies would be lost.
    const router = (): Router => new Router({ linger: LINGER, handover: true, sendHighWaterMark: 0, receiveHighWaterMark: 0, ...curve });
    this.routers = { shell: router(), control: router(), stdin: router() };
    // Each further client's subscription must be seen, so that each one is welcomed.
    this.iopub.verbosity = 'allSubs';
    const queue = (socket: Router | XPublisher): SendQueue<Uint8Array[]> =>
      new SendQueue(
        (frames) => socket.send(frames),
        (error) => this.log(`cannot send: ${String(error)}`),
      );
    this.queues = {
      shell: queue(this.routers.shell),
      control: queue(this.routers.control),
      stdin: queue(this.routers.stdin),
      iopub: queue(this.iopub),
    };
  }

  async start(receiver: Receiver): Promise<void> {
    const bind = async (socket: Router | XPublisher | Reply, port: Parameters<typeof address>[1]): Promise<void> => {
      const where = address(this.connection, port);
      try {
        await socket.bind(where);
      } catch (error) {
        throw new ConnectionError(`cannot listen on ${where}: ${(error as Error).message}`, { cause: error });
      }
    };
    await bind(this.heartbeat, 'hb_port');
    await bind(this.iopub, 'iopub_port');
    for (const channel of CHANNELS) await bind(this.routers[channel], `${channel}_port`);
    this.loop(this.echo());
    this.loop(this.subscriptions(receiver));
    for (const channel of CHANNELS) this.loop(this.receive(channel, receiver));
  }

  send(channel: RequestChannel, identities: readonly Uint8Array[], message: Message): void {
    this.queues[channel].push(encode({ identities: [...identities], message }, this.signer));
  }

  publish(topic: string, message: Message): void {
    this.queues.iopub.push(encode({ identities: [Buffer.from(topic)], message }, this.signer));
  }

  async drained(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.drained()));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const queue of Object.values(this.queues)) queue.close();
    for (const socket of [...Object.values(this.routers), this.iopub, this.heartbeat]) socket.close();
  }

  private async receive(channel: RequestChannel, receiver: Receiver): Promise<void> {
    for await (const frames of this.routers[channel]) {
      let envelope;
      try {
        envelope = decode(frames, this.signer);
      } catch (error) {
        receiver.dropped(channel, (error as Error).message);
        continue;
      }
      receiver.received({ channel, ...envelope });
    }
  }

  private async subscriptions(receiver: Receiver): Promise<void> {
    // A first byte of 1 is a subscription, 0 its end; the rest is the topic (ZMTP, XPUB).
    for await (const [frame] of this.iopub) if (frame?.[0] === 1) receiver.subscribed(frame.subarray(1).toString());
  }

  private async echo(): Promise<void> {
    for await (const frames of this.heartbeat) await this.heartbeat.send(frames);
  }

  private loop(running: Promise<void>): void {
    running.catch((error: unknown) => {
      if (!this.closed) this.log(`a socket failed: ${String(error)}`);
    });
  }
}

/** Options of sockets that only clients who know the kernel's public key can talk to (CurveZMQ; JEP 145). */
function curveOptions({ curve_publickey, curve_secretkey }: ConnectionInfo): object {
  if (!curve_publickey || !curve_secretkey) return {};
  if (!capability.curve) throw new ConnectionError('the connection file asks for encryption (CURVE), which this build of ZeroMQ lacks');
  return { curveServer: true, curvePublicKey: curve_publickey, curveSecretKey: curve_secretkey };
}
