/**
 * A guest that sends what no honest one would: packets that are right in most fields, so that they get deep, connections
 * that it opens properly to misuse them afterwards, damaged fragments, and noise.
 */
import type { Bench, Subject } from '../../devices/testing/bench.js';
import { LIMITED_BROADCAST, ipv4, stationMac } from '../addresses.js';
import { checksum, concat, pseudoHeader, utf8, write16, write32 } from '../bytes.js';
import { ARP_REPLY, ETHERTYPE_ARP, ETHERTYPE_IPV4, arpFrame, ethernetFrame } from '../ethernet.js';
import { httpService, textResponse } from '../http-server.js';
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP, parseIp } from '../ip.js';
import { ACK, FIN, PSH, RST, SYN, buildTcp, parseTcp, seqAdd } from '../tcp-segment.js';
import { buildUdp } from '../udp.js';
import { UserNetwork } from '../user-network.js';
import { PAGE_HOST, PAGE_PATH, pageServer } from './page-server.js';
import { GATEWAY, GUEST, GUEST_MAC, NAME_SERVER } from './guest.js';

const PAGES = ipv4('198.51.100.1');
const LARGE = ipv4('198.51.100.2');
const DIRECTED_BROADCAST = ipv4('10.0.2.255');
const TARGETS = [
  GATEWAY,
  NAME_SERVER,
  PAGES,
  PAGES,
  LARGE,
  ipv4('8.8.8.8'),
  ipv4('10.0.2.99'),
  LIMITED_BROADCAST,
  DIRECTED_BROADCAST,
  0,
  ipv4('224.0.0.1'),
  GUEST,
];
const SOURCES = [
  GUEST,
  GUEST,
  GUEST,
  GUEST,
  GUEST,
  ipv4('10.0.2.16'),
  ipv4('10.0.2.17'),
  0,
  LIMITED_BROADCAST,
  GATEWAY,
  PAGES,
  ipv4('1.2.3.4'),
];
const REQUESTS = [
  `GET ${PAGE_PATH} HTTP/1.1\r\nHost: ${PAGE_HOST}\r\n\r\n`,
  'HEAD / HTTP/1.0\r\n\r\n',
  'POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'GET /large HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n',
  'GET http://x/ HTTP/9.9\r\nContent-Length: -1\r\nContent-Length: 99999999999999999999\r\n folded\r\n\r\n',
].map(utf8);

/** A connection as the guest has it. */
interface Conversation {
  host: number;
  port: number;
  sequence: number;
  acknowledgment: number;
}

const MOST_CONVERSATIONS = 400;

/** A network with a guest on it. What the guest knows of its connections comes of the frames that it is given. */
// eslint-disable-next-line max-lines-per-function -- everything that this guest does shares what it knows of its connections
export function hostileGuest(bench: Bench): Subject {
  const { clock, random, seen } = bench;
  const page = httpService(({ path }) => textResponse(200, path.slice(0, 10).repeat(20_000)));
  const echo = {
    names: ['large.example'],
    tcp: new Map([[80, page]]),
    udp: new Map([[7, ({ data, reply }: { data: Uint8Array; reply: (data: Uint8Array) => void }) => reply(data)]]),
  };
  let pages = 0;
  const network = new UserNetwork({ clock, seed: 3, hosts: [pageServer(() => pages++), echo] });
  let conversations = new Map<number, Conversation>();
  let nextPort = 1024;
  let identification = 0;
  network.receive = (frame) => {
    seen.bytes(frame);
    const packet = parseIp(frame.subarray(14));
    if (packet?.protocol !== PROTOCOL_TCP) return;
    const segment = parseTcp(packet.source, packet.destination, packet.payload);
    if (!segment) throw new Error('the network sent a damaged TCP segment');
    const conversation = conversations.get(segment.destinationPort);
    if (!conversation) return;
    if (segment.flags & RST) conversations.delete(segment.destinationPort);
    else conversation.acknowledgment = seqAdd(segment.sequence, segment.data.length + (segment.flags & (SYN | FIN) ? 1 : 0));
  };

  const pick = <T>(choices: readonly T[]): T => bench.values.pick(choices);
  const noise = (length: number): Uint8Array => new Uint8Array(length).map(() => random.next());
  /** Some bytes changed, cut off or doubled. */
  const damaged = (bytes: Uint8Array): Uint8Array => {
    if (bytes.length === 0) return bytes;
    const result = bytes.slice(0, random.below(6) === 0 ? random.below(bytes.length + 1) : bytes.length);
    for (let changes = random.below(4); changes > 0 && result.length > 0; changes--) {
      result[random.below(result.length)] = pick([0, 1, 0x7f, 0x80, 0xc0, 0xff, 10, 13, 32, random.below(256)]);
    }
    return random.below(12) === 0 ? concat(result, result) : result;
  };
  const sendPacket = (
    source: number,
    destination: number,
    protocol: number,
    payload: Uint8Array,
    fragment = 0,
    id = identification++ & 0xffff,
  ): void => {
    const options = random.below(20) === 0 ? 4 * random.below(11) : 0;
    const header = new Uint8Array(20 + options).map((_, at) => (at < 20 ? 0 : random.next()));
    header[0] = random.below(40) === 0 ? random.below(256) : 0x45 + options / 4;
    write16(header, 2, random.below(40) === 0 ? random.below(65536) : header.length + payload.length);
    write16(header, 4, id);
    write16(header, 6, fragment);
    header[8] = pick([64, 64, 64, 64, 1, 0, 2]);
    header[9] = protocol;
    write32(header, 12, source);
    write32(header, 16, destination);
    write16(header, 10, random.below(40) === 0 ? random.below(65536) : checksum(header));
    const padding = random.below(30) === 0 ? noise(random.below(60)) : new Uint8Array(0);
    network.transmit(ethernetFrame(stationMac(GATEWAY), GUEST_MAC, ETHERTYPE_IPV4, concat(header, payload, padding)));
  };
  /** Whole, or in fragments: in order or not, with holes and overlaps, or of an endless datagram. */
  const sendIp = (source: number, destination: number, protocol: number, payload: Uint8Array): void => {
    if (random.below(8) > 0 || payload.length < 16) return sendPacket(source, destination, protocol, payload);
    const id = random.below(20);
    const size = 8 * (1 + random.below(40));
    const pieces: [number, Uint8Array][] = [];
    for (let at = 0; at < payload.length; at += size) pieces.push([at, payload.subarray(at, at + size)]);
    if (random.below(3) === 0) pieces.reverse();
    for (const [at, piece] of pieces) {
      if (random.below(16) === 0) continue;
      const offset = random.below(16) === 0 ? random.below(0x2000) : at >> 3;
      const more = at + size < payload.length || random.below(16) === 0 ? 0x2000 : 0;
      sendPacket(source, destination, protocol, piece, offset | more, id);
      if (random.below(16) === 0) sendPacket(source, destination, protocol, damaged(piece), offset | more, id);
    }
  };
  const sendUdp = (source: number, destination: number, destinationPort: number, data: Uint8Array): void => {
    const datagram = buildUdp(source, destination, { sourcePort: 1024 + random.below(64), destinationPort, data });
    if (random.below(16) === 0) write16(datagram, 4, random.below(65536));
    if (random.below(16) === 0) write16(datagram, 6, pick([0, random.below(65536)]));
    sendIp(source, destination, PROTOCOL_UDP, datagram);
  };
  const sendTcp = (port: number, conversation: Conversation, flags: number, data: Uint8Array, shift = 0): void => {
    const { host, port: destinationPort, sequence, acknowledgment } = conversation;
    const bytes = buildTcp(GUEST, host, {
      sourcePort: port,
      destinationPort,
      sequence: seqAdd(sequence, shift),
      acknowledgment: random.below(20) === 0 ? random.next() : acknowledgment,
      flags,
      window: pick([0, 1, 100, 8192, 65535, random.below(65536)]),
      data,
      ...(flags & SYN && { mss: pick([0, 1, 8, 536, 1460, 65535]), windowScale: pick([0, 7, 14, 255]) }),
    });
    if (random.below(12) === 0) {
      bytes[random.below(Math.min(bytes.length, 40))] = random.next();
      write16(bytes, 16, 0);
      write16(bytes, 16, checksum(pseudoHeader(GUEST, host, PROTOCOL_TCP, bytes.length), bytes));
    }
    sendIp(GUEST, host, PROTOCOL_TCP, bytes);
  };

  const actions: Record<string, () => void> = {
    noise: () => network.transmit(noise(random.below(80))),
    frame: () =>
      network.transmit(
        ethernetFrame(
          noise(6),
          pick([GUEST_MAC, noise(6)]),
          pick([ETHERTYPE_ARP, ETHERTYPE_IPV4, 0x86dd, 0x8100, random.below(65536)]),
          noise(random.below(100)),
        ),
      ),
    arp: () => {
      const frame = arpFrame(noise(6), {
        operation: pick([1, 1, ARP_REPLY, random.below(65536)]),
        senderMac: pick([GUEST_MAC, noise(6)]),
        senderAddress: pick([...SOURCES, 0x0a000200 + random.below(256)]),
        targetMac: noise(6),
        targetAddress: pick(TARGETS),
      });
      network.transmit(random.below(2) ? frame : damaged(frame));
    },
    icmp: () => {
      const payload = concat(Uint8Array.of(pick([8, 8, 8, 0, 3, 5, 11, random.below(256)]), 0, 0, 0), noise(random.below(1400)));
      write16(payload, 2, random.below(10) ? checksum(payload) : random.below(65536));
      sendIp(pick(SOURCES), pick(TARGETS), PROTOCOL_ICMP, payload);
    },
    protocol: () => sendIp(pick(SOURCES), pick(TARGETS), random.below(256), noise(random.below(200))),
    udp: () => sendUdp(pick(SOURCES), pick(TARGETS), pick([7, 9, 53, 67, 69, 123, random.below(65536)]), noise(random.below(3000))),
    echo: () => sendUdp(GUEST, LARGE, 7, noise(random.below(4000))),
    dhcp: () => {
      const message = new Uint8Array(240);
      message.set([1, 1, 6, 0]);
      message.set(random.below(4) ? GUEST_MAC : noise(6), 28);
      write32(message, 236, 0x63825363);
      const options: number[] = [53, 1, pick([1, 1, 3, 3, 3, 4, 7, 8, random.below(256)])];
      if (random.below(2)) options.push(50, 4, 10, 0, 2, pick([15, 16, 30, 31, 255, random.below(256)]));
      if (random.below(3) === 0) options.push(54, 4, 10, 0, 2, pick([2, 3]));
      for (let extra = random.below(4); extra > 0; extra--) options.push(random.below(256), random.below(20), ...noise(random.below(20)));
      if (random.below(4)) options.push(255);
      const whole = concat(message, Uint8Array.from(options));
      sendUdp(pick([0, 0, GUEST]), pick([LIMITED_BROADCAST, GATEWAY]), 67, random.below(3) ? whole : damaged(whole));
    },
    dns: () => {
      const labels = pick([PAGE_HOST, 'large.example', 'x', '', '1.100.51.198.in-addr.arpa', 'a'.repeat(63), `${'a.'.repeat(126)}a`]).split(
        '.',
      );
      const name = concat(
        ...labels.map((label) => concat(Uint8Array.of(label.length), utf8(label))),
        Uint8Array.of(...pick([[0], [0], [0], [0xc0, 12], [0xc0, 0xff], []])),
      );
      const query = concat(
        Uint8Array.of(1, 2, 1, 0, 0, pick([1, 1, 1, 0, 2, 255]), 0, 0, 0, 0, 0, 0),
        name,
        Uint8Array.of(0, pick([1, 1, 12, 28, 255]), 0, pick([1, 1, 255, 3])),
      );
      sendUdp(GUEST, NAME_SERVER, 53, random.below(2) ? query : damaged(query));
    },
    tftp: () =>
      sendUdp(
        GUEST,
        GATEWAY,
        69,
        damaged(utf8(`\0${pick(['\x01', '\x02', '\x03', '\x06'])}../../etc/passwd\0octet\0blksize\0${random.below(100000)}\0`)),
      ),
    connect: () => {
      const port = 1024 + (nextPort++ % 4096);
      const conversation = {
        host: pick([PAGES, PAGES, LARGE, LARGE, GATEWAY]),
        port: pick([80, 80, 80, 80, random.below(65536)]),
        sequence: pick([0, 0xffff_fff0, random.next()]),
        acknowledgment: 0,
      };
      conversations.set(port, conversation);
      if (conversations.size > MOST_CONVERSATIONS) conversations.delete(conversations.keys().next().value!);
      sendTcp(port, conversation, SYN, random.below(8) ? new Uint8Array(0) : noise(20));
      conversation.sequence = seqAdd(conversation.sequence, 1);
    },
    talk: () => {
      if (conversations.size === 0) return;
      const port = pick([...conversations.keys()].slice(-12));
      const conversation = conversations.get(port)!;
      const request = random.below(2) ? pick(REQUESTS) : damaged(pick(REQUESTS));
      const from = random.below(3) ? 0 : random.below(request.length + 1);
      const data = random.below(40) === 0 ? noise(1400) : request.subarray(from, from + (random.below(2) ? 1400 : random.below(60)));
      const flags = pick([ACK, ACK | PSH, ACK | PSH, ACK, ACK | FIN, RST, RST | ACK, SYN | ACK, FIN, random.below(256)]);
      const inOrder = random.below(8) > 0;
      sendTcp(port, conversation, flags, data, inOrder ? 0 : pick([-1, 1, 100, 5000, -70_000, random.next()]));
      if (inOrder) conversation.sequence = seqAdd(conversation.sequence, data.length + (flags & FIN ? 1 : 0));
    },
    // As it should be, up to a point.
    fetch: () => {
      const port = 1024 + (nextPort++ % 4096);
      const conversation = { host: PAGES, port: 80, sequence: random.next(), acknowledgment: 0 };
      conversations.set(port, conversation);
      const say = (flags: number, data: Uint8Array): void => {
        const bytes = buildTcp(GUEST, PAGES, { sourcePort: port, destinationPort: 80, ...conversation, flags, window: 8192, data });
        sendPacket(GUEST, PAGES, PROTOCOL_TCP, bytes);
        bench.advance(100_000);
        conversation.sequence = seqAdd(conversation.sequence, data.length + (flags & SYN ? 1 : 0));
      };
      say(SYN, new Uint8Array(0));
      say(ACK | PSH, REQUESTS[0]!);
    },
    acknowledge: () => {
      for (const [port, conversation] of [...conversations].slice(-6)) sendTcp(port, conversation, ACK, new Uint8Array(0));
    },
  };
  const names = [...Object.keys(actions), 'connect', 'fetch', 'talk', 'talk', 'talk', 'talk', 'acknowledge', 'acknowledge'];

  const me = { senderMac: GUEST_MAC, senderAddress: GUEST, targetMac: GUEST_MAC, targetAddress: GUEST };
  network.transmit(arpFrame(Uint8Array.of(255, 255, 255, 255, 255, 255), { operation: ARP_REPLY, ...me }));
  const subject = {
    parts: [network],
    step(): void {
      actions[pick(names)]!();
      if (random.below(5000) === 0) network.reset();
      // For timeouts of fragments, retransmissions and connections.
      if (random.below(400) === 0) bench.advance(pick([1e8, 3e9, 60e9]));
    },
    follow(other: Subject): void {
      const { known } = other as typeof subject;
      ({ nextPort, identification } = known);
      conversations = new Map([...known.conversations].map(([port, conversation]) => [port, { ...conversation }]));
    },
    get known() {
      return { conversations, nextPort, identification };
    },
    /** Words that were served. */
    reached: () => pages,
  };
  return subject;
}
