/** A network that goes on from its state answers a guest, frame by frame, as the first one did. */
import { StateReader, type State } from '../devices/snapshotable.js';
import { encodeState } from '../machine/snapshot/encoding.js';
import { ipv4 } from './addresses.js';
import { utf8 } from './bytes.js';
import { httpService, textResponse } from './http-server.js';
import { SeededRandom } from './random.js';
import { FakeClock } from './testing/fake-clock.js';
import { Clients, Guest } from './testing/guest.js';
import { PAGE_PATH, pageServer } from './testing/page-server.js';
import { UserNetwork } from './user-network.js';

const SECOND = 1e9;
const END = 15 * SECOND;

/** A state, and how many frames had gone either way before it. */
interface Moment {
  time: number;
  state: State;
  sent: number;
  given: number;
}

interface Frame {
  time: number;
  /** Frames that the guest had been given before. */
  after: number;
  bytes: Uint8Array;
}

function makeNetwork(clock: FakeClock): UserNetwork {
  const large = httpService(({ path }) => textResponse(200, path.repeat(20_000)));
  return new UserNetwork({ clock, seed: 3, hosts: [pageServer(), { names: ['large.example'], tcp: new Map([[80, large]]) }] });
}

const request = (path: string, more = ''): Uint8Array => utf8(`GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`);

/** A guest on a bad cable that asks for small and large pages, in pieces, and sends datagrams that come in fragments. */
function live(seed: number): { sent: Frame[]; given: Frame[]; saved: Moment[] } {
  const clock = new FakeClock();
  const network = makeNetwork(clock);
  const guest = new Guest(clock, network, seed, { lose: 4, repeat: 4, delay: 10 });
  const sent: Frame[] = [];
  const given: Frame[] = [];
  const saved: Moment[] = [];
  const save = (): void => void saved.push({ time: clock.now(), state: network.saveState(), sent: sent.length, given: given.length });
  const [transmit, receive] = [network.transmit.bind(network), network.receive];
  network.transmit = (bytes) => {
    sent.push({ time: clock.now(), after: given.length, bytes: bytes.slice() });
    transmit(bytes);
  };
  network.receive = (bytes) => {
    given.push({ time: clock.now(), after: 0, bytes: bytes.slice() });
    receive(bytes);
  };
  guest.announce();
  const clients = new Clients(guest);
  const random = new SeededRandom(seed);
  while (clock.now() < END) {
    const client = clients.connect(`198.51.100.${1 + random.below(2)}`, 80);
    const bytes = request(random.below(2) ? PAGE_PATH : '/large', random.below(3) === 0 ? 'Content-Length: 3\r\n' : '');
    const cut = random.below(bytes.length);
    client.send(bytes.slice(0, cut));
    clock.advance(random.below(SECOND));
    save();
    client.send(bytes.slice(cut));
    if (random.below(2)) client.close();
    guest.sendUdp(ipv4('198.51.100.1'), 5000, 7, new Uint8Array(4000));
    clock.advance(random.below(SECOND / 10));
    save();
  }
  return { sent, given, saved };
}

/** What a network from that state gives to the guest, when the guest sends what it sent then. */
function goOn({ time, state, given: before }: Moment, sent: readonly Frame[]): Frame[] {
  const clock = new FakeClock();
  clock.advance(time);
  const network = makeNetwork(clock);
  network.restoreState(new StateReader(state, 'network'));
  expect(Buffer.compare(encodeState(network.saveState()), encodeState(state))).toBe(0);
  const given: Frame[] = [];
  let next = 0;
  const sendDue = (): void => {
    while (sent[next]?.time === clock.now() && sent[next]!.after <= before + given.length) network.transmit(sent[next++]!.bytes.slice());
  };
  network.receive = (bytes) => {
    given.push({ time: clock.now(), after: 0, bytes: bytes.slice() });
    sendDue();
  };
  while (next < sent.length) {
    clock.advance(sent[next]!.time - clock.now());
    sendDue();
  }
  return given;
}

/** Jest's own comparison takes seconds for arrays of bytes. */
const inText = (frames: readonly Frame[]): string[] => frames.map(({ time, bytes }) => `${time} ${Buffer.from(bytes).toString('base64')}`);

it.each([1, 2, 3])('goes on from any moment of a lossy conversation: seed %i', (seed) => {
  const { sent, given, saved } = live(seed);
  const random = new SeededRandom(seed);
  let compared = 0;
  for (let i = 0; i < 10; i++) {
    const at = random.below(saved.length - 1);
    const moment = saved[at]!;
    const piece = sent.slice(moment.sent, saved[Math.min(at + 8, saved.length - 1)]!.sent);
    const last = piece.at(-1)?.time ?? 0;
    const untilLast = (frames: readonly Frame[]): string[] => inText(frames.filter(({ time }) => time < last));
    const wanted = untilLast(given.slice(moment.given));
    expect(untilLast(goOn(moment, piece))).toEqual(wanted);
    compared += wanted.length;
  }
  expect(compared).toBeGreaterThan(500);
});

it('refuses numbers of a connection that lead nowhere', () => {
  const { saved } = live(1);
  const state = saved.map((each) => each.state).find(({ tcp }) => (tcp as { connections: State[] }).connections.length > 0)!;
  const tcp = state['tcp'] as { connections: { connection: { sender: State } }[] };
  const first = tcp.connections[0]!;
  const sender = { ...first.connection.sender, next: 0, highest: 5_000_000 };
  const damaged = { ...state, tcp: { ...tcp, connections: [{ ...first, connection: { ...first.connection, sender } }] } };
  const network = makeNetwork(new FakeClock());
  expect(() => network.restoreState(new StateReader(damaged, 'network'))).toThrow('out of order; take a new one');
});
