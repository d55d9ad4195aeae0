/** The transport and the card, driven as a guest's driver drives them. Register values marked so are QEMU 7.2's. */
import { at } from '../testing/at.js';
import type { EthernetNetwork } from '../../network/link.js';
import { SeededRandom } from '../../network/random.js';
import { FakeClock } from '../../network/testing/fake-clock.js';
import { TestDriver, TestMemory } from './testing/driver.js';
import { VirtioMmio } from './virtio-mmio.js';
import { VirtioNet } from './virtio-net.js';

const MAC = '52:55:00:d1:55:01';

class Cable implements EthernetNetwork {
  readonly sent: Uint8Array[] = [];
  receive: (frame: Uint8Array) => void = () => undefined;
  transmit(frame: Uint8Array): void {
    this.sent.push(frame);
  }
}

function start(modern = false) {
  const clock = new FakeClock();
  const memory = new TestMemory();
  const cable = new Cable();
  const line = { level: false, set: (level: boolean) => void (line.level = level) };
  const faults: string[] = [];
  const device = new VirtioNet({ mac: MAC, network: cable });
  const mmio = new VirtioMmio({ clock, memory, interrupt: line, device, modern, onFault: (reason) => faults.push(reason) });
  return { clock, memory, cable, line, faults, mmio, device, driver: new TestDriver(mmio, memory, modern) };
}

const frame = (length: number, first = 0x52): Uint8Array => new Uint8Array(length).map((_, i) => (i === 0 ? first : i * 5));

describe('registers', () => {
  it('of an empty slot read as QEMU’s', () => {
    const line = { set: () => undefined };
    for (const modern of [false, true]) {
      const slot = new VirtioMmio({ clock: new FakeClock(), memory: new TestMemory(), interrupt: line, modern });
      const values = Array.from({ length: 0x80 }, (_, i) => slot.read(4 * i, 4));
      expect(values.slice(0, 4)).toEqual([0x74726976, modern ? 2 : 1, 0, 0x554d4551]);
      expect(values.slice(4).every((value) => value === 0)).toBe(true);
      slot.write(0x70, 15, 4);
      expect(slot.read(0x70, 4)).toBe(0);
    }
  });

  it('of the card read as QEMU’s, in both versions', () => {
    const read = (modern: boolean, offset: number, select?: number): number => {
      const { mmio } = start(modern);
      if (select !== undefined) mmio.write(0x14, select, 4);
      return mmio.read(offset, 4);
    };
    expect([0, 4, 8, 12].map((offset) => read(false, offset))).toEqual([0x74726976, 1, 1, 0x554d4551]);
    expect([read(false, 0x10, 0), read(false, 0x10, 1), read(false, 0x10, 2)]).toEqual([0x39bf8064, 0, 0]);
    // QEMU adds bit 40 (queue reset), for which the memory-mapped transport has no register.
    expect([read(true, 0x10, 0), read(true, 0x10, 1), read(true, 0x10, 2)]).toEqual([0x30bf8024, 1, 1]);
    expect([0xb0, 0xb4, 0x100, 0x104, 0x108].map((offset) => read(false, offset))).toEqual([
      0xffffffff, 0xffffffff, 0xd1005552, 0x00010155, 0xffffffff,
    ]);
    const { mmio } = start();
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => mmio.read(0x100 + i, 1))).toEqual([0x52, 0x55, 0, 0xd1, 0x55, 1, 1, 0, 0xff]);
    expect([mmio.read(0x106, 2), mmio.read(0x106, 4), mmio.read(0, 1), mmio.read(0, 2)]).toEqual([1, 0xffffffff, 0, 0]);
    const queueMax = [0, 1, 2, 3, 5].map((queue) => (mmio.write(0x30, queue, 4), mmio.read(0x34, 4)));
    expect(queueMax).toEqual([1024, 1024, 1024, 0, 0]);
    mmio.write(0x30, 2, 4);
    mmio.write(0x30, 2000, 4);
    expect(mmio.read(0x34, 4)).toBe(1024);
  });

  it('keep a legacy queue’s page number, and reset the device when 0 is written to it, as QEMU does', () => {
    const { mmio } = start();
    mmio.write(0x28, 4096, 4);
    for (const queue of [0, 1]) {
      mmio.write(0x30, queue, 4);
      mmio.write(0x38, 256, 4);
      mmio.write(0x40, 0x41000 + queue, 4);
    }
    mmio.write(0x70, 7, 4);
    expect([mmio.read(0x40, 4), mmio.read(0x70, 4)]).toEqual([0x41001, 7]);
    mmio.write(0x40, 0, 4);
    expect([mmio.read(0x40, 4), mmio.read(0x70, 4)]).toEqual([0, 0]);
    mmio.write(0x30, 0, 4);
    expect(mmio.read(0x40, 4)).toBe(0);
    // A page size that is no power of two counts by its lowest bit.
    mmio.write(0x28, 3, 4);
    mmio.write(0x40, 0x1000, 4);
    expect(mmio.read(0x40, 4)).toBe(0x1000);
  });

  it('of a modern device: status, readiness of queues, nothing of the legacy ones', () => {
    const { mmio } = start(true);
    mmio.write(0x70, 3, 4);
    mmio.write(0x20, 0x20, 4);
    mmio.write(0x24, 1, 4);
    mmio.write(0x20, 1, 4);
    mmio.write(0x70, 11, 4);
    expect([mmio.read(0x70, 4), mmio.features]).toEqual([11, (1n << 32n) | 0x20n]);
    mmio.write(0x38, 256, 4);
    mmio.write(0x80, 0x4100_0000, 4);
    expect([mmio.read(0x44, 4), mmio.read(0x80, 4), mmio.read(0x40, 4)]).toEqual([0, 0, 0]);
    mmio.write(0x44, 1, 4);
    expect(mmio.read(0x44, 4)).toBe(1);
    mmio.write(0x70, 0, 4);
    expect([mmio.read(0x44, 4), mmio.read(0x70, 4), mmio.features]).toEqual([0, 0, 0n]);
  });
});

describe.each([false, true])('the card (modern: %s)', (modern) => {
  it('sends frames from chained and from indirect descriptors, and raises its interrupt', () => {
    const { driver, cable, line, mmio } = start(modern);
    driver.initialize();
    driver.transmit(frame(60));
    expect(cable.sent).toEqual([frame(60)]);
    expect([line.level, mmio.read(0x60, 4)]).toEqual([true, 1]);
    mmio.write(0x64, 1, 4);
    expect([line.level, mmio.read(0x60, 4)]).toEqual([false, 0]);
    driver.transmit(frame(1514), { pieces: 7 });
    driver.transmit(frame(700), { pieces: 5, indirect: true });
    expect(cable.sent.slice(1)).toEqual([frame(1514), frame(700)]);
    expect(driver.used(1)).toEqual([0, 0, 0].map((written, i) => ({ head: driver.heads[i], written })));
  });

  it('delivers frames into one buffer, or merged into several', () => {
    const { driver, cable } = start(modern);
    driver.initialize();
    driver.offer(2048);
    cable.receive(frame(100));
    expect(driver.received()).toEqual([{ buffers: 1, frame: frame(100) }]);
    for (let i = 0; i < 4; i++) driver.offer(512);
    cable.receive(frame(1500));
    expect(driver.received()).toEqual([{ buffers: 3, frame: frame(1500) }]);
  });

  it('keeps frames until there are buffers, in order, and loses those beyond its backlog', () => {
    const { driver, cable } = start(modern);
    driver.initialize();
    for (let i = 0; i < 300; i++) cable.receive(frame(60 + i));
    for (let i = 0; i < 120; i++) driver.offer(600);
    expect(driver.received().map((r) => r.frame.length)).toEqual(Array.from({ length: 120 }, (_, i) => 60 + i));
    for (let i = 0; i < 200; i++) driver.offer(600);
    expect(driver.received().map((r) => r.frame.length)).toEqual(Array.from({ length: 136 }, (_, i) => 180 + i));
  });

  it('filters by address and VLAN as its driver asks over the control queue', () => {
    const { driver, cable } = start(modern);
    driver.initialize();
    const passes = (...head: number[]): boolean => {
      const bytes = frame(60);
      bytes.set(head);
      driver.offer(2048);
      const before = driver.used(0).length;
      cable.receive(bytes);
      return driver.used(0).length > before;
    };
    const mine = [0x52, 0x55, 0, 0xd1, 0x55, 1];
    const other = [0x52, 0x55, 0, 0xd1, 0x55, 2];
    const group = [1, 0, 0x5e, 0, 0, 1];
    const all = [255, 255, 255, 255, 255, 255];
    expect([mine, other, group, all].map((head) => passes(...head))).toEqual([true, true, true, true]);
    expect(driver.control(0, 0, [0])).toBe(0); // promiscuous off
    expect([mine, other, group, all].map((head) => passes(...head))).toEqual([true, false, false, true]);
    expect(driver.control(1, 0, [1, 0, 0, 0, ...other, 1, 0, 0, 0, ...group])).toBe(0);
    expect([mine, other, group, all].map((head) => passes(...head))).toEqual([true, true, true, true]);
    expect(driver.control(0, 5, [1])).toBe(0); // no broadcast
    expect(passes(...all)).toBe(false);
    const tagged = [...mine, 2, 2, 2, 2, 2, 2, 0x81, 0, 0, 9];
    expect(passes(...tagged)).toBe(false);
    expect(driver.control(2, 0, [9, 0])).toBe(0);
    expect(passes(...tagged)).toBe(true);
    expect(driver.control(1, 1, other)).toBe(0); // new own address
    expect(driver.macAddress()).toEqual(other);
    for (const bad of [
      [0, 9, [1]],
      [1, 0, [9, 0, 0, 0]],
      [2, 0, [0, 16]],
      [3, 0, []],
      [4, 0, [1, 0]],
      [5, 0, [1, 0, 0, 0, 0, 0, 0, 0]],
      [77, 1, []],
    ] as const) {
      expect(driver.control(bad[0], bad[1], [...bad[2]])).toBe(1);
    }
    expect(driver.control(5, 0, [0, 0, 0, 0, 0, 0, 0, 0])).toBe(0);
  });

  it('stays silent before DRIVER_OK, and after a reset', () => {
    const { driver, cable, mmio, line } = start(modern);
    driver.initialize({ driverOk: false });
    driver.offer(2048);
    driver.transmit(frame(60));
    cable.receive(frame(60));
    expect([cable.sent.length, driver.used(0).length, line.level]).toEqual([0, 0, false]);
    mmio.write(0x70, modern ? 15 : 7, 4);
    driver.notify(1);
    expect(cable.sent).toHaveLength(1);
    mmio.write(0x70, 0, 4);
    expect([line.level, mmio.read(0x60, 4)]).toEqual([false, 0]);
    driver.notify(1);
    cable.receive(frame(60));
    expect([cable.sent.length, line.level]).toEqual([1, false]);
  });

  it('sends a long burst in parts, all of it', () => {
    const { driver, cable, clock } = start(modern);
    driver.initialize();
    for (let i = 0; i < 300; i++) driver.transmit(frame(60), { quiet: true });
    driver.notify(1);
    expect(cable.sent).toHaveLength(256);
    clock.advance(1e6);
    expect(cable.sent).toHaveLength(300);
  });

  it.each([
    ['a head outside the table', (d: TestDriver) => d.rawAvailable(1, [5000])],
    ['an index too far ahead', (d: TestDriver) => d.rawAvailable(1, [0], 2000)],
    [
      'a loop',
      (d: TestDriver) => (d.rawDescriptor(1, 0, d.scratch, 12, 1, 1), d.rawDescriptor(1, 1, d.scratch, 12, 1, 0), d.rawAvailable(1, [0])),
    ],
    ['a next outside the table', (d: TestDriver) => (d.rawDescriptor(1, 0, d.scratch, 12, 1, 60000), d.rawAvailable(1, [0]))],
    ['an address outside memory', (d: TestDriver) => (d.rawDescriptor(1, 0, 0x1000, 100, 0, 0), d.rawAvailable(1, [0]))],
    ['an address above 2^63', (d: TestDriver) => (d.rawDescriptor(1, 0, 1.5e19, 100, 0, 0), d.rawAvailable(1, [0]))],
    ['a short header', (d: TestDriver) => (d.rawDescriptor(1, 0, d.scratch, 4, 0, 0), d.rawAvailable(1, [0]))],
    ['a zero length', (d: TestDriver) => (d.rawDescriptor(1, 0, d.scratch, 0, 0, 0), d.rawAvailable(1, [0]))],
    ['an indirect table of odd size', (d: TestDriver) => (d.rawDescriptor(1, 0, d.scratch, 17, 4, 0), d.rawAvailable(1, [0]))],
    [
      'a readable buffer after a writable one',
      (d: TestDriver) => (d.rawDescriptor(1, 0, d.scratch, 12, 3, 1), d.rawDescriptor(1, 1, d.scratch, 64, 0, 0), d.rawAvailable(1, [0])),
    ],
  ])('stops at %s, says so, and works again after a reset', (_what, breakRing) => {
    const { driver, cable, mmio, faults } = start(modern);
    driver.initialize();
    breakRing(driver);
    driver.notify(1);
    expect(faults).toHaveLength(1);
    expect(cable.sent).toEqual([]);
    expect(mmio.read(0x70, 4) & 64).toBe(modern ? 64 : 0);
    expect(mmio.read(0x60, 4) & 2).toBe(modern ? 2 : 0);
    driver.transmit(frame(60));
    expect(cable.sent).toEqual([]);
    driver.initialize();
    driver.transmit(frame(60));
    expect(cable.sent).toEqual([frame(60)]);
  });

  it('drops a frame of impossible length without touching memory', () => {
    const { driver, cable, faults } = start(modern);
    driver.initialize();
    driver.rawDescriptor(1, 0, 0, 0xffff_ffff, 0, 0);
    driver.rawAvailable(1, [0]);
    driver.notify(1);
    expect([cable.sent.length, faults.length, driver.used(1).length]).toEqual([0, 0, 1]);
  });
});

it('interrupts by event index: only when the driver’s mark is passed', () => {
  const { driver, cable, mmio } = start(true);
  driver.initialize();
  for (let i = 0; i < 8; i++) driver.offer(2048);
  cable.receive(frame(60));
  mmio.write(0x64, 3, 4);
  driver.setUsedEvent(0, 3);
  const raised: boolean[] = [];
  for (let i = 0; i < 5; i++) {
    cable.receive(frame(60));
    raised.push(mmio.read(0x60, 4) !== 0);
    mmio.write(0x64, 3, 4);
  }
  // Used entries 1 to 5 (counted from 0); the mark is on entry 3.
  expect(raised).toEqual([false, false, true, false, false]);
});

it('without event index honours the flag that asks for silence', () => {
  const { driver, cable, mmio } = start(false);
  driver.initialize({ without: [24, 29] });
  for (let i = 0; i < 2; i++) driver.offer(2048);
  driver.setAvailableFlags(0, 1);
  cable.receive(frame(60));
  expect(mmio.read(0x60, 4)).toBe(0);
  driver.setAvailableFlags(0, 0);
  cable.receive(frame(60));
  expect(mmio.read(0x60, 4)).toBe(1);
});

it('lets a legacy driver without the control command set the address', () => {
  const { driver, mmio } = start(false);
  driver.initialize({ without: [23] });
  mmio.write(0x105, 0x77, 1);
  mmio.write(0x106, 0x77, 1);
  expect([mmio.read(0x105, 1), mmio.read(0x106, 1)]).toEqual([0x77, 1]);
  mmio.write(0x70, 0, 4);
  expect(mmio.read(0x105, 1)).toBe(1);
});

it('refuses addresses that are no station’s', () => {
  const network = new Cable();
  for (const mac of ['', '52:55', '01:00:5e:00:00:01', 'zz:55:00:d1:55:01']) {
    expect(() => new VirtioNet({ mac, network })).toThrow(RangeError);
  }
});

// eslint-disable-next-line complexity -- one branch for each thing that a driver can do
it.each([1, 2, 3])('survives 20000 random accesses and rings (seed %i)', (seed) => {
  const random = new SeededRandom(seed);
  const { mmio, memory, cable, clock, faults, driver } = start(seed % 2 === 1);
  let used = 0;
  for (let i = 0; i < 20_000; i++) {
    if (i % 64 === 0) {
      used += driver.used(0).length;
      driver.initialize();
      // A sound ring to begin with: what follows bends it.
      for (let n = 0; n < 24; n++) driver.rawDescriptor(n % 3, Math.floor(n / 3), driver.scratch, 300, n % 3 === 0 ? 2 : 0, 0);
    }
    const queue = random.below(3);
    const action = random.below(40);
    if (action === 0) {
      const registers = [0x14, 0x20, 0x24, 0x28, 0x30, 0x38, 0x3c, 0x40, 0x44, 0x50, 0x64, 0x70, 0x80, 0x90, 0xa0, 0x104];
      mmio.write(at(registers, random.below(registers.length)), random.next() >>> random.below(32), 4);
    } else if (action === 1) {
      mmio.read(random.below(0x200), at([1, 2, 4] as const, random.below(3)));
    } else if (action < 25) {
      const address = random.below(40) === 0 ? random.next() * 7 : driver.scratch + random.below(4096);
      const length = random.below(40) === 0 ? random.next() : 12 + random.below(300);
      const flags = random.below(8) === 0 ? random.below(8) : queue === 0 ? 2 : 0;
      const next = random.below(10) === 0 ? random.below(65536) : random.below(8);
      driver.rawDescriptor(queue, random.below(8), address, length, flags, next);
    } else if (action === 26) {
      memory.write(driver.scratch + random.below(4096), Uint8Array.of(random.next(), random.next()));
    } else {
      driver.rawAvailable(queue, [random.below(random.below(50) === 0 ? 2000 : 8)], 1);
      mmio.write(0x50, queue, 4);
      cable.receive(frame(random.below(1600)));
    }
    if (i % 100 === 0) clock.advance(1e6);
  }
  // Both sides of the checks were seen: rings refused, and frames that got through in both directions.
  expect(faults.length).toBeGreaterThan(50);
  expect(cable.sent.length).toBeGreaterThan(50);
  expect(used).toBeGreaterThan(50);
});
