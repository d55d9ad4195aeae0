import { createSocket, type RemoteInfo, type Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { Machine } from '../server/machine.js';
import { FIRST_FORWARD_PORT, LAST_FORWARD_PORT, type GuestEvent, type GuestPort, type HostAction } from '../network/host-forwarding.js';
import type { ForwardRule } from '../network/settings.js';

/** Bytes that the guest has not acknowledged, above which a client is not read from. */
const WINDOW = 256 * 1024;
const MAX_CONNECTIONS = 128;
/** Clients whose datagrams' answers find their way back; the one that has been silent longest makes room. */
const MAX_DATAGRAM_CLIENTS = 256;

interface Forwarded {
  socket: Socket;
  /** Bytes since the guest last had acknowledged all. */
  underWay: number;
  hostEnded: boolean;
  guestEnded: boolean;
}

/** The host's side of `hostfwd`: listens on loopback, and carries what comes into whatever machine is there. */
export class HostForwards {
  private machine: Machine | undefined;
  private readonly servers: (Server | DatagramSocket)[] = [];
  /** By the gateway's port. */
  private readonly connections = new Map<number, Forwarded>();
  private readonly clients = new Map<number, { answer(bytes: Uint8Array): void; name: string }>();
  private readonly clientPorts = new Map<string, number>();
  private lastPort = LAST_FORWARD_PORT;

  private constructor() {}

  /** Rejects, saying which rule it is, when a port cannot be listened on. */
  static async listen(rules: readonly ForwardRule[]): Promise<HostForwards> {
    const forwards = new HostForwards();
    try {
      for (const rule of rules) await (rule.protocol === 'tcp' ? forwards.listenTcp(rule) : forwards.listenUdp(rule));
    } catch (error) {
      await forwards.close();
      throw error;
    }
    return forwards;
  }

  /** The machine that everything goes to from now on. Connections to one before it are gone. */
  serve(machine: Machine): void {
    this.dropAll();
    this.machine = machine;
    machine.onNetwork = (event) => this.handle(event);
  }

  async close(): Promise<void> {
    this.machine = undefined;
    this.dropAll();
    await Promise.all(this.servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }

  private async listenTcp({ hostAddress, hostPort, guestAddress, guestPort }: ForwardRule): Promise<void> {
    const to: GuestPort = { address: guestAddress, port: guestPort };
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => this.accept(socket, to));
    server.maxConnections = MAX_CONNECTIONS;
    await listening(server, `tcp:${hostAddress}:${hostPort}`, () => server.listen(hostPort, hostAddress));
    this.servers.push(server);
  }

  private async listenUdp({ hostAddress, hostPort, guestAddress, guestPort }: ForwardRule): Promise<void> {
    const to: GuestPort = { address: guestAddress, port: guestPort };
    const server = createSocket('udp4');
    await listening(server, `udp:${hostAddress}:${hostPort}`, () => server.bind(hostPort, hostAddress));
    server.on('error', () => undefined);
    server.on('message', (bytes, client) => this.datagram(server, client, `${hostPort}`, to, bytes));
    this.servers.push(server);
  }

  private accept(socket: Socket, to: GuestPort): void {
    const from = this.freePort((port) => this.connections.has(port));
    const forwarded: Forwarded = { socket, underWay: 0, hostEnded: false, guestEnded: false };
    socket.on('error', () => socket.destroy());
    if (!this.machine || from === undefined) return void socket.destroy();
    this.connections.set(from, forwarded);
    socket.on('data', (bytes) => {
      forwarded.underWay += bytes.length;
      if (forwarded.underWay > WINDOW) socket.pause();
      this.act({ kind: 'data', from, bytes });
    });
    socket.on('end', () => {
      forwarded.hostEnded = true;
      this.act({ kind: 'end', from });
    });
    socket.on('close', () => {
      if (this.connections.get(from) !== forwarded) return;
      this.connections.delete(from);
      if (!forwarded.hostEnded || !forwarded.guestEnded) this.act({ kind: 'reset', from });
    });
    this.act({ kind: 'connect', from, to });
  }

  private datagram(server: DatagramSocket, client: RemoteInfo, rule: string, to: GuestPort, bytes: Uint8Array): void {
    const name = `${rule} ${client.address} ${client.port}`;
    const from = this.clientPorts.get(name) ?? this.freePort((port) => this.clients.has(port));
    if (from === undefined) return;
    // The one used last at the end.
    this.clients.delete(from);
    this.clients.set(from, { name, answer: (answer) => server.send(answer, client.port, client.address) });
    this.clientPorts.set(name, from);
    for (const [port, oldest] of this.clients) {
      if (this.clients.size <= MAX_DATAGRAM_CLIENTS) break;
      this.clients.delete(port);
      this.clientPorts.delete(oldest.name);
    }
    this.act({ kind: 'datagram', from, to, bytes });
  }

  private handle(event: GuestEvent): void {
    const { from } = event;
    if (event.kind === 'datagram') return this.clients.get(from)?.answer(event.bytes);
    const forwarded = this.connections.get(from);
    if (!forwarded) {
      // The other end of a connection that a snapshot was taken of.
      if (event.kind !== 'closed') this.act({ kind: 'reset', from });
      return;
    }
    const { socket } = forwarded;
    switch (event.kind) {
      case 'connected':
        socket.resume();
        break;
      case 'data':
        socket.write(event.bytes, () => this.act({ kind: 'taken', from, length: event.bytes.length }));
        break;
      case 'end':
        forwarded.guestEnded = true;
        socket.end();
        break;
      case 'drained':
        forwarded.underWay = 0;
        socket.resume();
        break;
      case 'closed':
        this.connections.delete(from);
        if (event.reason === 'closed') socket.destroySoon();
        else socket.resetAndDestroy();
    }
  }

  private act(action: HostAction): void {
    this.machine?.fromHost?.(action);
  }

  /** Ports go round, so that one that has just been in use is not at once in use again. */
  private freePort(taken: (port: number) => boolean): number | undefined {
    for (let tried = FIRST_FORWARD_PORT; tried <= LAST_FORWARD_PORT; tried++) {
      this.lastPort = this.lastPort === LAST_FORWARD_PORT ? FIRST_FORWARD_PORT : this.lastPort + 1;
      if (!taken(this.lastPort)) return this.lastPort;
    }
    return undefined;
  }

  private dropAll(): void {
    const all = [...this.connections.values()];
    this.connections.clear();
    for (const { socket } of all) socket.destroy();
    this.clients.clear();
    this.clientPorts.clear();
  }
}

function listening(server: Server | DatagramSocket, what: string, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error) => reject(new Error(`cannot listen on ${what}: ${error.message}`)));
    server.once('listening', () => {
      server.removeAllListeners('error');
      resolve();
    });
    listen();
  });
}
