/** All TCP connections of the network: which segment belongs to which, and what happens to those that belong to none. */
import type { Clock } from '../devices/peripheral.js';
import { SnapshotError, type Snapshotable, type State, type StateReader } from '../devices/snapshotable.js';
import { formatIpv4 } from './addresses.js';
import type { SeededRandom } from './random.js';
import { TcpEndpoint } from './tcp-connection.js';
import { ACK, RST, SYN, buildTcp, parseTcp, resetFor, seqDiff } from './tcp-segment.js';
import type { TcpSegment } from './tcp-segment.js';
import type { TcpService } from './virtual-host.js';

/** Connections at once. Beyond it the oldest in TIME_WAIT makes room; without one, new ones are refused. */
export const MAX_CONNECTIONS = 256;

export interface TcpStackOptions {
  clock: Clock;
  random: SeededRandom;
  /** What answers on an address and port; undefined refuses the connection. */
  serviceAt: (address: number, port: number) => TcpService | undefined;
  /** What takes a connection to the guest in a restored machine. */
  outgoing?: TcpService;
  /** Sends TCP bytes from `source` to `destination`. */
  transmit: (source: number, destination: number, bytes: Uint8Array) => void;
}

/** The guest's end and ours: what makes a connection itself. */
interface Ends {
  source: number;
  sourcePort: number;
  destination: number;
  destinationPort: number;
}

export class TcpStack implements Snapshotable {
  private readonly connections = new Map<string, TcpEndpoint>();
  /** Those that the host asked for. */
  private readonly outgoing = new WeakSet<TcpEndpoint>();

  constructor(private readonly options: TcpStackOptions) {}

  get connectionCount(): number {
    return this.connections.size;
  }

  /** A TCP packet from the guest at `source` for `destination`. */
  receive(source: number, destination: number, bytes: Uint8Array): void {
    const segment = parseTcp(source, destination, bytes);
    if (!segment) return;
    const ends = { source, sourcePort: segment.sourcePort, destination, destinationPort: segment.destinationPort };
    const connection = this.connections.get(keyOf(ends));
    const isNew = (segment.flags & (SYN | ACK | RST)) === SYN;
    if (connection?.state === 'TIME_WAIT' && isNew && seqDiff(segment.sequence, connection.receiveNext) > 0) {
      connection.discard();
    } else if (connection) {
      connection.receive(segment);
      return;
    }
    const service = isNew ? this.options.serviceAt(destination, segment.destinationPort) : undefined;
    if (service && this.makeRoom()) this.open(ends, service, segment.sequence, this.options.random.next()).answer(segment);
    else this.send(destination, source, resetFor(segment));
  }

  /** Opens a connection from `localPort` of `local` to the guest. False when there is one, or no room. */
  connect(local: number, localPort: number, guest: number, guestPort: number, service: TcpService): boolean {
    const ends = { source: guest, sourcePort: guestPort, destination: local, destinationPort: localPort };
    if (this.connections.has(keyOf(ends)) || !this.makeRoom()) return false;
    const connection = this.open(ends, service, 0, this.options.random.next());
    this.outgoing.add(connection);
    connection.connect();
    return true;
  }

  /** Forgets every connection, as a power cut would. */
  clear(): void {
    for (const connection of [...this.connections.values()]) connection.discard();
  }

  /** In the order in which they were opened: the oldest makes room. */
  saveState(): State {
    const connections = [...this.connections].map(([key, connection]) => ({
      ends: key.split('/').map(Number),
      outgoing: this.outgoing.has(connection),
      connection: connection.saveState(),
    }));
    return { random: this.options.random.saveState(), connections };
  }

  restoreState(state: StateReader): void {
    this.clear();
    this.options.random.restoreState(state.record('random'));
    for (const saved of state.records('connections')) {
      const [source, sourcePort, destination, destinationPort] = saved.integers('ends', 0, 0xffff_ffff, 4) as [
        number,
        number,
        number,
        number,
      ];
      const outgoing = saved.boolean('outgoing');
      const service = outgoing ? this.options.outgoing : this.options.serviceAt(destination, destinationPort);
      if (!service) {
        const where = `${formatIpv4(destination)}, port ${destinationPort}`;
        throw new SnapshotError(`the snapshot has a connection to ${where}, where this machine's network has no service; take a new one`);
      }
      const connection = this.open({ source, sourcePort, destination, destinationPort }, service);
      if (outgoing) this.outgoing.add(connection);
      connection.restoreState(saved.record('connection'));
    }
  }

  private open(ends: Ends, service: TcpService, remoteSequence?: number, localSequence?: number): TcpEndpoint {
    const { source, sourcePort, destination, destinationPort } = ends;
    const key = keyOf(ends);
    const options = {
      clock: this.options.clock,
      remoteAddress: formatIpv4(source),
      remotePort: sourcePort,
      localPort: destinationPort,
      transmit: (segment: TcpSegment) => this.send(destination, source, segment),
      established: service,
      closed: () => {
        if (this.connections.get(key) === connection) this.connections.delete(key);
      },
    };
    const connection = new TcpEndpoint(options, remoteSequence, localSequence);
    this.connections.set(key, connection);
    return connection;
  }

  private makeRoom(): boolean {
    if (this.connections.size < MAX_CONNECTIONS) return true;
    for (const connection of this.connections.values()) {
      if (connection.state !== 'TIME_WAIT') continue;
      connection.discard();
      return true;
    }
    return false;
  }

  private send(source: number, destination: number, segment: TcpSegment | undefined): void {
    if (segment) this.options.transmit(source, destination, buildTcp(source, destination, segment));
  }
}

function keyOf({ source, sourcePort, destination, destinationPort }: Ends): string {
  return [source, sourcePort, destination, destinationPort].join('/');
}
