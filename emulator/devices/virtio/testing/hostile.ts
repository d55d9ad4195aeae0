/** Guests that mean harm, for tests: what they do follows from a seed, so that a failure can be run again. */
import type { SeededRandom } from '../../../network/random.js';
import type { AccessSize, Peripheral } from '../../peripheral.js';
import type { VirtioMmio } from '../virtio-mmio.js';
import type { TestMemory } from './driver.js';

const RAM_BASE = 0x4000_0000;
const RAM_SIZE = 0x40_0000;
const SIZES: readonly AccessSize[] = [1, 2, 4, 4, 4];

/** Values that are wrong in the ways that matter: edges, sizes, addresses inside, at the end of and outside RAM. */
export class HostileValues {
  constructor(readonly random: SeededRandom) {}

  pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)]!;
  }

  word(): number {
    const { random } = this;
    switch (random.below(6)) {
      case 0:
        return random.next();
      case 1:
        return (1 << random.below(32)) >>> 0;
      case 2:
        return (0xffff_ffff - random.below(16)) >>> 0;
      case 3:
        return this.address();
      default:
        return random.below(pickLimit(random));
    }
  }

  address(): number {
    const { random } = this;
    switch (random.below(8)) {
      case 0:
        return random.next();
      case 1:
        return RAM_BASE + RAM_SIZE - random.below(64);
      case 2:
        return 0;
      default:
        return RAM_BASE + random.below(RAM_SIZE / 4096) * 4096 + (random.below(4) === 0 ? random.below(4096) : 0);
    }
  }
}

function pickLimit(random: SeededRandom): number {
  return [2, 4, 16, 64, 1025, 0x10000][random.below(6)]!;
}

/** One random access to a device's window of `size` bytes, mostly at offsets that `likely` names; the value, if it was a read. */
export function accessOnce(values: HostileValues, device: Peripheral, size: number, likely: readonly number[]): number | undefined {
  const { random } = values;
  const width = values.pick(SIZES);
  const anywhere = random.below(5) === 0 || likely.length === 0;
  const offset = Math.min(anywhere ? random.below(size) : values.pick(likely), size - width);
  if (random.below(3) === 0) {
    const value = device.read(offset, width);
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * width)) {
      throw new Error(`${device.name}: ${width} bytes at 0x${offset.toString(16)} read as ${value}`);
    }
    return value;
  }
  device.write(offset, values.word() % 2 ** (8 * width), width);
  return undefined;
}

/** Writes something that may be a descriptor, a ring or a request over some of RAM. */
export function scribble(values: HostileValues, memory: TestMemory, near: number): void {
  const { random } = values;
  const at = random.below(3) === 0 ? values.address() : near + random.below(0x400) * 16;
  const view = new DataView(new ArrayBuffer(16));
  switch (random.below(4)) {
    case 0:
      for (let i = 0; i < 4; i++) view.setUint32(4 * i, values.word(), true);
      break;
    case 1:
      // A descriptor that is right in most of its fields.
      view.setUint32(0, values.address(), true);
      view.setUint32(4, random.below(20) === 0 ? random.next() : 0, true);
      view.setUint32(8, values.pick([1, 8, 12, 16, 512, 513, 4096, 0x10000, 0, values.word()]), true);
      view.setUint16(12, values.pick([0, 1, 2, 3, 3, 1, 4, 5, random.below(0x10000)]), true);
      view.setUint16(14, values.pick([random.below(16), random.below(256), random.below(0x10000)]), true);
      break;
    case 2:
      // A request's header.
      view.setUint32(0, values.pick([0, 1, 4, 8, 11, 13, 2, values.word()]), true);
      view.setUint32(8, values.pick([0, random.below(64), values.word()]), true);
      view.setUint32(12, values.pick([0, 0, 0, random.next()]), true);
      break;
    default:
      // Flags and index of a ring, and heads.
      for (let i = 0; i < 8; i++) view.setUint16(2 * i, random.below(values.pick([4, 16, 16, 256, 0x10000])), true);
  }
  memory.write(at, new Uint8Array(view.buffer));
}

/** A ring with `size` entries whose parts follow one another as on a legacy device. */
export interface HostileRing {
  base: number;
  size: number;
}

/** Where the used ring of a HostileRing is. */
export function usedRing({ base, size }: HostileRing): number {
  return Math.ceil((base + 18 * size + 6) / 4096) * 4096;
}

const REQUESTS = 0x4020_0000;

/**
 * Offers a chain as a driver would, right in most of its fields: what is wrong with it is then seen by the device and
 * not by the ring's first check. Block requests, control commands and console messages all begin with small numbers.
 */
export function offerChain(values: HostileValues, memory: TestMemory, ring: HostileRing): void {
  const { random } = values;
  const slots = Array.from({ length: 1 + random.below(4) }, () => random.below(ring.size));
  const outs = random.below(slots.length + 1);
  slots.forEach((slot, i) => {
    const view = new DataView(new ArrayBuffer(16));
    const address = REQUESTS + random.below(0x1_0000) * 16;
    const wrong = random.below(60) === 0;
    view.setUint32(0, wrong ? values.address() : address, true);
    view.setUint32(
      8,
      values.pick(i < outs && i === 0 ? [16, 16, 8, 2, 4096] : [1, 512, 1024, 16, 6, 4096, wrong ? values.word() : 0x1_0000]),
      true,
    );
    view.setUint16(12, (i < outs ? 0 : 2) | (i + 1 < slots.length ? 1 : 0) | (random.below(100) === 0 ? 4 : 0), true);
    view.setUint16(14, slots[i + 1] ?? random.below(0x1_0000), true);
    memory.write(ring.base + 16 * slot, new Uint8Array(view.buffer));
    if (i > 0 || random.below(8) === 0) return;
    const header = new DataView(new ArrayBuffer(16));
    header.setUint32(0, values.pick([0, 1, 4, 8, 11, 13, 2, random.below(6) | (random.below(6) << 8), values.word()]), true);
    header.setUint32(4, random.below(8) | (random.below(2) << 16), true);
    header.setUint32(8, values.pick([0, random.below(100), random.below(100), values.word()]), true);
    memory.write(address, new Uint8Array(header.buffer));
  });
  const available = ring.base + 16 * ring.size;
  const [low, high] = memory.read(available + 2, 2) ?? [0, 0];
  const index = low! | (high! << 8);
  memory.write(available + 4 + 2 * (index % ring.size), Uint8Array.of(slots[0]!, slots[0]! >> 8));
  const next = index + (random.below(200) === 0 ? random.below(30) : 1);
  memory.write(available + 2, Uint8Array.of(next, next >> 8));
}

/** Where the rings of the first queues are. */
export const RINGS = 0x4010_0000;

/** Offsets of virtio-mmio's registers, those that matter more than once. */
export const MMIO_OFFSETS = [
  0x14, 0x20, 0x24, 0x28, 0x30, 0x30, 0x38, 0x3c, 0x40, 0x40, 0x44, 0x44, 0x50, 0x50, 0x50, 0x50, 0x60, 0x64, 0x70, 0x80, 0x84, 0x90, 0x94,
  0xa0, 0xa4, 0x100, 0x108, 0x120,
];

export const ringOf = (queue: number, size: number): HostileRing => ({ base: RINGS + queue * 0x4000, size });

/** Empties the rings of the first queues. */
export function clearRings(memory: TestMemory): void {
  memory.write(RINGS, new Uint8Array(4 * 0x4000));
}

/** Descriptor table, available and used ring of a queue; now and then over one another, so that what the device writes is what it reads. */
export function partsOf(base: number, size: number, random: SeededRandom): [number, number, number] {
  const parts: [number, number, number] = [base, base + 16 * size, usedRing({ base, size })];
  if (random.below(12) === 0) parts[2] = parts[random.below(2)]! + 4 * random.below(8);
  return parts;
}

/** Sets a device up as a driver would, so that the noise after it gets further than the first check. */
export function setUpMmio(mmio: VirtioMmio, modern: boolean, random: SeededRandom, size: number): void {
  const write = (offset: number, value: number): void => mmio.write(offset, value >>> 0, 4);
  write(0x70, 0);
  write(0x70, 3);
  write(0x14, 0);
  write(0x24, 0);
  write(0x20, mmio.read(0x10, 4) & (random.below(2) ? -1 : ~(1 << 29)));
  if (modern) {
    write(0x24, 1);
    write(0x20, 1);
    write(0x70, 11);
  }
  write(0x28, 4096);
  for (let queue = 0; queue < Math.min(mmio.queues.length, 4); queue++) {
    const { base: ring } = ringOf(queue, size);
    write(0x30, queue);
    write(0x38, size);
    write(0x3c, random.below(20) ? 4096 : 1 << random.below(12));
    write(0x40, ring / 4096);
    partsOf(ring, size, random).forEach((part, i) => [part, 0].forEach((half, high) => write(0x80 + i * 0x10 + high * 4, half)));
    write(0x44, 1);
  }
  write(0x70, modern ? 15 : 7);
}
