/** All TCP connections of the network: which segment belongs to which, and what happens to those that belong to none. */
import type { Clock } from '../devices/peripheral.js';
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
  /** Sends TCP bytes from `source` to `destination`. */
  transmit: (source: number, destination: number, bytes: Uint8Array) => void;
}

export class TcpStack {
  private readonly connections = new Map<string, TcpEndpoint>();

  constructor(private readonly options: TcpStackOptions) {}

  get connectionCount(): number {
    return this.connections.size;
  }

  /** A TCP packet from the guest at `source` for `destination`. */
  receive(source: number, destination: number, bytes: Uint8Array): void {
    const segment = parseTcp(source, destination, bytes);
    if (!segment) return;
    const key = [source, segment.sourcePort, destination, segment.destinationPort].join('/');
    const connection = this.connections.get(key);
    const isNew = (segment.flags & (SYN | ACK | RST)) === SYN;
    if (connection?.state === 'TIME_WAIT' && isNew && seqDiff(segment.sequence, connection.receiveNext) > 0) {
      connection.discard();
    } else if (connection) {
      connection.receive(segment);
      return;
    }
    const service = isNew ? this.options.serviceAt(destination, segment.destinationPort) : undefined;
    if (service && this.makeRoom()) this.open(key, source, destination, segment, service);
    else this.send(destination, source, resetFor(segment));
  }

  /** Forgets every connection, as a power cut would. */
  clear(): void {
    for (const connection of [...this.connections.values()]) connection.discard();
  }

  private open(key: string, source: number, destination: number, syn: TcpSegment, service: TcpService): void {
    const connection = new TcpEndpoint({
      clock: this.options.clock,
      remoteAddress: formatIpv4(source),
      syn,
      initialSequence: this.options.random.next(),
      transmit: (segment) => this.send(destination, source, segment),
      established: service,
      closed: () => {
        if (this.connections.get(key) === connection) this.connections.delete(key);
      },
    });
    this.connections.set(key, connection);
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
