import type { Peripheral } from '../devices/peripheral.js';
import { Bus } from './bus.js';

function device(name: string): Peripheral & { log: string[] } {
  const log: string[] = [];
  return {
    name,
    log,
    read: (offset, size) => (log.push(`read ${offset}/${size}`), 0xf000_0000 + offset),
    write: (offset, value, size) => void log.push(`write ${offset}/${size}=${value}`),
    reset: () => void log.push('reset'),
  };
}

describe('bus', () => {
  const first = device('first');
  const second = device('second');
  const bus = new Bus();
  bus.attach({ base: 0x2000, size: 0x100 }, second);
  bus.attach({ base: 0x1000, size: 0x100 }, first);
  beforeEach(() => (first.log.length = second.log.length = 0));

  it('finds each device by address, relative to its window, up to its end', () => {
    expect([bus.read(0x1004, 4), bus.read(0x20ff, 1), bus.write(0x10f0, -1, 4)]).toEqual([0xf000_0004, 0xf000_00ff, true]);
    expect([first.log, second.log]).toEqual([['read 4/4', 'write 240/4=4294967295'], ['read 255/1']]);
    for (const hole of [0, 0xfff, 0x1100, 0x1fff, 0x2100, 2 ** 40]) {
      expect([bus.read(hole, 4), bus.write(hole, 0, 4), bus.maps(hole)]).toEqual([-1, false, false]);
    }
    expect(bus.maps(0x2000)).toBe(true);
  });

  it('splits 8 bytes into two words, low half first', () => {
    expect(bus.read64(0x1008)).toBe(0xf000_000c_f000_0008n);
    expect(bus.write64(0x1008, 0x1_0000_0002n)).toBe(true);
    expect(first.log).toEqual(['read 8/4', 'read 12/4', 'write 8/4=2', 'write 12/4=1']);
    expect([bus.read64(0x3000), bus.write64(0x3000, 0n)]).toEqual([undefined, false]);
  });

  it('refuses a window that overlaps another, and resets each device once', () => {
    expect(() => bus.attach({ base: 0x10ff, size: 2 }, device('third'))).toThrow('third at 0x10ff overlaps another device');
    expect(() => bus.attach({ base: 0xff0, size: 0x11 }, device('third'))).toThrow('overlaps');
    bus.attach({ base: 0x4000, size: 4 }, first);
    bus.reset();
    expect([first.log, second.log]).toEqual([['reset'], ['reset']]);
  });

  it('aborts everywhere when it is empty', () => {
    expect(new Bus().read(0, 4)).toBe(-1);
  });
});
