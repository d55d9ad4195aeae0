/** IPv4 datagrams (RFC 791): parsing with every check that a receiver owes, building, fragmenting, reassembling. */
import { checksum, concat, read8, read16, read32, write16, write32 } from './bytes.js';
import type { Clock, ScheduledEvent } from '../devices/peripheral.js';
import { SnapshotError, type Snapshotable, type State, type StateReader } from '../devices/snapshotable.js';

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

const IP_HEADER = 20;
const MTU = 1500;
const MAX_DATAGRAM = 65535;
const FLAG_MORE = 0x2000;
const DEFAULT_TTL = 64;

export interface IpPacket {
  source: number;
  destination: number;
  protocol: number;
  ttl: number;
  identification: number;
  /** Byte offset of this fragment; 0 for a whole datagram. */
  fragmentOffset: number;
  moreFragments: boolean;
  header: Uint8Array;
  payload: Uint8Array;
}

export interface IpFields {
  source: number;
  destination: number;
  protocol: number;
  identification: number;
  ttl?: number;
  /** Type of service octet. */
  tos?: number;
}

/** Undefined when the header is short, of another version, or fails its checksum. Ethernet padding is cut off. */
export function parseIp(bytes: Uint8Array): IpPacket | undefined {
  if (bytes.length < IP_HEADER || read8(bytes, 0) >> 4 !== 4) return undefined;
  const headerLength = (read8(bytes, 0) & 15) * 4;
  const totalLength = read16(bytes, 2);
  if (headerLength < IP_HEADER || totalLength < headerLength || totalLength > bytes.length) return undefined;
  const header = bytes.subarray(0, headerLength);
  if (checksum(header) !== 0) return undefined;
  const fragment = read16(bytes, 6);
  return {
    source: read32(bytes, 12),
    destination: read32(bytes, 16),
    protocol: read8(bytes, 9),
    ttl: read8(bytes, 8),
    identification: read16(bytes, 4),
    fragmentOffset: (fragment & 0x1fff) * 8,
    moreFragments: (fragment & FLAG_MORE) !== 0,
    header,
    payload: bytes.subarray(headerLength, totalLength),
  };
}

/** One datagram as the packets that carry it: several when it does not fit the link. */
export function buildIp(fields: IpFields, payload: Uint8Array): Uint8Array[] {
  const room = Math.floor((MTU - IP_HEADER) / 8) * 8;
  if (payload.length <= MTU - IP_HEADER) return [buildPacket(fields, payload, 0, false)];
  const packets: Uint8Array[] = [];
  for (let offset = 0; offset < payload.length; offset += room) {
    const part = payload.subarray(offset, offset + room);
    packets.push(buildPacket(fields, part, offset, offset + part.length < payload.length));
  }
  return packets;
}

function buildPacket(fields: IpFields, payload: Uint8Array, offset: number, more: boolean): Uint8Array {
  const header = new Uint8Array(IP_HEADER);
  header[0] = 0x45;
  header[1] = fields.tos ?? 0;
  write16(header, 2, IP_HEADER + payload.length);
  write16(header, 4, fields.identification);
  write16(header, 6, (offset / 8) | (more ? FLAG_MORE : 0));
  header[8] = fields.ttl ?? DEFAULT_TTL;
  header[9] = fields.protocol;
  write32(header, 12, fields.source);
  write32(header, 16, fields.destination);
  write16(header, 10, checksum(header));
  return concat(header, payload);
}

/** Datagrams in reassembly at once, and nanoseconds until an incomplete one is forgotten (RFC 1122: 60 to 120 s). */
const MAX_REASSEMBLIES = 16;
const MAX_FRAGMENTS = 128;
const REASSEMBLY_TIMEOUT_NS = 60e9;

interface Fragment {
  offset: number;
  payload: Uint8Array;
}

const endOf = ({ offset, payload }: Fragment): number => offset + payload.length;

interface Reassembly {
  fragments: Fragment[];
  /** Length of the whole payload, known once the last fragment has come. */
  total: number | undefined;
  header: Uint8Array | undefined;
  timeout: ScheduledEvent;
}

/** Whether a fragment can be part of the same datagram as those before it. */
function fits({ fragmentOffset, moreFragments, payload }: IpPacket, { fragments, total }: Reassembly): boolean {
  const end = fragmentOffset + payload.length;
  if (end > MAX_DATAGRAM - IP_HEADER || fragments.length >= MAX_FRAGMENTS) return false;
  // Overlaps serve only to slip something past a filter: the whole datagram goes (as RFC 5722 rules for IPv6).
  if (fragments.some((each) => each.offset < end && fragmentOffset < endOf(each))) return false;
  if (moreFragments) return payload.length > 0 && payload.length % 8 === 0 && end <= (total ?? MAX_DATAGRAM);
  // Two last fragments that end in different places cannot both be right, and nothing reaches past the last one.
  return end === (total ?? end) && fragments.every((each) => endOf(each) <= end);
}

export class Reassembler implements Snapshotable {
  private readonly pending = new Map<string, Reassembly>();

  constructor(private readonly clock: Clock) {}

  /** The whole datagram when this packet completes it (or is whole itself). */
  add(packet: IpPacket): IpPacket | undefined {
    if (packet.fragmentOffset === 0 && !packet.moreFragments) return packet;
    const key = [packet.source, packet.destination, packet.protocol, packet.identification].join('/');
    const entry = this.pending.get(key) ?? this.open(key);
    const duplicate = entry.fragments.some((f) => f.offset === packet.fragmentOffset && f.payload.length === packet.payload.length);
    if (duplicate) return undefined;
    if (!fits(packet, entry)) {
      this.drop(key);
      return undefined;
    }
    entry.fragments.push({ offset: packet.fragmentOffset, payload: packet.payload.slice() });
    if (!packet.moreFragments) entry.total ??= packet.fragmentOffset + packet.payload.length;
    if (packet.fragmentOffset === 0) entry.header = packet.header.slice();
    return this.complete(key, entry, packet);
  }

  clear(): void {
    for (const key of [...this.pending.keys()]) this.drop(key);
  }

  /** In the order in which they were begun: the oldest makes room. */
  saveState(): State {
    return {
      pending: [...this.pending].map(([key, { fragments, total, header, timeout }]) => ({
        key,
        total,
        header: header?.slice(),
        when: timeout.when,
        order: timeout.order,
        fragments: fragments.map(({ offset, payload }) => ({ offset, payload: payload.slice() })),
      })),
    };
  }

  restoreState(state: StateReader): void {
    this.clear();
    for (const entry of state.records('pending')) {
      const key = entry.text('key');
      const event = { when: entry.integer('when'), order: entry.integer('order') };
      const fragments = entry
        .records('fragments')
        .map((each) => ({ offset: each.integer('offset', 0, MAX_DATAGRAM), payload: each.bytes('payload') }));
      const total = entry.optional('total', () => entry.integer('total', 0, MAX_DATAGRAM));
      if (fragments.some((each) => endOf(each) > (total ?? MAX_DATAGRAM)))
        throw new SnapshotError(`the snapshot is damaged: fragments of ${key} reach past their datagram; take a new one`);
      this.pending.set(key, {
        fragments,
        total,
        header: entry.optional('header', () => entry.bytes('header')),
        timeout: this.clock.again(event, () => this.forget(key)),
      });
    }
  }

  private forget(key: string): void {
    this.pending.delete(key);
  }

  private complete(key: string, entry: Reassembly, packet: IpPacket): IpPacket | undefined {
    const { total, header } = entry;
    if (total === undefined || !header) return undefined;
    const have = entry.fragments.reduce((sum, fragment) => sum + fragment.payload.length, 0);
    if (have !== total) return undefined;
    const payload = new Uint8Array(total);
    for (const fragment of entry.fragments) payload.set(fragment.payload, fragment.offset);
    this.drop(key);
    return { ...packet, header, payload, fragmentOffset: 0, moreFragments: false };
  }

  private open(key: string): Reassembly {
    const oldest = this.pending.keys().next();
    if (this.pending.size >= MAX_REASSEMBLIES && !oldest.done) this.drop(oldest.value);
    const timeout = this.clock.at(this.clock.now() + REASSEMBLY_TIMEOUT_NS, () => this.forget(key));
    const entry: Reassembly = { fragments: [], total: undefined, header: undefined, timeout };
    this.pending.set(key, entry);
    return entry;
  }

  private drop(key: string): void {
    this.pending.get(key)?.timeout.cancel();
    this.pending.delete(key);
  }
}
