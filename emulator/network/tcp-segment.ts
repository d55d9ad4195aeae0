/** TCP segments on the wire (RFC 9293, section 3.1), and arithmetic on sequence numbers (3.4). */
import { checksum, concat, pseudoHeader, read8, read16, read32, write16, write32 } from './bytes.js';
import { PROTOCOL_TCP } from './ip.js';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

const HEADER = 20;
const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_MSS = 2;
const OPTION_WINDOW_SCALE = 3;

export interface TcpSegment {
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  acknowledgment: number;
  flags: number;
  /** As on the wire, unscaled. */
  window: number;
  data: Uint8Array;
  /** Maximum segment size in bytes; only with SYN. */
  mss?: number | undefined;
  /** Shift count; only with SYN (RFC 7323). */
  windowScale?: number | undefined;
}

/** Undefined when the header is impossible or the checksum wrong. */
export function parseTcp(source: number, destination: number, bytes: Uint8Array): TcpSegment | undefined {
  if (bytes.length < HEADER) return undefined;
  const headerLength = (read8(bytes, 12) >> 4) * 4;
  if (headerLength < HEADER || headerLength > bytes.length) return undefined;
  if (checksum(pseudoHeader(source, destination, PROTOCOL_TCP, bytes.length), bytes) !== 0) return undefined;
  const segment: TcpSegment = {
    sourcePort: read16(bytes, 0),
    destinationPort: read16(bytes, 2),
    sequence: read32(bytes, 4),
    acknowledgment: read32(bytes, 8),
    flags: read8(bytes, 13) & 0x3f,
    window: read16(bytes, 14),
    data: bytes.subarray(headerLength),
  };
  if ((segment.flags & SYN) !== 0) parseOptions(bytes.subarray(HEADER, headerLength), segment);
  return segment;
}

function parseOptions(options: Uint8Array, segment: TcpSegment): void {
  for (let i = 0; i < options.length && options[i] !== OPTION_END;) {
    if (options[i] === OPTION_NOP) {
      i++;
      continue;
    }
    const length = options[i + 1];
    if (length === undefined || length < 2 || i + length > options.length) return;
    if (options[i] === OPTION_MSS && length === 4) segment.mss = read16(options, i + 2);
    if (options[i] === OPTION_WINDOW_SCALE && length === 3) segment.windowScale = Math.min(read8(options, i + 2), 14);
    i += length;
  }
}

export function buildTcp(source: number, destination: number, segment: TcpSegment): Uint8Array {
  const options: number[] = [];
  if (segment.mss !== undefined) options.push(OPTION_MSS, 4, segment.mss >> 8, segment.mss & 0xff);
  if (segment.windowScale !== undefined) options.push(OPTION_NOP, OPTION_WINDOW_SCALE, 3, segment.windowScale);
  const header = new Uint8Array(HEADER + options.length);
  write16(header, 0, segment.sourcePort);
  write16(header, 2, segment.destinationPort);
  write32(header, 4, segment.sequence);
  write32(header, 8, segment.acknowledgment);
  header[12] = (header.length / 4) << 4;
  header[13] = segment.flags;
  write16(header, 14, segment.window);
  header.set(options, HEADER);
  const pseudo = pseudoHeader(source, destination, PROTOCOL_TCP, header.length + segment.data.length);
  write16(header, 16, checksum(pseudo, header, segment.data));
  return concat(header, segment.data);
}

/** Sequence space that a segment takes up: SYN and FIN count one each. */
export function sequenceLength(segment: TcpSegment): number {
  return segment.data.length + ((segment.flags & SYN) !== 0 ? 1 : 0) + ((segment.flags & FIN) !== 0 ? 1 : 0);
}

/** The reset that answers a segment for which there is no connection (RFC 9293, 3.10.7.1); undefined for a reset. */
export function resetFor(segment: TcpSegment): TcpSegment | undefined {
  if ((segment.flags & RST) !== 0) return undefined;
  const acknowledges = (segment.flags & ACK) !== 0;
  return {
    sourcePort: segment.destinationPort,
    destinationPort: segment.sourcePort,
    sequence: acknowledges ? segment.acknowledgment : 0,
    acknowledgment: acknowledges ? 0 : seqAdd(segment.sequence, sequenceLength(segment)),
    flags: acknowledges ? RST : RST | ACK,
    window: 0,
    data: new Uint8Array(0),
  };
}

export function seqAdd(sequence: number, count: number): number {
  return (sequence + count) >>> 0;
}

/** Signed distance from `b` to `a`. */
export function seqDiff(a: number, b: number): number {
  return (a - b) | 0;
}
