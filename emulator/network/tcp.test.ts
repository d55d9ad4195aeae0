/** TCP between the test's own client and virtual hosts, over cables good and bad. */
import { at } from '../devices/testing/at.js';
import { ipv4 } from './addresses.js';
import { latin1, utf8 } from './bytes.js';
import { SeededRandom } from './random.js';
import { ACK, FIN, RST, SYN, parseTcp } from './tcp-segment.js';
import type { TcpSegment } from './tcp-segment.js';
import { MAX_CONNECTIONS } from './tcp-stack.js';
import { FakeClock } from './testing/fake-clock.js';
import { Clients, Guest } from './testing/guest.js';
import type { Cable } from './testing/guest.js';
import { UserNetwork } from './user-network.js';
import type { TcpConnection, TcpService } from './virtual-host.js';

const HOST = '198.51.100.1';

const echo: TcpService = (connection) => {
  connection.onData = (data) => connection.write(data);
  connection.onEnd = () => connection.end();
};

function start(service: TcpService, cable?: Cable, seed = 1) {
  const clock = new FakeClock();
  const network = new UserNetwork({ clock, hosts: [{ names: ['host.example'], tcp: new Map([[80, service]]) }], seed });
  const guest = new Guest(clock, network, seed, cable);
  network.transmit(new Uint8Array(0));
  guest.announce();
  return { clock, network, guest, clients: new Clients(guest) };
}

function pattern(length: number, seed: number): Uint8Array {
  const random = new SeededRandom(seed);
  return new Uint8Array(length).map(() => random.next());
}

/** Jest's own comparison takes seconds for arrays of this size. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Segments sent to the guest since last asked. */
function segments(guest: Guest): TcpSegment[] {
  return guest.takePackets().map((packet) => {
    const segment = parseTcp(packet.source, packet.destination, packet.payload);
    if (!segment) throw new Error('damaged segment');
    return segment;
  });
}

const segment = (fields: Partial<TcpSegment>): TcpSegment => ({
  sourcePort: 3000,
  destinationPort: 80,
  sequence: 1000,
  acknowledgment: 0,
  flags: SYN,
  window: 8000,
  data: new Uint8Array(0),
  ...fields,
});

it('echoes and closes both ways over a good cable', () => {
  const { clock, clients } = start(echo);
  const client = clients.connect(HOST, 80);
  const data = pattern(300_000, 5);
  client.send(data);
  client.close();
  clock.advance(5e9);
  expect(same(client.received.slice(0, 1e6), data)).toBe(true);
  expect(client.done).toBe(true);
});

it.each([...Array(12).keys()])('loses nothing when the cable loses, repeats and reorders (seed %i)', (seed) => {
  const { clock, clients } = start(echo, { lose: 12, repeat: 8, delay: 15 }, seed + 1);
  const all = [1, 2, 3].map(() => clients.connect(HOST, 80));
  const data = all.map((_, i) => pattern(20_000 + 3000 * i, seed * 10 + i));
  all.forEach((client, i) => client.send(at(data, i)));
  all.forEach((client) => client.close());
  for (let second = 0; second < 400 && !all.every((client) => client.done); second++) clock.advance(1e9);
  all.forEach((client, i) => expect(same(client.received.slice(0, 1e6), at(data, i))).toBe(true));
  expect(all.map((client) => client.ended)).toEqual([true, true, true]);
});

it('runs the same twice', () => {
  const run = (): string[] => {
    const { clock, clients, guest } = start(echo, { lose: 20, repeat: 10, delay: 20 }, 9);
    const client = clients.connect(HOST, 80);
    client.send(pattern(5000, 1));
    client.close();
    clock.advance(100e9);
    return guest.frames.map((frame) => latin1(frame));
  };
  expect(run()).toEqual(run());
});

it('refuses closed ports and absent hosts with the reset that QEMU sends', () => {
  const { clock, guest } = start(echo);
  for (const address of ['10.0.2.2', '8.8.8.8', HOST]) {
    guest.sendTcp(ipv4(address), segment({ destinationPort: 9 }));
    clock.advance(1e6);
    const packet = at(guest.takePackets());
    const reset = parseTcp(packet.source, packet.destination, packet.payload);
    expect(packet.source).toBe(ipv4(address));
    expect(reset).toMatchObject({ flags: RST | ACK, sequence: 0, acknowledgment: 1001 });
    guest.sendTcp(ipv4(address), segment({ destinationPort: 9, flags: ACK, acknowledgment: 5 }));
    guest.sendTcp(ipv4(address), segment({ destinationPort: 9, flags: RST }));
    clock.advance(1e6);
    expect(segments(guest)).toMatchObject([{ flags: RST, sequence: 5 }]);
  }
});

it('answers SYN with its segment size, scales only when asked, and repeats itself a few times before giving up', () => {
  const { clock, guest } = start(echo);
  guest.sendTcp(ipv4(HOST), segment({ mss: 1460 }));
  clock.advance(1e6);
  const plain = at(segments(guest));
  expect(plain).toMatchObject({ flags: SYN | ACK, acknowledgment: 1001, window: 65535, mss: 1460 });
  expect(plain.windowScale).toBeUndefined();
  guest.sendTcp(ipv4(HOST), segment({ sourcePort: 3001, windowScale: 7 }));
  clock.advance(1e6);
  expect(at(segments(guest)).windowScale).toBe(0);
  clock.advance(200e9);
  const repeats = segments(guest).filter((s) => s.destinationPort === 3000);
  expect(repeats.map((s) => s.flags)).toEqual([...Array<number>(5).fill(SYN | ACK), RST | ACK]);
  expect(clock.pending).toBe(0);
});

it('respects the guest’s segment size and window, and probes a closed window until it opens', () => {
  let server: TcpConnection | undefined;
  const { clock, guest } = start((connection) => void (server = connection));
  const to = (fields: Partial<TcpSegment>): void => guest.sendTcp(ipv4(HOST), segment({ flags: ACK, ...fields }));
  guest.sendTcp(ipv4(HOST), segment({ mss: 500, window: 1200 }));
  clock.advance(1e6);
  const { sequence } = at(segments(guest));
  const first = sequence + 1;
  to({ sequence: 1001, acknowledgment: first, window: 1200 });
  server?.write(pattern(3000, 3));
  clock.advance(1e6);
  expect(segments(guest).map((s) => s.data.length)).toEqual([500, 500]);
  to({ sequence: 1001, acknowledgment: first + 1000, window: 0 });
  clock.advance(30e9);
  const probes = segments(guest);
  expect(probes.length).toBeGreaterThan(3);
  expect(new Set(probes.map((s) => `${s.sequence - first}+${s.data.length}`))).toEqual(new Set(['1000+1']));
  to({ sequence: 1001, acknowledgment: first + 1000, window: 8000 });
  clock.advance(1e6);
  const rest = segments(guest);
  expect(rest[0]).toMatchObject({ sequence: first + 1000 });
  expect(at(rest).data.length).toBe(500);
});

it('retransmits at once after three duplicate acknowledgments', () => {
  let server: TcpConnection | undefined;
  const { clock, guest } = start((connection) => void (server = connection));
  guest.sendTcp(ipv4(HOST), segment({ mss: 500, window: 60000 }));
  clock.advance(1e6);
  const { sequence } = at(segments(guest));
  const duplicate = segment({ flags: ACK, sequence: 1001, acknowledgment: sequence + 1, window: 60000 });
  guest.sendTcp(ipv4(HOST), duplicate);
  server?.write(pattern(2500, 3));
  clock.advance(1e6);
  expect(segments(guest)).toHaveLength(5);
  for (let i = 0; i < 3; i++) guest.sendTcp(ipv4(HOST), duplicate);
  clock.advance(1e6);
  const again = at(segments(guest));
  expect(again.sequence).toBe(sequence + 1);
  expect(again.data.length).toBe(500);
});

it('keeps what comes early: the missing piece acknowledges all of it', () => {
  const got: string[] = [];
  const { clock, guest } = start((connection) => void (connection.onData = (data) => got.push(latin1(data))));
  guest.sendTcp(ipv4(HOST), segment({}));
  clock.advance(1e6);
  const { sequence } = at(segments(guest));
  const to = (at: number, text: string): void =>
    guest.sendTcp(ipv4(HOST), segment({ flags: ACK, sequence: at, acknowledgment: sequence + 1, data: utf8(text) }));
  to(1007, 'ghi');
  to(1004, 'defg');
  expect(got).toEqual([]);
  to(1001, 'abc');
  clock.advance(1e6);
  expect(got.join('')).toBe('abcdefghi');
  expect(segments(guest).map((s) => s.acknowledgment)).toEqual([1001, 1001, 1010]);
});

it('closes the window of a paused reader, and opens it again', () => {
  let server: TcpConnection | undefined;
  let got = 0;
  const { clock, clients } = start((connection) => {
    server = connection;
    connection.onData = (data) => (got += data.length);
    connection.pause();
  });
  const client = clients.connect(HOST, 80);
  client.send(pattern(100_000, 1));
  clock.advance(3e9);
  expect(got).toBe(0);
  expect(client.flushed).toBe(false);
  server?.resume();
  clock.advance(5e9);
  expect(got).toBe(100_000);
  expect(client.flushed).toBe(true);
});

it('lets the guest half-close, and tells the service how a connection ended', () => {
  const ends: string[] = [];
  let server: TcpConnection | undefined;
  const { clock, clients, guest, network } = start((connection) => {
    server = connection;
    connection.onEnd = () => ends.push('end');
    connection.onClose = (reason) => ends.push(reason);
  });
  const client = clients.connect(HOST, 80);
  client.close();
  clock.advance(1e9);
  expect(ends).toEqual(['end']);
  server?.write(utf8('still here'));
  server?.end();
  clock.advance(1e9);
  expect(latin1(client.received.slice(0, 100))).toBe('still here');
  expect(ends).toEqual(['end', 'closed']);

  ends.length = 0;
  clients.connect(HOST, 80);
  clock.advance(1e9);
  server?.reset();
  expect(ends).toEqual(['reset']);
  ends.length = 0;
  clients.connect(HOST, 80);
  clock.advance(1e9);
  guest.cable = { lose: 100, repeat: 0, delay: 0 };
  server?.write(utf8('anyone?'));
  clock.advance(2000e9);
  expect(ends).toEqual(['timeout']);
  network.reset();
});

it('passes TIME_WAIT after closing first, and forgets it', () => {
  const { clock, clients, guest } = start((connection) => connection.end());
  const client = clients.connect(HOST, 80);
  clock.advance(1e9);
  expect(client.ended).toBe(true);
  client.close();
  clock.advance(1e9);
  expect(client.done).toBe(true);
  guest.frames.length = 0;
  // A late copy of the guest's FIN is acknowledged again.
  const late = segment({ sourcePort: client.localPort, flags: FIN | ACK, sequence: 0xffff_ff01, acknowledgment: 0 });
  guest.sendTcp(ipv4(HOST), late);
  clock.advance(1e6);
  expect(segments(guest)).toMatchObject([{ flags: ACK }]);
  clock.advance(61e9);
  guest.sendTcp(ipv4(HOST), late);
  clock.advance(1e6);
  expect(segments(guest)).toMatchObject([{ flags: RST }]);
});

it('resets only on the exact number, and challenges guesses', () => {
  const ends: string[] = [];
  const { clock, guest } = start((connection) => void (connection.onClose = (reason) => ends.push(reason)));
  guest.sendTcp(ipv4(HOST), segment({}));
  clock.advance(1e6);
  const { sequence } = at(segments(guest));
  guest.sendTcp(ipv4(HOST), segment({ flags: ACK, sequence: 1001, acknowledgment: sequence + 1 }));
  guest.sendTcp(ipv4(HOST), segment({ flags: RST, sequence: 1500 }));
  clock.advance(1e6);
  expect(segments(guest)).toMatchObject([{ flags: ACK, acknowledgment: 1001 }]);
  expect(ends).toEqual([]);
  guest.sendTcp(ipv4(HOST), segment({ flags: RST, sequence: 1001 }));
  expect(ends).toEqual(['reset']);
});

it('bounds the number of connections', () => {
  const { clock, guest } = start(echo);
  for (let i = 0; i < MAX_CONNECTIONS + 10; i++) guest.sendTcp(ipv4(HOST), segment({ sourcePort: 1000 + i }));
  clock.advance(1e6);
  const flags = segments(guest).map((s) => s.flags);
  expect(flags.filter((f) => f === (SYN | ACK))).toHaveLength(MAX_CONNECTIONS);
  expect(flags.filter((f) => f === (RST | ACK))).toHaveLength(10);
});
