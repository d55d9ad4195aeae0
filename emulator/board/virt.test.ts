import type { GuestMemory } from '../devices/peripheral.js';
import type { MachineOptions } from '../machine/options.js';
import { EventQueue } from './event-queue.js';
import { RAM_BASE } from './memory-map.js';
import { createVirtBoard, type VirtBoard } from './virt.js';

const MEGABYTE = 0x10_0000;

class TestMemory implements GuestMemory {
  readonly bytes = new Uint8Array(16 * MEGABYTE);
  read(address: number, length: number): Uint8Array | undefined {
    const start = address - RAM_BASE;
    return start < 0 || start + length > this.bytes.length ? undefined : this.bytes.slice(start, start + length);
  }
  write(address: number, bytes: Uint8Array): boolean {
    if (address < RAM_BASE || address - RAM_BASE + bytes.length > this.bytes.length) return false;
    this.bytes.set(bytes, address - RAM_BASE);
    return true;
  }
}

describe('virt board', () => {
  const base: MachineOptions = { ramSize: 16 * MEGABYTE, virtualization: true, loaders: [], seed: 3, pacing: 'simulated' };
  let console_: number[];
  let wires: string[];

  let clock: EventQueue;

  function make(options: Partial<MachineOptions> = {}): { board: VirtBoard; memory: TestMemory } {
    const memory = new TestMemory();
    console_ = [];
    wires = [];
    const wire = (name: string) => (cpu: number, level: boolean) => void wires.push(`${name}${cpu}=${Number(level)}`);
    clock = new EventQueue(() => 0);
    const board = createVirtBoard({
      options: { ...base, ...options },
      memory,
      clock,
      network: options.network && { transmit: () => undefined, receive: () => undefined },
      outputs: {
        irq: wire('irq'),
        fiq: wire('fiq'),
        virtualIrq: wire('virq'),
        virtualFiq: wire('vfiq'),
        console: (byte) => void console_.push(byte),
        powerOff: () => undefined,
        reset: () => undefined,
        start: () => undefined,
      },
    });
    return { board, memory };
  }

  it('puts loader images and the device tree into RAM, and starts where the loader says', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const { board, memory } = make({ loaders: [{ bytes, address: 0x4080_0000, setsEntry: true }] });
    expect(board.boot.entry).toEqual({ pc: 0x4080_0000, x: [0, 0, 0, 0], exceptionLevel: 2 });
    expect(memory.read(0x4080_0000, 4)).toEqual(bytes);
    expect(memory.read(RAM_BASE, 4)).toEqual(Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed));
  });

  it('refuses an image that is not in RAM, by its range', () => {
    const loaders = [{ bytes: new Uint8Array(8), address: 0x7000_0000, setsEntry: true }];
    expect(() => make({ loaders })).toThrow('an image from 0x70000000 to 0x70000008 is not in RAM');
  });

  it('takes a typed key to the processor as interrupt 33', () => {
    const { board } = make();
    const { bus } = board;
    bus.write(0x0800_0000, 1, 4);
    bus.write(0x0800_0104, 1 << 1, 4);
    bus.write(0x0801_0000, 1, 4);
    bus.write(0x0801_0004, 0xf0, 4);
    bus.write(0x0900_0038, 0x10, 4);
    board.uart.input(Uint8Array.of(0x61));
    expect(wires).toEqual(['irq0=1']);
    expect(bus.read(0x0801_000c, 4)).toBe(33);
    expect(bus.read(0x0900_0000, 4)).toBe(0x61);
    bus.write(0x0801_0010, 33, 4);
    expect(wires).toEqual(['irq0=1', 'irq0=0']);
    bus.write(0x0900_0000, 0x62, 1);
    expect(console_).toEqual([0x62]);
  });

  it('answers with an external abort where nothing is', () => {
    const { board } = make();
    expect(board.bus.read(0x0b00_0000, 4)).toBe(-1);
    expect(board.bus.write(0x0800_1000, 0, 4)).toBe(false);
    expect(board.bus.read64(0x0800_0004)).toBe(0x43b_0000_0008n);
    expect(make({ virtualization: false }).board.bus.read(0x0803_0004, 4)).toBe(-1);
  });

  it('has the network card in the last slot, and empty ones before it', () => {
    const { bus } = make({ network: { mac: '52:55:00:d1:55:01' } }).board;
    expect([bus.read(0x0a00_3e00, 4), bus.read(0x0a00_3e08, 4), bus.read(0x0a00_3f01, 1)]).toEqual([0x74726976, 1, 0x55]);
    expect([bus.read(0x0a00_3c00, 4), bus.read(0x0a00_3c08, 4)]).toEqual([0x74726976, 0]);
    expect(make().board.bus.read(0x0a00_3e08, 4)).toBe(0);
  });

  it('holds the power button long enough for a driver to look twice', () => {
    const { board } = make();
    board.bus.write(0x0903_0408, 0x08, 4);
    board.bus.write(0x0903_0410, 0x08, 4);
    board.pressPowerButton();
    expect([board.bus.read(0x0903_0020, 4), board.bus.read(0x0903_0418, 4), board.bus.read(0x0800_0204, 4)]).toEqual([8, 8, 0x80]);
    board.bus.write(0x0903_041c, 0x08, 4);
    expect(clock.nextDeadline()).toBe(100_000_000);
    clock.runDue(100_000_000);
    expect([board.bus.read(0x0903_0020, 4), board.bus.read(0x0903_0418, 4)]).toEqual([0, 8]);
  });

  it('comes back to its power-on state, images included', () => {
    const { board, memory } = make({ loaders: [{ bytes: Uint8Array.of(9), address: 0x4080_0000, setsEntry: true }] });
    board.bus.write(0x0900_0038, 0x10, 4);
    board.bus.write(0x0800_0104, 2, 4);
    board.uart.input(Uint8Array.of(1));
    memory.bytes.fill(0);
    board.reset();
    expect([board.bus.read(0x0900_0038, 4), board.bus.read(0x0800_0104, 4), board.bus.read(0x0800_0204, 4)]).toEqual([0, 0, 0]);
    expect(memory.read(0x4080_0000, 1)).toEqual(Uint8Array.of(9));
  });

  it('gives equal seeds equal trees, and others others', () => {
    const tree = (seed: number): Uint8Array => make({ seed }).board.boot.images[0]!.bytes;
    expect(Buffer.compare(tree(1), tree(1))).toBe(0);
    expect(Buffer.compare(tree(1), tree(2))).not.toBe(0);
  });
});
