/** The name server as a guest reaches it. */
import { ipv4 } from './addresses.js';
import { concat, latin1, read8, read16, utf8 } from './bytes.js';
import { FakeClock } from './testing/fake-clock.js';
import { Guest, NAME_SERVER } from './testing/guest.js';
import { PAGE_HOST, pageServer } from './testing/page-server.js';
import { UserNetwork } from './user-network.js';

const question = (name: string, type: number): Uint8Array => {
  const labels = name.split('.').map((label) => concat(Uint8Array.of(label.length), utf8(label)));
  return concat(...labels, Uint8Array.of(0, 0, type, 0, 1));
};
const ask = (query: Uint8Array): Uint8Array | undefined => {
  const clock = new FakeClock();
  const guest = new Guest(clock, new UserNetwork({ clock, hosts: [pageServer()] }));
  guest.announce();
  guest.sendUdp(NAME_SERVER, 5000, 53, query);
  clock.advance(1e6);
  return guest.takePackets()[0]?.payload.slice(8);
};
const query = (name: string, type: number, flags = 0x01): Uint8Array =>
  concat(Uint8Array.of(0xab, 0xcd, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0), question(name, type));

it('resolves names of virtual hosts, in any case, and addresses back to names', () => {
  for (const name of [PAGE_HOST, 'www.Pages.Example']) {
    const answer = ask(query(name, 1)) ?? new Uint8Array(0);
    expect([...answer.subarray(0, 8)]).toEqual([0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1]);
    expect(latin1(answer)).toContain(latin1(question(name, 1)));
    expect([...answer.subarray(-16)]).toEqual([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 198, 51, 100, 1]);
  }
  const reverse = ask(query('1.100.51.198.in-addr.arpa', 12)) ?? new Uint8Array(0);
  expect(latin1(reverse.subarray(-15))).toBe('\x05pages\x07example\x00');
});

it('has no IPv6 address, and nothing at all for unknown names', () => {
  const rcodeAndAnswers = (bytes: Uint8Array | undefined): number[] => (bytes ? [read8(bytes, 3) & 15, read16(bytes, 6)] : []);
  expect(rcodeAndAnswers(ask(query(PAGE_HOST, 28)))).toEqual([0, 0]);
  expect(rcodeAndAnswers(ask(query('example.com', 1)))).toEqual([3, 0]);
  expect(rcodeAndAnswers(ask(query('9.100.51.198.in-addr.arpa', 12)))).toEqual([3, 0]);
  expect(rcodeAndAnswers(ask(query(PAGE_HOST, 1).subarray(0, 20)))).toEqual([1, 0]);
  expect(rcodeAndAnswers(ask(query(PAGE_HOST, 1, 0x28)))).toEqual([4, 0]);
  expect(ask(query(PAGE_HOST, 1, 0x80))).toBeUndefined();
  expect(ask(new Uint8Array(5))).toBeUndefined();
  expect(ipv4('10.0.2.3')).toBe(NAME_SERVER);
});
