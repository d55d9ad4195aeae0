/** virtio's devices on both buses, with drivers that do their worst to them. */
import { SeededRandom } from '../../network/random.js';
import { UserNetwork } from '../../network/user-network.js';
import { pageServer } from '../../network/testing/page-server.js';
import { PciHost } from '../pci/pci-host.js';
import type { Peripheral } from '../peripheral.js';
import type { Snapshotable } from '../snapshotable.js';
import { memoryStorage, readOnlyStorage } from '../storage.js';
import type { TestMemory } from '../virtio/testing/driver.js';
import { MMIO_OFFSETS, RINGS, clearRings, offerChain, partsOf, ringOf, scribble, setUpMmio, usedRing } from '../virtio/testing/hostile.js';
import { VirtioBlk } from '../virtio/virtio-blk.js';
import { VirtioConsole } from '../virtio/virtio-console.js';
import type { VirtioDevice } from '../virtio/virtio-device.js';
import { VirtioMmio } from '../virtio/virtio-mmio.js';
import { VirtioNet } from '../virtio/virtio-net.js';
import { VirtioPci } from '../virtio/virtio-pci.js';
import { VirtioRng, type EntropySource } from '../virtio/virtio-rng.js';
import type { Bench, Subject } from './bench.js';

interface Made {
  device: VirtioDevice;
  others?: Snapshotable[];
  input?: (bytes: Uint8Array) => void;
  saveable?: boolean;
}

function entropy(): EntropySource {
  const random = new SeededRandom(9);
  return {
    next: (length) => new Uint8Array(length).fill(random.next()),
    saveState: () => random.saveState(),
    restoreState: (state) => random.restoreState(state),
  };
}

const DISK = 100 * 512 + 17;
const DEVICES: Record<string, (bench: Bench) => Made> = {
  block: (bench) => ({ device: new VirtioBlk({ storage: bench.failing(memoryStorage(DISK)), serial: 'fuzz' }), saveable: false }),
  'block-read-only': (bench) => ({
    device: new VirtioBlk({ storage: bench.failing(readOnlyStorage(new Uint8Array(DISK).fill(7))), serial: 'x' }),
  }),
  entropy: () => ({ device: new VirtioRng(entropy()) }),
  console: ({ transmit }) => {
    const device = new VirtioConsole({ transmit, port: true });
    return { device, input: (bytes) => void (device.inputWaits || device.input(bytes)) };
  },
  network: ({ clock }) => {
    const network = new UserNetwork({ clock, hosts: [pageServer()] });
    return { device: new VirtioNet({ mac: '52:54:00:12:34:56', network }), others: [network], input: (bytes) => network.receive(bytes) };
  },
};

/** Chains that the device has taken. */
function taken(queues: number, memory: TestMemory, size: number): number {
  let sum = 0;
  for (let queue = 0; queue < Math.min(queues, 4); queue++) {
    const [low, high] = memory.read(usedRing(ringOf(queue, size)) + 2, 2)!;
    sum += low! | (high! << 8);
  }
  return sum;
}

function onMmio(bench: Bench, kind: string, modern: boolean): Subject {
  const { device, others = [], input, saveable = true } = DEVICES[kind]!(bench);
  const mmio = new VirtioMmio({ ...bench, interrupt: bench.line('virtio'), device, modern });
  const { values, memory, random } = bench;
  let size = 16;
  let done = 0;
  return {
    parts: [mmio, ...others],
    saveable,
    step(operation) {
      if (operation % 20 === 0 && random.below(3) > 0) {
        done += taken(mmio.queues.length, memory, size);
        size = random.below(4) === 0 ? 256 : 16;
        clearRings(memory);
        setUpMmio(mmio, modern, random, size);
      }
      const queue = random.below(Math.min(mmio.queues.length, 4));
      const choice = random.below(16);
      if (choice === 0) bench.access(mmio, 0x200, MMIO_OFFSETS);
      else if (choice === 1) scribble(values, memory, RINGS + queue * 0x4000);
      else if (choice === 2) bench.seen.number(mmio.read(0x60, 4));
      else {
        offerChain(values, memory, ringOf(queue, size));
        if (random.below(4) > 0) mmio.write(0x50, queue, 4);
      }
      if (random.below(40) === 0) input?.(new Uint8Array(1 + random.below(100)));
      if (random.below(2000) === 0) mmio.reset();
    },
    follow(other) {
      size = (other as { size?: number }).size ?? size;
    },
    get size() {
      return size;
    },
    reached: () => done,
  } as Subject & { readonly size: number };
}

/** Sets a device up through the modern registers of a PCI device, whose region is at `common` of the window. */
function setUpPci(memory: Peripheral, common: number, queues: number, random: SeededRandom): void {
  memory.write(common + 20, 0, 1);
  memory.write(common + 20, 3, 1);
  [0, memory.read(common + 4, 4), 1, 1].forEach((value, i) => memory.write(common + 8 + 4 * (i & 1), value, 4));
  memory.write(common + 20, 11, 1);
  for (let queue = 0; queue < Math.min(queues, 4); queue++) {
    const ring = ringOf(queue, 16);
    memory.write(common + 22, queue, 2);
    memory.write(common + 24, 16, 2);
    partsOf(ring.base, ring.size, random).forEach((part, i) => {
      memory.write(common + 32 + 8 * i, part, 4);
      memory.write(common + 36 + 8 * i, 0, 4);
    });
    memory.write(common + 28, 1, 2);
  }
  memory.write(common + 20, 15, 1);
}

/** Offsets of the parts of a virtio device in configuration space, in its legacy and in its modern registers, and of MSI-X. */
const CONFIGURATION = [0x10, 0x14, 0x20, 0x24, 4, 6, 0x34, 0x3c, 0x9a, 0x88, 0x8c, 0x90, 0x94];
const LEGACY = [0, 4, 8, 12, 14, 16, 18, 19, 20, 22, 24, 40];
const MODERN = [0, 4, 8, 12, 16, 18, 20, 21, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 0x1000, 0x2000, 0x3000];
const TABLE = [0, 4, 8, 12, 16, 24, 28, 0x800];

/** A host bridge with one device of each kind in `kinds`. */
function onPci(bench: Bench, kinds: readonly string[]): Subject {
  const { values, random, memory: ram } = bench;
  const made = kinds.map((kind) => DEVICES[kind]!(bench));
  const devices = made.map(({ device }) => new VirtioPci(bench, device));
  const host = new PciHost({
    functions: devices.map((device) => device.function),
    interrupts: [0, 1, 2, 3].map((wire) => bench.line(`pci${wire}`)),
    message: (address, data) => {
      if (!Number.isInteger(address) || address < 0 || address >= 2 ** 64) throw new Error(`a message to ${address}`);
      bench.seen.number(address);
      bench.seen.number(data);
    },
  });
  const memory = host.window('memory', 'memory', 0x1000_0000);
  const io = host.window('io', 'io', 0);
  let current = 1;
  let done = 0;
  const configure = (device: number): void => {
    const base = device << 15;
    host.configuration.write(base + 0x10, 0x1000 * device, 4);
    host.configuration.write(base + 0x14, 0x1000_0000 + 0x1_0000 * device, 4);
    host.configuration.write(base + 0x20, 0x1000_8000 + 0x1_0000 * device, 4);
    host.configuration.write(base + 0x24, 0, 4);
    host.configuration.write(base + 4, 7, 2);
  };
  return {
    parts: [host, ...made.flatMap(({ others = [] }) => others)],
    saveable: made.every(({ saveable = true }) => saveable),
    step(operation) {
      if (operation % 20 === 0) {
        if (random.below(4) === 0) host.configuration.reset();
        devices.forEach((_, index) => configure(index + 1));
        done += taken(devices[current - 1]!.queues.length, ram, 16);
        current = 1 + random.below(devices.length);
        clearRings(ram);
        setUpPci(memory, 0x8000 + 0x1_0000 * current, devices[current - 1]!.queues.length, random);
      }
      const device = 1 + random.below(devices.length + 1);
      const choice = random.below(24);
      if (choice === 0)
        bench.access(
          host.configuration,
          0x10_0000,
          CONFIGURATION.map((at) => (device << 15) + at),
        );
      else if (choice === 1)
        bench.access(
          io,
          0x1_0000,
          LEGACY.map((at) => 0x1000 * device + at),
        );
      else if (choice === 2)
        bench.access(
          memory,
          0x2000_0000,
          MODERN.map((at) => 0x8000 + 0x1_0000 * device + at),
        );
      else if (choice === 3)
        bench.access(
          memory,
          0x2000_0000,
          TABLE.map((at) => 0x1_0000 * device + at),
        );
      else if (choice === 4) scribble(values, ram, RINGS);
      else {
        const queue = random.below(4);
        offerChain(values, ram, ringOf(queue, 16));
        memory.write(0x8000 + 0x1_0000 * current + 0x3000 + 4 * queue, queue, 2);
      }
      if (random.below(40) === 0) values.pick(made).input?.(new Uint8Array(1 + random.below(100)));
    },
    follow(other) {
      current = (other as { current?: number }).current ?? current;
    },
    get current() {
      return current;
    },
    reached: () => done,
  } as Subject & { readonly current: number };
}

const KINDS = Object.keys(DEVICES);

/** By name. */
export const VIRTIO: Record<string, (bench: Bench) => Subject> = Object.fromEntries([
  ...KINDS.flatMap((kind) => [
    [`virtio-mmio-legacy-${kind}`, (bench: Bench) => onMmio(bench, kind, false)],
    [`virtio-mmio-modern-${kind}`, (bench: Bench) => onMmio(bench, kind, true)],
    [`virtio-pci-${kind}`, (bench: Bench) => onPci(bench, [kind])],
  ]),
  [
    'pci-host',
    (bench: Bench) =>
      onPci(
        bench,
        KINDS.filter((kind) => kind !== 'block'),
      ),
  ],
]) as Record<string, (bench: Bench) => Subject>;
