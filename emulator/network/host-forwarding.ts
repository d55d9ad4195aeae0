/**
 * Connections and datagrams from the host into the guest (`hostfwd`). To the guest they come from the gateway, each from
 * a port of its own, by which the host and this side know it. This side knows no socket: it takes what the host does as
 * actions, and tells it what the guest does as events, so that a run that is gone through again needs no host.
 */
import { SnapshotError, type Snapshotable, type State, type StateReader } from '../devices/snapshotable.js';
import { ipv4 } from './addresses.js';
import type { CloseReason, TcpConnection, TcpService } from './virtual-host.js';

/** Where a connection or datagram goes: the first address that is leased unless one is named. */
export interface GuestPort {
  address?: string | undefined;
  port: number;
}

/** What the host does. `from` is the gateway's port: the host chooses it, from FIRST_FORWARD_PORT on. */
export type HostAction =
  | { kind: 'connect'; from: number; to: GuestPort }
  | { kind: 'data'; from: number; bytes: Uint8Array }
  /** No more comes from the host. */
  | { kind: 'end'; from: number }
  | { kind: 'reset'; from: number }
  /** The host is done with so many bytes of the guest's. */
  | { kind: 'taken'; from: number; length: number }
  | { kind: 'datagram'; from: number; to: GuestPort; bytes: Uint8Array };

/** What the guest does. */
export type GuestEvent =
  | { kind: 'connected'; from: number }
  | { kind: 'data'; from: number; bytes: Uint8Array }
  | { kind: 'end'; from: number }
  /** It has acknowledged all that came from the host. */
  | { kind: 'drained'; from: number }
  | { kind: 'closed'; from: number; reason: CloseReason }
  | { kind: 'datagram'; from: number; bytes: Uint8Array };

/** The dynamic ports (RFC 6335). */
export const FIRST_FORWARD_PORT = 49_152;
export const LAST_FORWARD_PORT = 0xffff;
/** Bytes of the guest's that the host has not taken, above which the guest is made to wait. */
const WINDOW = 256 * 1024;
/** Ports that a guest may answer datagrams to; the one that has been silent longest makes room. */
const MAX_DATAGRAM_PORTS = 256;

export interface ForwardingPorts {
  /** Opens a connection to the guest; false when there is one between the same ports, or too many. */
  connect(from: number, to: number, port: number, service: TcpService): boolean;
  sendDatagram(from: number, to: number, port: number, bytes: Uint8Array): void;
  event(event: GuestEvent): void;
  defaultGuest: number;
}

export class HostForwarding implements Snapshotable {
  private readonly connections = new Map<number, TcpConnection>();
  private readonly takers = new Map<number, (length: number) => void>();
  /** Of datagrams, the one used last at the end. */
  private datagramPorts = new Set<number>();

  constructor(private readonly ports: ForwardingPorts) {}

  perform(action: HostAction): void {
    const { from } = action;
    switch (action.kind) {
      case 'connect':
        if (!this.ports.connect(from, this.address(action.to), action.to.port, this.service))
          this.ports.event({ kind: 'closed', from, reason: 'reset' });
        break;
      case 'data':
        this.connections.get(from)?.write(action.bytes);
        break;
      case 'end':
        this.connections.get(from)?.end();
        break;
      case 'reset':
        this.connections.get(from)?.reset();
        break;
      case 'taken':
        this.takers.get(from)?.(action.length);
        break;
      case 'datagram':
        this.datagramPorts.delete(from);
        this.datagramPorts.add(from);
        for (const oldest of this.datagramPorts) {
          if (this.datagramPorts.size <= MAX_DATAGRAM_PORTS) break;
          this.datagramPorts.delete(oldest);
        }
        this.ports.sendDatagram(from, this.address(action.to), action.to.port, action.bytes);
    }
  }

  /** A datagram of the guest's to a port of the gateway. False when nobody waits there. */
  receiveDatagram(port: number, bytes: Uint8Array): boolean {
    if (!this.datagramPorts.has(port)) return false;
    this.ports.event({ kind: 'datagram', from: port, bytes });
    return true;
  }

  /** Takes a connection that has been asked for, or that a restored machine has. */
  readonly service: TcpService = (connection) => {
    const from = connection.localPort;
    const event = (of: GuestEvent): void => this.ports.event(of);
    let untaken = 0;
    this.connections.set(from, connection);
    this.takers.set(from, (length) => {
      untaken = Math.max(0, untaken - length);
      if (untaken <= WINDOW) connection.resume();
    });
    connection.onOpen = () => event({ kind: 'connected', from });
    connection.onData = (bytes) => {
      untaken += bytes.length;
      if (untaken > WINDOW) connection.pause();
      event({ kind: 'data', from, bytes });
    };
    connection.onEnd = () => event({ kind: 'end', from });
    connection.onDrain = () => event({ kind: 'drained', from });
    connection.onClose = (reason) => {
      this.connections.delete(from);
      this.takers.delete(from);
      event({ kind: 'closed', from, reason });
    };
    return { saveState: () => ({ untaken }), restoreState: (state) => void (untaken = state.integer('untaken')) };
  };

  saveState(): State {
    return { datagramPorts: [...this.datagramPorts] };
  }

  restoreState(state: StateReader): void {
    const ports = state.integers('datagramPorts', 0, LAST_FORWARD_PORT);
    if (ports.length > MAX_DATAGRAM_PORTS)
      throw new SnapshotError('the snapshot is damaged: it has too many forwarded ports; take a new one');
    this.datagramPorts = new Set(ports);
  }

  private address({ address }: GuestPort): number {
    return address === undefined ? this.ports.defaultGuest : ipv4(address);
  }
}
