/** Hosts that exist only inside the machine's network, and what their services see of a connection. */
import type { Snapshotable } from '../devices/snapshotable.js';

/** Why a connection is over. */
export type CloseReason = 'closed' | 'reset' | 'timeout';

/** One TCP connection, from the side of the virtual host or of the gateway. Callbacks run in virtual time, never during a call made here. */
export interface TcpConnection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  /** Bytes accepted by `write` that the guest has not acknowledged. */
  readonly unacknowledged: number;
  /** The guest has answered, where the connection is one to the guest. */
  onOpen: () => void;
  onData: (data: Uint8Array) => void;
  /** The guest has sent its last byte. */
  onEnd: () => void;
  /** Everything written has been acknowledged. */
  onDrain: () => void;
  onClose: (reason: CloseReason) => void;
  /** Queues bytes for the guest; ignored after `end` and on a closed connection. */
  write(data: Uint8Array): void;
  /** No more bytes: FIN goes out after those already written. */
  end(): void;
  /** Drops the connection at once with a reset. */
  reset(): void;
  /** Stops `onData`: received bytes wait, and the guest's window closes as they fill it. */
  pause(): void;
  resume(): void;
}

export interface UdpRequest {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly data: Uint8Array;
  /** Sends a datagram back to where this one came from. */
  readonly reply: (data: Uint8Array) => void;
}

/**
 * Takes a connection: sets its callbacks, and does nothing to it before they are called. What it returns, if it keeps
 * anything, is saved with the connection; in a restored machine the service takes the connection again.
 */
export type TcpService = (connection: TcpConnection) => Snapshotable | void;
export type UdpService = (request: UdpRequest) => void;

export interface VirtualHost {
  /** Names that resolve to this host; case does not matter. The first is the one given for its address. */
  names: readonly string[];
  /** Services by port. */
  tcp: ReadonlyMap<number, TcpService>;
  udp?: ReadonlyMap<number, UdpService>;
  /** What the host keeps from one connection to the next. */
  memory?: Snapshotable;
}
