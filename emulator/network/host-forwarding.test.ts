/** Connections and datagrams that come from the host: the guest here is a listener that answers in segments of its own. */
import { StateReader } from '../devices/snapshotable.js';
import { read16, utf8 } from './bytes.js';
import { parseArp, ARP_REQUEST, ETHERTYPE_ARP } from './ethernet.js';
import { FIRST_FORWARD_PORT, type GuestEvent, type HostAction } from './host-forwarding.js';
import { ACK, FIN, PSH, RST, SYN, seqAdd, sequenceLength, type TcpSegment } from './tcp-segment.js';
import { FakeClock } from './testing/fake-clock.js';
import { GATEWAY, GUEST, Guest } from './testing/guest.js';
import { parseUdp } from './udp.js';
import { UserNetwork } from './user-network.js';

const FROM = FIRST_FORWARD_PORT;
const ISS = 0xffff_fff0;

/** A network with a guest that listens at port 80, and says what comes. */
class Bench {
  readonly clock = new FakeClock();
  readonly events: GuestEvent[] = [];
  readonly network = new UserNetwork({ clock: this.clock, hosts: [], seed: 2, toHost: (event) => this.events.push(event) });
  readonly guest = new Guest(this.clock, this.network);
  readonly segments: TcpSegment[] = [];
  private next = ISS;
  private expected = 0;

  constructor(readonly listens = true) {
    this.guest.onTcp = (segment, source) => {
      expect(source).toBe(GATEWAY);
      this.segments.push(segment);
      const reset = (segment.flags & RST) !== 0;
      if (segment.flags & SYN) {
        this.expected = seqAdd(segment.sequence, 1);
        if (!listens) return this.say(RST | ACK, new Uint8Array(0), 0);
        this.say(SYN | ACK);
      } else if (!reset && segment.sequence === this.expected && sequenceLength(segment) > 0) {
        this.expected = seqAdd(segment.sequence, sequenceLength(segment));
        this.say(ACK);
      }
    };
  }

  say(flags: number, data: Uint8Array = new Uint8Array(0), sequence = this.next): void {
    const segment: TcpSegment = {
      sourcePort: 80,
      destinationPort: FROM,
      sequence,
      acknowledgment: this.expected,
      flags,
      window: 50_000,
      data,
      ...(flags & SYN && { mss: 1400 }),
    };
    this.next = seqAdd(this.next, sequenceLength(segment));
    this.guest.sendTcp(GATEWAY, segment);
  }

  act(action: HostAction): void {
    this.network.fromHost(action);
    this.run();
  }

  run(seconds = 0.1): void {
    this.clock.advance(seconds * 1e9);
  }

  connected(): this {
    this.guest.announce();
    this.act({ kind: 'connect', from: FROM, to: { port: 80 } });
    expect(this.events.splice(0)).toEqual([{ kind: 'connected', from: FROM }]);
    return this;
  }
}

test('a connection to the guest carries bytes both ways, and closes from either end', () => {
  const bench = new Bench().connected();
  const [syn] = bench.segments;
  expect([syn!.flags, syn!.sourcePort, syn!.destinationPort, syn!.acknowledgment, syn!.mss]).toEqual([SYN, FROM, 80, 0, 1460]);
  bench.act({ kind: 'data', from: FROM, bytes: new Uint8Array(5000).fill(7) });
  expect(bench.segments.reduce((sum, { data }) => sum + data.length, 0)).toBe(5000);
  expect(Math.max(...bench.segments.map(({ data }) => data.length))).toBe(1400);
  expect(bench.events.splice(0)).toEqual([{ kind: 'drained', from: FROM }]);
  bench.say(PSH | ACK, utf8('answer'));
  bench.say(FIN | ACK);
  bench.run();
  expect(bench.events.splice(0)).toEqual([
    { kind: 'data', from: FROM, bytes: utf8('answer') },
    { kind: 'end', from: FROM },
  ]);
  bench.act({ kind: 'end', from: FROM });
  expect(bench.segments.at(-1)!.flags & FIN).toBe(FIN);
  expect(bench.events).toEqual([{ kind: 'closed', from: FROM, reason: 'closed' }]);
});

test('a guest that does not listen, is not there, or hangs up ends the connection', () => {
  const deaf = new Bench(false);
  deaf.guest.announce();
  deaf.act({ kind: 'connect', from: FROM, to: { port: 80 } });
  expect(deaf.events).toEqual([{ kind: 'closed', from: FROM, reason: 'reset' }]);

  const absent = new Bench();
  absent.act({ kind: 'connect', from: FROM, to: { address: '10.0.2.99', port: 80 } });
  // Who it is, is asked for; nobody answers.
  const asked = absent.guest.frames.map((frame) => (read16(frame, 12) === ETHERTYPE_ARP ? parseArp(frame.subarray(14)) : undefined))[0];
  expect(asked).toMatchObject({ operation: ARP_REQUEST, targetAddress: GUEST - 15 + 99, senderAddress: GATEWAY });
  absent.run(300);
  expect(absent.events).toEqual([{ kind: 'closed', from: FROM, reason: 'timeout' }]);

  const rude = new Bench().connected();
  rude.say(RST | ACK);
  rude.run();
  expect(rude.events).toEqual([{ kind: 'closed', from: FROM, reason: 'reset' }]);
});

test('the host may hang up, and a port is one connection at a time', () => {
  const bench = new Bench().connected();
  bench.act({ kind: 'connect', from: FROM, to: { port: 80 } });
  expect(bench.events.splice(0)).toEqual([{ kind: 'closed', from: FROM, reason: 'reset' }]);
  bench.act({ kind: 'reset', from: FROM });
  expect(bench.segments.at(-1)!.flags & RST).toBe(RST);
  for (const kind of ['end', 'reset'] as const) bench.act({ kind, from: FROM });
});

test('a guest whose bytes the host does not take is made to wait', () => {
  const bench = new Bench().connected();
  const received = (): number => bench.events.reduce((sum, event) => sum + (event.kind === 'data' ? event.bytes.length : 0), 0);
  for (let sent = 0; sent < 600_000; sent += 1400) {
    bench.say(PSH | ACK, new Uint8Array(1400));
    if (sent % 28_000 === 0) bench.run();
  }
  bench.run();
  const before = received();
  expect(before).toBeGreaterThan(256 * 1024);
  expect(before).toBeLessThan(256 * 1024 + 2 * 1400);
  expect(bench.segments.at(-1)!.window).toBeLessThan(1400);
  bench.act({ kind: 'taken', from: FROM, length: before });
  expect(received()).toBeGreaterThan(before);
});

test('a restored network goes on with the connection', () => {
  const bench = new Bench().connected();
  bench.say(PSH | ACK, utf8('before'));
  bench.run();
  const state = bench.network.saveState();
  const other = new UserNetwork({ clock: bench.clock, hosts: [], seed: 2, toHost: (event) => bench.events.push(event) });
  other.receive = bench.network.receive;
  other.restoreState(new StateReader(state, 'network'));
  expect(other.saveState()).toEqual(state);
  bench.network.reset();
  bench.events.length = 0;
  Object.assign(bench.guest, { network: other });
  bench.say(PSH | ACK, utf8('after'));
  bench.run();
  expect(bench.events).toEqual([{ kind: 'data', from: FROM, bytes: utf8('after') }]);
});

test('datagrams go to the guest, and answers back to who asked', () => {
  const bench = new Bench();
  bench.guest.announce();
  const answer = (to: number): void => bench.guest.sendUdp(GATEWAY, 53, to, utf8('pong'));
  answer(FROM);
  bench.run();
  expect(bench.events).toEqual([]);
  bench.guest.frames.length = 0;
  bench.act({ kind: 'datagram', from: FROM, to: { port: 53 }, bytes: utf8('ping') });
  const [packet] = bench.guest.takePackets();
  expect(parseUdp(GATEWAY, GUEST, packet!.payload)).toEqual({ sourcePort: FROM, destinationPort: 53, data: utf8('ping') });
  answer(FROM);
  answer(FROM + 1);
  bench.run();
  expect(bench.events).toEqual([{ kind: 'datagram', from: FROM, bytes: utf8('pong') }]);
});

/** Answers what the network asks about the guest. */
function answersArp(bench: Bench): void {
  const receive = bench.network.receive;
  bench.network.receive = (frame) => {
    receive(frame);
    const asked = read16(frame, 12) === ETHERTYPE_ARP ? parseArp(frame.subarray(14)) : undefined;
    if (asked?.operation === ARP_REQUEST && asked.targetAddress === GUEST) bench.guest.announce();
  };
}

test('datagrams to a guest that has never sent anything wait until it has said where it is', () => {
  const bench = new Bench();
  answersArp(bench);
  for (const text of ['first', 'second']) bench.network.fromHost({ kind: 'datagram', from: FROM, to: { port: 53 }, bytes: utf8(text) });
  bench.run();
  expect(bench.guest.takePackets().map(({ payload }) => parseUdp(GATEWAY, GUEST, payload)?.data)).toEqual([utf8('first'), utf8('second')]);
  // A connection need not be asked for twice, either.
  const other = new Bench();
  answersArp(other);
  other.act({ kind: 'connect', from: FROM, to: { port: 80 } });
  expect(other.events).toEqual([{ kind: 'connected', from: FROM }]);
});

test('they wait no longer than a second, not in any number, and in a snapshot, too', () => {
  const sent = (bench: Bench, count: number): void => {
    for (let n = 0; n < count; n++) bench.network.fromHost({ kind: 'datagram', from: FROM, to: { port: 53 }, bytes: Uint8Array.of(n) });
  };
  const late = new Bench();
  sent(late, 3);
  late.run(1.1);
  late.guest.announce();
  late.run();
  expect(late.guest.takePackets()).toEqual([]);

  const many = new Bench();
  sent(many, 100);
  many.run();
  const state = many.network.saveState();
  const restored = new UserNetwork({ clock: many.clock, hosts: [], seed: 2 });
  restored.receive = many.network.receive;
  restored.restoreState(new StateReader(state, 'network'));
  expect(restored.saveState()).toEqual(state);
  many.guest.frames.length = 0;
  Object.assign(many.guest, { network: restored });
  many.guest.announce();
  many.run();
  expect(many.guest.takePackets().map(({ payload }) => parseUdp(GATEWAY, GUEST, payload)?.data[0])).toEqual(
    Array.from({ length: 32 }, (_, n) => 68 + n),
  );
});
