/** Frames that no honest guest would send: the network must neither throw nor loop nor grow. */
import { at } from '../devices/testing/at.js';
import { hostileWalk } from '../devices/testing/walk.js';
import { ipv4, stationMac } from './addresses.js';
import { checksum, concat, pseudoHeader, read32, write16 } from './bytes.js';
import { SeededRandom } from './random.js';
import { parseTcp } from './tcp-segment.js';
import { MAX_CONNECTIONS } from './tcp-stack.js';
import { FakeClock } from './testing/fake-clock.js';
import { Clients, GATEWAY, GUEST, GUEST_MAC, NAME_SERVER, Guest } from './testing/guest.js';
import { hostileGuest } from './testing/hostile.js';
import { PAGE_PATH, pageServer } from './testing/page-server.js';
import { UserNetwork } from './user-network.js';

const TARGETS = ['10.0.2.2', '10.0.2.3', '198.51.100.1', '198.51.100.1', '8.8.8.8', '255.255.255.255'].map(ipv4);
const REQUEST = Uint8Array.from(Buffer.from(`GET ${PAGE_PATH} HTTP/1.1\r\nHost: pages.example\r\n\r\n`));

function randomBytes(random: SeededRandom, length: number): Uint8Array {
  return new Uint8Array(length).map(() => random.next());
}

/** A packet that is right in most fields, so that it gets deep, with correct checksums more often than not. */
function packet(random: SeededRandom): Uint8Array {
  const pick = <T>(choices: readonly T[]): T => at(choices, random.below(choices.length));
  const destination = pick(TARGETS);
  const protocol = pick([1, 6, 6, 6, 17, 17, random.below(256)]);
  const data = random.below(3) === 0 ? REQUEST.slice(0, random.below(REQUEST.length + 1)) : randomBytes(random, random.below(600));
  let payload = data;
  if (protocol === 6) {
    payload = concat(randomBytes(random, 20), data);
    write16(payload, 0, 5000 + random.below(3));
    write16(payload, 2, pick([80, 80, 80, 53]));
    payload.set([0, 0, 0, random.below(200)], 4);
    payload[12] = pick([0x50, 0x50, 0x50, 0x60, random.below(256)]);
    payload[13] = pick([2, 16, 16, 24, 17, 4, random.below(256)]);
    write16(payload, 16, 0);
    write16(payload, 16, checksum(pseudoHeader(GUEST, destination, 6, payload.length), payload));
  } else if (protocol === 17) {
    payload = concat(Uint8Array.of(0x13, 0x88, 0, pick([53, 67, 7, 9]), 0, 0, 0, 0), data);
    write16(payload, 4, pick([payload.length, payload.length, random.below(65536)]));
    if (payload.length >= 12 && random.below(2) === 0) payload.set([1, 1, 6, 0], 8);
  } else if (protocol === 1 && payload.length >= 8) {
    payload = payload.slice();
    payload.set([8, 0, 0, 0]);
    write16(payload, 2, checksum(payload));
  }
  const header = new Uint8Array(20);
  header.set([pick([0x45, 0x45, 0x45, 0x46, random.below(256)]), 0]);
  write16(header, 2, pick([20 + payload.length, 20 + payload.length, random.below(65536)]));
  write16(header, 4, random.below(8));
  write16(header, 6, pick([0, 0, 0, 0, random.below(65536), 0x2000]));
  header[8] = pick([64, 64, 64, 1, 0]);
  header[9] = protocol;
  header.set([10, 0, 2, 15], 12);
  header.set([destination >>> 24, destination >>> 16, destination >>> 8, destination], 16);
  write16(header, 10, checksum(header));
  return concat(header, payload);
}

it('survives 10000 hostile frames and still serves', () => {
  const random = new SeededRandom(1);
  const clock = new FakeClock();
  let pages = 0;
  const network = new UserNetwork({ clock, hosts: [pageServer(() => pages++)] });
  const guest = new Guest(clock, network);
  let acknowledgment = 0;
  const clients = new Clients(guest);
  const forClients = guest.onTcp;
  guest.onTcp = (segment, source) => {
    acknowledgment = segment.sequence + 1;
    forClients(segment, source);
  };
  guest.announce();
  for (let i = 0; i < 10_000; i++) {
    const body = random.below(10) === 0 ? randomBytes(random, random.below(80)) : packet(random);
    // Half the segments acknowledge something that was really sent, so that connections open.
    if (body[9] === 6 && body.length >= 40 && random.below(2) === 0) {
      const ack = acknowledgment >>> 0;
      body.set([ack >>> 24, ack >>> 16, ack >>> 8, ack], 28);
      write16(body, 36, 0);
      const destination = read32(body, 16);
      write16(body, 36, checksum(pseudoHeader(GUEST, destination, 6, body.length - 20), body.subarray(20)));
    }
    const type = random.below(12) === 0 ? [8, 6] : random.below(20) === 0 ? [random.below(256), random.below(256)] : [8, 0];
    network.transmit(concat(stationMac(GATEWAY), GUEST_MAC, Uint8Array.from(type), body));
    if (i % 16 === 0) clock.advance(random.below(2) === 0 ? 1e5 : 3e8);
    if (i % 500 === 0) guest.frames.length = 0;
    if (i % 2000 === 0) {
      const honest = clients.connect('198.51.100.1', 80);
      honest.send(REQUEST);
      honest.close();
    }
  }
  clock.advance(5e9);
  // The honest clients in between were served; the network still answers; no timer is left when all have timed out.
  expect(pages).toBeGreaterThanOrEqual(5);
  clock.advance(1e6);
  guest.frames.length = 0;
  guest.sendUdp(NAME_SERVER, 5000, 53, Uint8Array.of(1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1));
  clock.advance(1e6);
  expect(guest.takePackets().filter((p) => p.source === NAME_SERVER)).toHaveLength(1);
  clock.advance(3000e9);
  // Connections that were established and then left alone stay, as anywhere: but no timer does.
  expect(clock.pending).toBeLessThanOrEqual(MAX_CONNECTIONS);
  network.reset();
  expect(clock.pending).toBe(0);
});

it('survives a guest that opens connections to misuse them, and goes on from any state', () => {
  expect(hostileWalk(hostileGuest, 2, 6000).reached).toBeGreaterThan(5);
});

it('parses no TCP header out of noise', () => {
  const random = new SeededRandom(5);
  let parsed = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = randomBytes(random, random.below(64));
    if (parseTcp(GUEST, GATEWAY, bytes)) parsed++;
    const sum = checksum(
      pseudoHeader(GUEST, GATEWAY, 6, bytes.length),
      bytes.length < 18
        ? bytes
        : ((): Uint8Array => {
            write16(bytes, 16, 0);
            return bytes;
          })(),
    );
    if (bytes.length >= 18) write16(bytes, 16, sum);
    parseTcp(GUEST, GATEWAY, bytes);
  }
  expect(parsed).toBeLessThan(20);
});
