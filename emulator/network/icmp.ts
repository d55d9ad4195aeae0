/** ICMP (RFC 792): echo, and the errors that the network sends. */
import { checksum, concat, write16 } from './bytes.js';
import type { IpPacket } from './ip.js';

export const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;

export const IcmpError = {
  networkUnreachable: { type: 3, code: 0 },
  protocolUnreachable: { type: 3, code: 2 },
  portUnreachable: { type: 3, code: 3 },
  timeExceeded: { type: 11, code: 0 },
} as const;

/** Of the packet complained about, this much comes back (RFC 1812, section 4.3.2.3: at most 576 bytes in all). */
const QUOTE = 548;

/** The reply to an echo request; undefined when the message is something else or damaged. */
export function echoReply(message: Uint8Array): Uint8Array | undefined {
  if (message.length < 8 || message[0] !== ECHO_REQUEST || message[1] !== 0 || checksum(message) !== 0) return undefined;
  const reply = message.slice();
  reply[0] = ECHO_REPLY;
  write16(reply, 2, 0);
  write16(reply, 2, checksum(reply));
  return reply;
}

/** True for messages that must never be answered by an error (RFC 1122, 3.2.2): every ICMP message but requests. */
export function isIcmpError(message: Uint8Array): boolean {
  return message.length === 0 || (message[0] !== ECHO_REQUEST && message[0] !== 13 && message[0] !== 15);
}

export function icmpError({ type, code }: { type: number; code: number }, about: IpPacket): Uint8Array {
  const quoted = concat(about.header, about.payload).subarray(0, QUOTE);
  const message = concat(Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0), quoted);
  write16(message, 2, checksum(message));
  return message;
}
