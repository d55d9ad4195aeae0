/**
 * Guests that do their worst to every device: no access may throw, hang, or read as anything but an unsigned number of
 * its width; the board's memory outside the guest's is out of reach by construction, since devices have only `memory`.
 *
 * FUZZ_OPERATIONS sets the number of operations for each device and seed (a million and more in a long run), FUZZ_SEEDS
 * the seeds, by commas.
 */
import { SeededRandom } from '../network/random.js';
import { FakeClock } from '../network/testing/fake-clock.js';
import { UserNetwork } from '../network/user-network.js';
import { wordServer } from '../network/word-server.js';
import { CfiFlash } from './cfi-flash.js';
import { FwCfg } from './fw-cfg.js';
import { Gic } from './gic/gic.js';
import { MsiFrame } from './gic/msi-frame.js';
import { PciHost } from './pci/pci-host.js';
import type { Peripheral } from './peripheral.js';
import { Pl011 } from './pl011.js';
import { Pl031 } from './pl031.js';
import { Pl061 } from './pl061.js';
import { memoryStorage, type BlockBackend } from './storage.js';
import { TestMemory } from './virtio/testing/driver.js';
import {
  HostileValues, MMIO_OFFSETS, RINGS, accessOnce, clearRings, offerChain, ringOf, scribble, setUpMmio, usedRing,
} from './virtio/testing/hostile.js';
import { VirtioBlk } from './virtio/virtio-blk.js';
import { VirtioConsole } from './virtio/virtio-console.js';
import type { VirtioDevice } from './virtio/virtio-device.js';
import { VirtioMmio } from './virtio/virtio-mmio.js';
import { VirtioNet } from './virtio/virtio-net.js';
import { VirtioPci } from './virtio/virtio-pci.js';
import { VirtioRng, type EntropySource } from './virtio/virtio-rng.js';

const OPERATIONS = Number(process.env['FUZZ_OPERATIONS'] ?? 4000);
const SEEDS = (process.env['FUZZ_SEEDS'] ?? '1,2').split(',').map(Number);
const line = { set: () => undefined };

jest.setTimeout(OPERATIONS > 100_000 ? 3_600_000 : 60_000);

/** A medium that fails now and then. */
function failing(random: SeededRandom): BlockBackend {
  const storage = memoryStorage(100 * 512 + 17);
  const maybe = (): void => {
    if (random.below(50) === 0) throw new Error('the medium fails');
  };
  return {
    size: storage.size,
    readOnly: false,
    read: (offset, length) => (maybe(), storage.read(offset, length)),
    write: (offset, bytes) => (maybe(), storage.write(offset, bytes)),
    flush: maybe,
  };
}

interface Bench {
  clock: FakeClock;
  memory: TestMemory;
  random: SeededRandom;
}

const entropyOf = (random: SeededRandom): EntropySource => ({
  next: (length) => new Uint8Array(length).fill(random.next()),
  saveState: () => random.saveState(),
  restoreState: (state) => random.restoreState(state),
});

const VIRTIO: Record<string, (bench: Bench) => VirtioDevice & { input?(bytes: Uint8Array): void }> = {
  block: ({ random }) => new VirtioBlk({ storage: failing(random), serial: 'fuzz' }),
  entropy: ({ random }) => new VirtioRng(entropyOf(random)),
  console: () => new VirtioConsole({ transmit: () => undefined, port: true }),
  network: ({ clock }) => new VirtioNet({ mac: '52:54:00:12:34:56', network: new UserNetwork({ clock, hosts: [wordServer({ seed: 1 })] }) }),
};

/** Chains that the device has taken. */
function taken(queues: readonly { readonly index: number }[], memory: TestMemory, size: number): number {
  return queues.slice(0, 4).reduce((sum, { index }) => {
    const [low, high] = memory.read(usedRing(ringOf(index, size)) + 2, 2)!;
    return sum + (low! | (high! << 8));
  }, 0);
}

/** Sets a device up through the modern registers of a PCI device, whose region is at `common` of the window. */
function setUpPci(memory: Peripheral, common: number, queues: number): void {
  memory.write(common + 20, 0, 1);
  memory.write(common + 20, 3, 1);
  [0, memory.read(common + 4, 4), 1, 1].forEach((value, i) => memory.write(common + 8 + 4 * (i & 1), value, 4));
  memory.write(common + 20, 11, 1);
  for (let queue = 0; queue < Math.min(queues, 4); queue++) {
    const ring = ringOf(queue, 16);
    memory.write(common + 22, queue, 2);
    memory.write(common + 24, 16, 2);
    [ring.base, ring.base + 256, usedRing(ring)].forEach((part, i) => {
      memory.write(common + 32 + 8 * i, part, 4);
      memory.write(common + 36 + 8 * i, 0, 4);
    });
    memory.write(common + 28, 1, 2);
  }
  memory.write(common + 20, 15, 1);
}

const CASES = SEEDS.flatMap((seed) => Object.keys(VIRTIO).flatMap((name) => [false, true].map((modern) => [name, modern, seed] as const)));

it.each(CASES)('virtio-mmio %s (modern: %s) survives its driver: seed %i', (name, modern, seed) => {
  const random = new SeededRandom(seed);
  const values = new HostileValues(random);
  const bench = { clock: new FakeClock(), memory: new TestMemory(), random };
  const device = VIRTIO[name]!(bench);
  const mmio = new VirtioMmio({ ...bench, interrupt: line, device, modern });
  let size = 16;
  let done = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    if (i % 20 === 0) {
      done += taken(mmio.queues, bench.memory, size);
      size = random.below(4) === 0 ? 256 : 16;
      clearRings(bench.memory);
      setUpMmio(mmio, modern, random, size);
    }
    const queue = random.below(Math.min(mmio.queues.length, 4));
    const choice = random.below(16);
    if (choice === 0) accessOnce(values, mmio, 0x200, MMIO_OFFSETS);
    else if (choice === 1) scribble(values, bench.memory, RINGS + queue * 0x4000);
    else if (choice === 2) mmio.read(0x60, 4);
    else {
      offerChain(values, bench.memory, ringOf(queue, size));
      if (random.below(4) > 0) mmio.write(0x50, queue, 4);
    }
    if (random.below(40) === 0) device.input?.(new Uint8Array(random.below(100)));
    if (random.below(16) === 0) bench.clock.advance(1_000_000);
  }
  // The walk must reach the devices, and not only their registers.
  expect(done).toBeGreaterThan(OPERATIONS / 100);
});

it.each(SEEDS)('PCI survives a guest that configures it at random: seed %i', (seed) => {
  const random = new SeededRandom(seed);
  const values = new HostileValues(random);
  const bench = { clock: new FakeClock(), memory: new TestMemory(), random };
  const devices = Object.values(VIRTIO).map((make) => new VirtioPci(bench, make(bench)));
  const messages: number[] = [];
  const host = new PciHost({
    functions: devices.map((device) => device.function),
    interrupts: [line, line, line, line],
    message: (address) => void (messages.length < 10 && messages.push(address)),
  });
  const memory = host.window('memory', 'memory', 0x1000_0000);
  const io = host.window('io', 'io', 0);
  let current = 1;
  let done = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    if (i % 20 === 0) {
      if (random.below(4) === 0) host.configuration.reset();
      for (let device = 1; device <= devices.length; device++) {
        const base = device << 15;
        host.configuration.write(base + 0x10, 0x1000 * device, 4);
        host.configuration.write(base + 0x14, 0x1000_0000 + 0x1_0000 * device, 4);
        host.configuration.write(base + 0x20, 0x1000_8000 + 0x1_0000 * device, 4);
        host.configuration.write(base + 0x24, 0, 4);
        host.configuration.write(base + 4, 7, 2);
      }
    }
    if (i % 20 === 0) {
      done += taken(devices[current - 1]!.queues, bench.memory, 16);
      current = 1 + random.below(devices.length);
      clearRings(bench.memory);
      setUpPci(memory, 0x8000 + 0x1_0000 * current, devices[current - 1]!.queues.length);
    }
    const device = 1 + random.below(devices.length + 1);
    const common = 0x8000 + 0x1_0000 * device;
    switch (random.below(24)) {
      case 0:
        accessOnce(values, host.configuration, 0x10_0000, [0x10, 0x14, 0x20, 4, 0x9a, 0x88, 0x8c, 0x90, 0x94].map((at) => (device << 15) + at));
        break;
      case 1:
        accessOnce(values, io, 0x1_0000, [4, 8, 12, 14, 16, 18, 19, 20, 22, 24, 40].map((at) => 0x1000 * device + at));
        break;
      case 2:
        accessOnce(values, memory, 0x2000_0000, [8, 12, 16, 20, 22, 24, 26, 28, 32, 36, 40, 48, 0x1000, 0x2000, 0x3000].map((at) => common + at));
        break;
      case 3:
        accessOnce(values, memory, 0x2000_0000, [0, 4, 8, 12, 16, 24, 28, 0x800].map((at) => 0x1_0000 * device + at));
        break;
      case 4:
        scribble(values, bench.memory, RINGS);
        break;
      default: {
        const queue = random.below(4);
        offerChain(values, bench.memory, ringOf(queue, 16));
        memory.write(0x8000 + 0x1_0000 * current + 0x3000 + 4 * queue, queue, 2);
      }
    }
    if (random.below(16) === 0) bench.clock.advance(1_000_000);
  }
  expect(done).toBeGreaterThan(OPERATIONS / 100);
  expect(messages.every((address) => Number.isInteger(address))).toBe(true);
});

const PERIPHERALS: Record<string, (bench: Bench) => { devices: readonly Peripheral[]; size: number; likely?: number[]; poke?: () => void }> = {
  flash: ({ random }) => {
    const flash = new CfiFlash('flash0', 0x10_0000, { storage: { ...failing(random), size: 0x10_0000, read: (_, length) => new Uint8Array(length) } });
    return { devices: [flash], size: 0x10_0000, likely: [0, 0, 4, 0x1000], poke: () => void flash.directMemory(random.below(0x10_0000)) };
  },
  fw_cfg: ({ memory }) => ({
    devices: [new FwCfg({ memory, processors: 1, files: [{ name: 'etc/x', content: new Uint8Array(100) }] })],
    size: 0x18, likely: [0, 8, 0x10, 0x14, 0x14],
  }),
  pl011: ({ random }) => {
    const uart = new Pl011({ transmit: () => undefined, interrupt: line });
    return { devices: [uart], size: 0x1000, likely: [0, 0x18, 0x2c, 0x30, 0x38, 0x44], poke: () => uart.input(new Uint8Array(random.below(40))) };
  },
  pl031: ({ clock }) => ({ devices: [new Pl031({ clock, startDate: 1_700_000_000, interrupt: line })], size: 0x1000, likely: [0, 4, 8, 0x10, 0x1c] }),
  pl061: ({ random }) => {
    const gpio = new Pl061(line);
    return { devices: [gpio], size: 0x1000, likely: [0x3fc, 0x400, 0x404, 0x408, 0x40c, 0x410, 0x41c], poke: () => gpio.setPin(random.below(8), random.below(2) === 1) };
  },
  gicv2m: () => ({ devices: [new MsiFrame(48, new Array(64).fill(line))], size: 0x1000, likely: [0x40] }),
  gic: ({ random }) => {
    const gic = new Gic({ processors: 2, outputs: { irq: () => undefined, fiq: () => undefined, virtualIrq: () => undefined, virtualFiq: () => undefined } });
    const poke = (): void => {
      gic.currentCpu = random.below(2);
      gic.spi(random.below(200)).set(random.below(2) === 1);
    };
    const devices = [gic.distributor, gic.cpuInterface, gic.hypervisorInterface, gic.virtualCpuInterface];
    return { devices, size: 0x1000, likely: [0, 4, 8, 0xc, 0x10, 0x100, 0x104, 0x10c, 0x200, 0x300, 0x400, 0x800, 0xc00, 0xf00, 0xf10], poke };
  },
};

it.each(SEEDS.flatMap((seed) => Object.keys(PERIPHERALS).map((name) => [name, seed] as const)))('%s survives any access: seed %i', (name, seed) => {
  const random = new SeededRandom(seed);
  const values = new HostileValues(random);
  const bench = { clock: new FakeClock(), memory: new TestMemory(), random };
  const { devices, size, likely = [], poke } = PERIPHERALS[name]!(bench);
  for (let i = 0; i < OPERATIONS; i++) {
    accessOnce(values, values.pick(devices), size, likely);
    if (random.below(8) === 0) poke?.();
    if (random.below(8) === 0) scribble(values, bench.memory, RINGS);
    if (random.below(16) === 0) bench.clock.advance(1_000_000);
    if (random.below(1000) === 0) devices[0]!.reset();
  }
  expect(bench.clock.pending).toBeLessThan(10);
});
