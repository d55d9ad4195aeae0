/** A guest for tests: a station with an address, a cable that can lose, repeat and reorder, and a small TCP client. */
import { ipv4, stationMac } from '../addresses.js';
import { addressPlan } from '../settings.js';
import { ByteQueue } from '../byte-queue.js';
import { read16 } from '../bytes.js';
import { ARP_REPLY, ETHERTYPE_ARP, ETHERTYPE_IPV4, arpFrame, ethernetFrame } from '../ethernet.js';
import { buildIp, parseIp } from '../ip.js';
import type { IpPacket } from '../ip.js';
import type { EthernetNetwork } from '../link.js';
import { SeededRandom } from '../random.js';
import { ACK, FIN, RST, SYN, buildTcp, parseTcp, seqAdd, seqDiff } from '../tcp-segment.js';
import type { TcpSegment } from '../tcp-segment.js';
import { buildUdp } from '../udp.js';
import type { FakeClock } from './fake-clock.js';

export const GUEST_MAC = Uint8Array.of(0x52, 0x55, 0x00, 0xd1, 0x55, 0x01);
export const GUEST = ipv4('10.0.2.15');
export const { gateway: GATEWAY, nameServer: NAME_SERVER } = addressPlan();

/** Out of 100 frames, in each direction. */
export interface Cable {
  lose: number;
  repeat: number;
  delay: number;
}

export class Guest {
  readonly frames: Uint8Array[] = [];
  onTcp: (segment: TcpSegment, source: number) => void = () => undefined;
  private identification = 1;
  private readonly random: SeededRandom;

  constructor(
    readonly clock: FakeClock,
    readonly network: EthernetNetwork,
    seed = 1,
    public cable: Cable = { lose: 0, repeat: 0, delay: 0 },
  ) {
    this.random = new SeededRandom(seed);
    network.receive = (frame) => this.overCable(() => this.accept(frame));
  }

  /** Tells the network where the guest is, as a gratuitous ARP reply does. */
  announce(): void {
    const me = { senderMac: GUEST_MAC, senderAddress: GUEST, targetMac: GUEST_MAC, targetAddress: GUEST };
    this.network.transmit(arpFrame(Uint8Array.of(255, 255, 255, 255, 255, 255), { operation: ARP_REPLY, ...me }));
  }

  sendIp(destination: number, protocol: number, payload: Uint8Array, options: { ttl?: number; source?: number } = {}): void {
    const fields = { source: GUEST, destination, protocol, identification: this.identification++, ...options };
    for (const packet of buildIp(fields, payload)) {
      const frame = ethernetFrame(stationMac(GATEWAY), GUEST_MAC, ETHERTYPE_IPV4, packet);
      this.overCable(() => this.network.transmit(frame.slice()));
    }
  }

  sendUdp(destination: number, sourcePort: number, destinationPort: number, data: Uint8Array, source = GUEST): void {
    this.sendIp(destination, 17, buildUdp(source, destination, { sourcePort, destinationPort, data }), { source });
  }

  sendTcp(destination: number, segment: TcpSegment): void {
    this.sendIp(destination, 6, buildTcp(GUEST, destination, segment));
  }

  /** All IPv4 packets received since last asked. */
  takePackets(): IpPacket[] {
    const frames = this.frames.splice(0);
    return frames.flatMap((frame) => {
      const packet = read16(frame, 12) === ETHERTYPE_IPV4 ? parseIp(frame.subarray(14)) : undefined;
      return packet ? [packet] : [];
    });
  }

  private overCable(arrive: () => void): void {
    if (this.random.below(100) < this.cable.lose) return;
    const times = this.random.below(100) < this.cable.repeat ? 2 : 1;
    for (let i = 0; i < times; i++) {
      if (this.random.below(100) >= this.cable.delay) arrive();
      else this.clock.at(this.clock.now() + 1_000_000 + this.random.below(20_000_000), arrive);
    }
  }

  private accept(frame: Uint8Array): void {
    if (this.frames.length < 10_000) this.frames.push(frame);
    if (read16(frame, 12) === ETHERTYPE_ARP) return;
    const packet = parseIp(frame.subarray(14));
    if (packet?.protocol !== 6) return;
    const segment = parseTcp(packet.source, packet.destination, packet.payload);
    if (!segment) throw new Error('the network sent a damaged TCP segment');
    this.onTcp(segment, packet.source);
  }
}

const RETRANSMIT_NS = 300e6;
const SEGMENT = 700;
const WINDOW_SEGMENTS = 8;

/** Go-back-N sender, buffering receiver: simple enough to be right, and unlike the server's side in every detail. */
export class TestClient {
  state: 'connecting' | 'open' | 'closed' | 'reset' = 'connecting';
  readonly received = new ByteQueue();
  /** The server has sent FIN and all before it has come. */
  ended = false;
  window = 60_000;
  private readonly early = new Map<number, TcpSegment>();
  private readonly outgoing = new ByteQueue();
  private acknowledged: number;
  private sent = 0;
  private expected = 0;
  private closing = false;
  private finDone = false;

  constructor(
    private readonly guest: Guest,
    private readonly server: number,
    readonly port: number,
    readonly localPort: number,
    initial = 0xffff_ff00,
  ) {
    this.acknowledged = initial;
    this.transmit(SYN, this.acknowledged);
    this.startTimer();
  }

  send(data: Uint8Array): void {
    this.outgoing.append(data);
    this.push();
  }

  close(): void {
    this.closing = true;
    this.push();
  }

  get done(): boolean {
    return this.ended && this.finDone;
  }

  /** Everything sent and, after `close`, FIN too has been acknowledged. */
  get flushed(): boolean {
    return this.outgoing.length === 0 && (!this.closing || this.finDone);
  }

  acknowledge(): void {
    this.transmit(ACK, seqAdd(this.acknowledged, this.sent));
  }

  handle(segment: TcpSegment): void {
    if (segment.destinationPort !== this.localPort || segment.sourcePort !== this.port) return;
    if (segment.flags & RST) {
      this.state = this.state === 'closed' ? 'closed' : 'reset';
      return;
    }
    if (this.state === 'reset') return;
    if (segment.flags & SYN) {
      if (this.state === 'connecting') {
        this.state = 'open';
        this.expected = seqAdd(segment.sequence, 1);
        this.acknowledged = segment.acknowledgment;
      }
      this.acknowledge();
      this.push();
      return;
    }
    if (this.state === 'connecting') return;
    this.processAcknowledgment(segment.acknowledgment);
    if (segment.data.length === 0 && !(segment.flags & FIN)) return;
    this.early.set(segment.sequence, { ...segment, data: segment.data.slice() });
    this.collect();
    this.acknowledge();
  }

  private processAcknowledgment(acknowledgment: number): void {
    const advance = seqDiff(acknowledgment, this.acknowledged);
    if (advance <= 0) return;
    const data = Math.min(advance, this.outgoing.length);
    if (advance > data && this.closing) this.finDone = true;
    this.outgoing.drop(data);
    this.sent = Math.max(0, this.sent - advance);
    this.acknowledged = acknowledgment;
    this.push();
  }

  private collect(): void {
    for (let found = true; found;) {
      found = false;
      for (const [key, segment] of this.early) {
        const skip = seqDiff(this.expected, segment.sequence);
        if (skip < 0) continue;
        this.early.delete(key);
        if (skip < segment.data.length) {
          this.received.append(segment.data.subarray(skip));
          this.expected = seqAdd(segment.sequence, segment.data.length);
          found = true;
        }
        if (segment.flags & FIN && !this.ended && seqAdd(segment.sequence, segment.data.length) === this.expected) {
          this.ended = true;
          this.expected = seqAdd(this.expected, 1);
        }
      }
    }
  }

  private push(): void {
    if (this.state !== 'open') return;
    while (this.sent < this.outgoing.length && this.sent < SEGMENT * WINDOW_SEGMENTS) {
      const data = this.outgoing.slice(this.sent, SEGMENT);
      this.transmit(ACK, seqAdd(this.acknowledged, this.sent), data);
      this.sent += data.length;
    }
    if (this.closing && !this.finDone && this.sent === this.outgoing.length) {
      this.transmit(ACK | FIN, seqAdd(this.acknowledged, this.sent));
      this.sent++;
    }
  }

  private startTimer(): void {
    this.guest.clock.at(this.guest.clock.now() + RETRANSMIT_NS, () => {
      if (this.state === 'reset' || this.done) return;
      if (this.state === 'connecting') this.transmit(SYN, this.acknowledged);
      this.sent = 0;
      this.push();
      this.startTimer();
    });
  }

  private transmit(flags: number, sequence: number, data: Uint8Array = new Uint8Array(0)): void {
    this.guest.sendTcp(this.server, {
      sourcePort: this.localPort,
      destinationPort: this.port,
      sequence,
      acknowledgment: flags & SYN ? 0 : this.expected,
      flags,
      window: this.window,
      data,
      ...(flags & SYN ? { mss: 1000, windowScale: 0 } : {}),
    });
  }
}

/** Connects and hands every segment for the guest to the clients that it concerns. */
export class Clients {
  private readonly all: TestClient[] = [];
  private nextPort = 40_000;

  constructor(private readonly guest: Guest) {
    guest.onTcp = (segment) => this.all.forEach((client) => client.handle(segment));
  }

  connect(server: string, port: number): TestClient {
    const client = new TestClient(this.guest, ipv4(server), port, this.nextPort++);
    this.all.push(client);
    return client;
  }
}
