import type { Message, RequestChannel } from '../protocol/message.js';
import type { Ports } from './connection.js';

/** A message from a client, and where its answers go. */
export interface Incoming {
  channel: RequestChannel;
  /** Routing prefix of the sender; equal prefixes mean the same client. */
  identities: readonly Uint8Array[];
  message: Message;
}

export interface Receiver {
  received(incoming: Incoming): void;
  /** A client began to listen to output. `topic` is the prefix that it asked for, usually empty. */
  subscribed(topic: string): void;
  /** Something arrived that is no message; it has been dropped. */
  dropped(channel: RequestChannel, reason: string): void;
}

/**
 * Carries messages between the kernel and its clients. Each channel is first in, first out; sending never blocks and
 * never loses a message, however many are sent at once.
 */
export interface Transport {
  /** Where clients connect to. Absent: within the process. */
  readonly ports?: Ports;
  /** @throws Error when the addresses cannot be listened on. */
  start(receiver: Receiver): Promise<void>;
  send(channel: RequestChannel, identities: readonly Uint8Array[], message: Message): void;
  /** Sends to all clients that listen. */
  publish(topic: string, message: Message): void;
  /** Resolves when everything sent so far has left. */
  drained(): Promise<void>;
  close(): Promise<void>;
}
