/** Card, transport and network together, wired as the board wires them: a lease and a name through the rings. */
import { at } from '../testing/at.js';
import { concat } from '../../network/bytes.js';
import { FakeClock } from '../../network/testing/fake-clock.js';
import { GUEST, GUEST_MAC, Guest, GATEWAY, NAME_SERVER } from '../../network/testing/guest.js';
import { pageServer } from '../../network/testing/page-server.js';
import { UserNetwork } from '../../network/user-network.js';
import { TestDriver, TestMemory } from './testing/driver.js';
import { VirtioMmio } from './virtio-mmio.js';
import { VirtioNet } from './virtio-net.js';

it('leases an address and resolves the name of a host through the card, interrupting for each frame', () => {
  const clock = new FakeClock();
  const memory = new TestMemory();
  const network = new UserNetwork({ clock, hosts: [pageServer()], seed: 7 });
  const interrupts: number[] = [];
  const device = new VirtioNet({ mac: '52:55:00:d1:55:01', network });
  const interrupt = { set: (level: boolean) => void (level && interrupts.push(clock.now())) };
  const mmio = new VirtioMmio({ clock, memory, interrupt, device });
  const driver = new TestDriver(mmio, memory, false);
  driver.initialize();
  for (let i = 0; i < 16; i++) driver.offer(2048);
  // The guest's packets, formed by the test's station, go through the rings instead of straight into the network.
  const guest = new Guest(clock, { transmit: (frame) => driver.transmit(frame), receive: () => undefined });

  const discover = new Uint8Array(244);
  discover.set([1, 1, 6, 0, 1, 2, 3, 4]);
  discover.set(GUEST_MAC, 28);
  discover.set([99, 130, 83, 99, 53, 1, 1, 255], 236);
  guest.sendUdp(0xffffffff, 68, 67, discover, 0);
  interrupts.length = 0;
  expect(driver.received()).toEqual([]);
  clock.advance(1e6);
  const { frame: offer } = at(driver.received());
  expect([...offer.subarray(58, 62)]).toEqual([10, 0, 2, GUEST & 255]);
  expect(interrupts).toEqual([50_000]);

  guest.announce();
  const labels = ['pages', 'example'].map((label) => Uint8Array.from([label.length, ...Buffer.from(label)]));
  const query = concat(Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...labels, Uint8Array.of(0, 0, 1, 0, 1));
  guest.sendUdp(NAME_SERVER, 5000, 53, query);
  clock.advance(1e6);
  const { frame: answer } = at(driver.received());
  expect([...answer.subarray(-4)]).toEqual([198, 51, 100, 1]);
  expect([...answer.subarray(6, 12)]).toEqual([0x52, 0x55, ...[24, 16, 8, 0].map((shift) => (GATEWAY >>> shift) & 255)]);
});
