/** UDP datagrams (RFC 768). */
import { checksum, concat, pseudoHeader, read16, write16 } from './bytes.js';
import { PROTOCOL_UDP } from './ip.js';

const UDP_HEADER = 8;

export interface UdpDatagram {
  sourcePort: number;
  destinationPort: number;
  data: Uint8Array;
}

/** Undefined when the length is impossible or the checksum, where there is one, is wrong. */
export function parseUdp(source: number, destination: number, bytes: Uint8Array): UdpDatagram | undefined {
  if (bytes.length < UDP_HEADER) return undefined;
  const length = read16(bytes, 4);
  if (length < UDP_HEADER || length > bytes.length) return undefined;
  const datagram = bytes.subarray(0, length);
  if (read16(bytes, 6) !== 0 && checksum(pseudoHeader(source, destination, PROTOCOL_UDP, length), datagram) !== 0) {
    return undefined;
  }
  return { sourcePort: read16(bytes, 0), destinationPort: read16(bytes, 2), data: datagram.subarray(UDP_HEADER) };
}

export function buildUdp(source: number, destination: number, datagram: UdpDatagram): Uint8Array {
  const header = new Uint8Array(UDP_HEADER);
  const length = UDP_HEADER + datagram.data.length;
  write16(header, 0, datagram.sourcePort);
  write16(header, 2, datagram.destinationPort);
  write16(header, 4, length);
  const sum = checksum(pseudoHeader(source, destination, PROTOCOL_UDP, length), header, datagram.data);
  // 0 on the wire means "no checksum", so a sum of 0 travels as its other form.
  write16(header, 6, sum === 0 ? 0xffff : sum);
  return concat(header, datagram.data);
}
