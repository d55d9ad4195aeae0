/** RAM and a small virtio driver for tests: it lays out rings, offers buffers and reads what was used. */
import type { GuestMemory } from '../../peripheral.js';
import { read16 } from '../../little-endian.js';
import type { VirtioMmio } from '../virtio-mmio.js';

const RAM_BASE = 0x4000_0000;
const RAM_SIZE = 0x40_0000;
const QUEUE_SIZE = 512;
/** Bytes between the rings of two queues, all three parts inside. */
const QUEUE_SPAN = 0x8000;

export class TestMemory implements GuestMemory {
  private readonly ram = new Uint8Array(RAM_SIZE);

  read(address: number, length: number): Uint8Array | undefined {
    return this.holds(address, length) ? this.ram.slice(address - RAM_BASE, address - RAM_BASE + length) : undefined;
  }

  write(address: number, bytes: Uint8Array): boolean {
    if (!this.holds(address, bytes.length)) return false;
    this.ram.set(bytes, address - RAM_BASE);
    return true;
  }

  private holds(address: number, length: number): boolean {
    return address >= RAM_BASE && address + length <= RAM_BASE + RAM_SIZE;
  }
}

interface UsedEntry {
  head: number;
  written: number;
}

export class TestDriver {
  /** RAM that no ring uses. */
  readonly scratch = RAM_BASE + 0x20_0000;
  /** Heads of transmitted chains, in order. */
  readonly heads: number[] = [];
  private available = [0, 0, 0];
  private nextDescriptor = [0, 0, 0];
  private consumed = 0;
  private nextBuffer = RAM_BASE + 0x10_0000;
  private readonly buffers = new Map<number, { address: number; length: number }>();

  constructor(
    private readonly mmio: VirtioMmio,
    private readonly memory: TestMemory,
    private readonly modern: boolean,
  ) {}

  initialize(options: { driverOk?: boolean; without?: number[] } = {}): void {
    const write = (offset: number, value: number): void => this.mmio.write(offset, value >>> 0, 4);
    write(0x70, 0);
    write(0x70, 3);
    write(0x14, 0);
    const offered = this.mmio.read(0x10, 4);
    write(0x24, 0);
    write(
      0x20,
      (options.without ?? []).reduce((set, bit) => set & ~(1 << bit), offered),
    );
    if (this.modern) {
      write(0x24, 1);
      write(0x20, 1);
      write(0x70, 11);
    } else {
      write(0x28, 4096);
    }
    this.memory.write(RAM_BASE, new Uint8Array(3 * QUEUE_SPAN));
    for (let queue = 0; queue < 3; queue++) this.placeQueue(queue);
    this.available = [0, 0, 0];
    this.nextDescriptor = [0, 0, 0];
    this.consumed = 0;
    this.heads.length = 0;
    if (options.driverOk ?? true) write(0x70, this.modern ? 15 : 7);
  }

  /** Sends `frame`, cut into pieces, header apart. `quiet`: without ringing. */
  transmit(frame: Uint8Array, options: { pieces?: number; indirect?: boolean; quiet?: boolean } = {}): void {
    const packet = new Uint8Array(12 + frame.length);
    packet.set(frame, 12);
    const base = this.allocate(packet.length);
    this.memory.write(base, packet);
    const pieces = options.pieces ?? 1;
    const size = Math.ceil(packet.length / pieces);
    const segments = Array.from({ length: pieces }, (_, i) => ({
      address: base + i * size,
      length: Math.min(size, packet.length - i * size),
      writable: false,
    }));
    this.heads.push(this.submit(1, segments, options.indirect ?? false));
    if (!options.quiet) this.notify(1);
  }

  /** Offers a receive buffer. */
  offer(length: number): void {
    const address = this.allocate(length);
    const head = this.submit(0, [{ address, length, writable: true }], false);
    this.buffers.set(head, { address, length });
    this.notify(0);
  }

  /** Frames that came since last asked, and how many buffers each took. */
  received(): { buffers: number; frame: Uint8Array }[] {
    const used = this.used(0);
    const result: { buffers: number; frame: Uint8Array }[] = [];
    for (let entry = used[this.consumed]; entry; entry = used[this.consumed]) {
      const buffers = read16(this.contents(entry), 10);
      const parts = used.slice(this.consumed, this.consumed + buffers).map((each) => this.contents(each));
      this.consumed += buffers;
      const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
      result.push({ buffers, frame: bytes.slice(12) });
    }
    return result;
  }

  /** Sends a control command; the device's status byte. */
  control(group: number, command: number, data: number[]): number {
    const base = this.allocate(data.length + 16);
    this.memory.write(base, Uint8Array.of(group, command, ...data));
    const status = base + data.length + 8;
    this.memory.write(status, Uint8Array.of(0xee));
    const segments = [
      { address: base, length: 2, writable: false },
      { address: base + 2, length: data.length, writable: false },
      { address: status, length: 1, writable: true },
    ];
    this.submit(
      2,
      segments.filter((segment) => segment.length > 0),
      false,
    );
    this.notify(2);
    return this.memory.read(status, 1)?.[0] ?? -1;
  }

  used(queue: number): UsedEntry[] {
    const base = this.usedRing(queue);
    const count = this.read16(base + 2);
    return Array.from({ length: count }, (_, i) => {
      const view = new DataView(this.memory.read(base + 4 + 8 * (i % QUEUE_SIZE), 8)?.buffer ?? new ArrayBuffer(8));
      return { head: view.getUint32(0, true), written: view.getUint32(4, true) };
    });
  }

  notify(queue: number): void {
    this.mmio.write(0x50, queue, 4);
  }

  macAddress(): number[] {
    return [0, 1, 2, 3, 4, 5].map((i) => this.mmio.read(0x100 + i, 1));
  }

  setUsedEvent(queue: number, index: number): void {
    this.write16(this.availableRing(queue) + 4 + 2 * QUEUE_SIZE, index);
  }

  setAvailableFlags(queue: number, flags: number): void {
    this.write16(this.availableRing(queue), flags);
  }

  rawDescriptor(queue: number, index: number, address: number, length: number, flags: number, next: number): void {
    this.writeDescriptor(this.table(queue) + 16 * index, address, length, flags, next);
  }

  /** Puts heads into the available ring and moves its index, by `step` if given. */
  rawAvailable(queue: number, heads: number[], step = heads.length): void {
    const ring = this.availableRing(queue);
    const available = this.available[queue] ?? 0;
    heads.forEach((head, i) => this.write16(ring + 4 + 2 * ((available + i) % QUEUE_SIZE), head));
    const next = (available + step) & 0xffff;
    this.available[queue] = next;
    this.write16(ring + 2, next);
  }

  private submit(queue: number, segments: { address: number; length: number; writable: boolean }[], indirect: boolean): number {
    const head = this.nextDescriptor[queue] ?? 0;
    const table = indirect ? this.allocate(16 * segments.length) : this.table(queue);
    const first = indirect ? 0 : head;
    segments.forEach(({ address, length, writable }, i) => {
      const flags = (writable ? 2 : 0) | (i + 1 < segments.length ? 1 : 0);
      const at = (first + i) % QUEUE_SIZE;
      this.writeDescriptor(table + 16 * at, address, length, flags, (at + 1) % QUEUE_SIZE);
    });
    if (indirect) this.rawDescriptor(queue, head, table, 16 * segments.length, 4, 0);
    this.nextDescriptor[queue] = (head + (indirect ? 1 : segments.length)) % QUEUE_SIZE;
    this.rawAvailable(queue, [head]);
    return head;
  }

  private contents(entry: UsedEntry): Uint8Array {
    const buffer = this.buffers.get(entry.head);
    return (buffer && this.memory.read(buffer.address, entry.written)) ?? new Uint8Array(12);
  }

  private placeQueue(queue: number): void {
    const write = (offset: number, value: number): void => this.mmio.write(offset, value, 4);
    write(0x30, queue);
    write(0x38, QUEUE_SIZE);
    if (!this.modern) {
      write(0x3c, 4096);
      write(0x40, this.table(queue) / 4096);
      return;
    }
    write(0x80, this.table(queue));
    write(0x84, 0);
    write(0x90, this.availableRing(queue));
    write(0x94, 0);
    write(0xa0, this.usedRing(queue));
    write(0xa4, 0);
    write(0x44, 1);
  }

  private table(queue: number): number {
    return RAM_BASE + queue * QUEUE_SPAN;
  }

  private availableRing(queue: number): number {
    return this.table(queue) + 16 * QUEUE_SIZE;
  }

  private usedRing(queue: number): number {
    // The first page boundary after the available ring, where the legacy layout has it.
    return this.table(queue) + 0x3000;
  }

  private allocate(length: number): number {
    const address = this.nextBuffer;
    this.nextBuffer += (length + 15) & ~15;
    if (this.nextBuffer > this.scratch) this.nextBuffer = RAM_BASE + 0x10_0000;
    return address;
  }

  private writeDescriptor(at: number, address: number, length: number, flags: number, next: number): void {
    const view = new DataView(new ArrayBuffer(16));
    view.setUint32(0, address % 2 ** 32, true);
    view.setUint32(4, Math.floor(address / 2 ** 32), true);
    view.setUint32(8, length, true);
    view.setUint16(12, flags, true);
    view.setUint16(14, next, true);
    this.memory.write(at, new Uint8Array(view.buffer));
  }

  private read16(address: number): number {
    const bytes = this.memory.read(address, 2) ?? new Uint8Array(2);
    return read16(bytes);
  }

  private write16(address: number, value: number): void {
    this.memory.write(address, Uint8Array.of(value & 0xff, value >> 8));
  }
}
