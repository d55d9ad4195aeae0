/**
 * Devices that go on from their states: whatever a guest does to both, the second does as the first, in its registers, in
 * memory, on its wires and in its state.
 */
import { EventQueue } from '../board/event-queue.js';
import { encodeState } from '../machine/snapshot/encoding.js';
import { SeededRandom } from '../network/random.js';
import { UserNetwork } from '../network/user-network.js';
import { wordServer } from '../network/word-server.js';
import { CfiFlash } from './cfi-flash.js';
import { FwCfg } from './fw-cfg.js';
import { Gic } from './gic/gic.js';
import { PciHost } from './pci/pci-host.js';
import type { InterruptLine, Peripheral } from './peripheral.js';
import { Pl011 } from './pl011.js';
import { Pl031 } from './pl031.js';
import { Pl061 } from './pl061.js';
import { StateReader, type Snapshotable } from './snapshotable.js';
import { readOnlyStorage } from './storage.js';
import { TestMemory } from './virtio/testing/driver.js';
import { HostileValues, MMIO_OFFSETS, RINGS, accessOnce, clearRings, offerChain, ringOf, scribble, setUpMmio } from './virtio/testing/hostile.js';
import { VirtioBlk } from './virtio/virtio-blk.js';
import { VirtioConsole } from './virtio/virtio-console.js';
import type { VirtioDevice } from './virtio/virtio-device.js';
import { VirtioMmio } from './virtio/virtio-mmio.js';
import { VirtioNet } from './virtio/virtio-net.js';
import { VirtioPci } from './virtio/virtio-pci.js';
import { VirtioRng, type EntropySource } from './virtio/virtio-rng.js';

const RAM_BASE = 0x4000_0000;
const RAM_SIZE = 0x40_0000;
const OPERATIONS = 250;
const ROUNDS = 3;

class Bench {
  time = 0;
  readonly clock = new EventQueue(() => this.time);
  readonly memory = new TestMemory();
  readonly random = new SeededRandom(0);
  readonly values = new HostileValues(this.random);
  /** What happened on wires and lines. */
  log: string[] = [];
  /** A sum of the bytes that were sent: there are many. */
  sent = 0;
  readonly levels = new Map<string, boolean>();

  line(name: string): InterruptLine {
    return {
      set: (level) => {
        if (level !== (this.levels.get(name) ?? false)) this.log.push(`${name} ${level}`);
        this.levels.set(name, level);
      },
    };
  }

  readonly transmit = (byte: number): void => void (this.sent = (Math.imul(this.sent, 31) + byte) >>> 0);

  advance(duration: number): void {
    for (const end = this.time + duration; ; this.time = Math.min(end, this.clock.nextDeadline())) {
      this.clock.runDue(this.time);
      if (this.time === end) return;
    }
  }

  /** As the other stands, but for what is on the bench. */
  follow(other: Bench): void {
    this.time = other.time;
    this.sent = other.sent;
    this.random.restoreState(new StateReader(other.random.saveState(), 'random'));
    this.clock.restoreState(new StateReader(other.clock.saveState(), 'events'));
    this.memory.write(RAM_BASE, other.memory.read(RAM_BASE, RAM_SIZE)!);
    for (const [name, level] of other.levels) this.levels.set(name, level);
  }
}

/** A device, its parts that have state, and what a guest and the world do to it. */
interface Subject {
  parts: Snapshotable[];
  step(operation: number): void;
}

type Registers = Peripheral & Snapshotable;

const poked = (bench: Bench, device: Registers, size: number, likely: number[], poke: () => void = () => undefined): Subject => ({
  parts: [device],
  step() {
    accessOnce(bench.values, device, size, likely);
    if (bench.random.below(8) === 0) poke();
    if (bench.random.below(8) === 0) scribble(bench.values, bench.memory, RINGS);
  },
});

function virtio(bench: Bench, kind: string, modern: boolean): Subject {
  const { device, others = [], input } = DEVICES[kind]!(bench);
  const mmio = new VirtioMmio({ ...bench, interrupt: bench.line('virtio'), device, modern });
  const { values, memory, random } = bench;
  return {
    parts: [mmio, ...others],
    step(operation) {
      if (operation % 20 === 0 && random.below(3) === 0) {
        clearRings(memory);
        setUpMmio(mmio, modern, random, 16);
      }
      const queue = random.below(Math.min(mmio.queues.length, 4));
      if (random.below(12) === 0) accessOnce(values, mmio, 0x200, MMIO_OFFSETS);
      offerChain(values, memory, ringOf(queue, 16));
      if (random.below(4) > 0) mmio.write(0x50, queue, 4);
      if (random.below(20) === 0) input?.(new Uint8Array(1 + random.below(100)));
    },
  };
}

interface Made {
  device: VirtioDevice;
  others?: Snapshotable[];
  input?: (bytes: Uint8Array) => void;
}

const entropy = (): EntropySource => {
  const random = new SeededRandom(9);
  return {
    next: (length) => new Uint8Array(length).fill(random.next()),
    saveState: () => random.saveState(),
    restoreState: (state) => random.restoreState(state),
  };
};

const DEVICES: Record<string, (bench: Bench) => Made> = {
  block: () => ({ device: new VirtioBlk({ storage: readOnlyStorage(new Uint8Array(100 * 512 + 17).fill(7)), serial: 'x' }) }),
  entropy: () => ({ device: new VirtioRng(entropy()) }),
  console: ({ transmit }: Bench) => {
    const device = new VirtioConsole({ transmit, port: true });
    return { device, input: (bytes: Uint8Array) => device.input(bytes) };
  },
  network: ({ clock }: Bench) => {
    const network = new UserNetwork({ clock, hosts: [wordServer({ seed: 1 })] });
    return { device: new VirtioNet({ mac: '52:54:00:12:34:56', network }), others: [network], input: (bytes: Uint8Array) => network.receive(bytes) };
  },
};

const SUBJECTS: Record<string, (bench: Bench) => Subject> = {
  pl011: (bench) => {
    const uart = new Pl011({ transmit: bench.transmit, interrupt: bench.line('uart') });
    return poked(bench, uart, 0x1000, [0, 0x18, 0x2c, 0x30, 0x38, 0x44], () => uart.input(new Uint8Array(bench.random.below(40)).fill(bench.random.next())));
  },
  pl031: (bench) => poked(bench, new Pl031({ ...bench, startDate: 1_700_000_000, interrupt: bench.line('rtc') }), 0x1000, [0, 4, 8, 0x10, 0x1c]),
  pl061: (bench) => {
    const gpio = new Pl061(bench.line('gpio'));
    return poked(bench, gpio, 0x1000, [0x3fc, 0x400, 0x404, 0x408, 0x40c, 0x410, 0x41c], () => gpio.setPin(bench.random.below(8), bench.random.below(2) === 1));
  },
  fw_cfg: (bench) => {
    const files = [{ name: 'x', content: new Uint8Array(100).fill(3) }];
    return poked(bench, new FwCfg({ memory: bench.memory, processors: 1, files }), 0x18, [0, 8, 0x10, 0x14]);
  },
  flash: (bench) => poked(bench, new CfiFlash('flash0', 0x10_0000, { content: Uint8Array.of(1, 2, 3) }), 0x10_0000, [0, 0, 4, 0x1000]),
  gic: (bench) => {
    const wire = (name: string) => (cpu: number, level: boolean): void => void bench.log.push(`${name}${cpu} ${level}`);
    const gic = new Gic({ processors: 2, outputs: { irq: wire('irq'), fiq: wire('fiq'), virtualIrq: wire('virq'), virtualFiq: wire('vfiq') } });
    const windows = [gic.distributor, gic.cpuInterface, gic.hypervisorInterface, gic.virtualCpuInterface];
    const likely = [0, 4, 8, 0xc, 0x10, 0x100, 0x104, 0x200, 0x300, 0x400, 0x800, 0xc00, 0xf00, 0xf10];
    return {
      parts: [gic],
      step() {
        gic.currentCpu = bench.random.below(2);
        accessOnce(bench.values, bench.values.pick(windows), 0x1000, likely);
        if (bench.random.below(4) === 0) gic.spi(bench.random.below(200)).set(bench.random.below(2) === 1);
      },
    };
  },
  pci: (bench) => {
    const made = ['block', 'entropy', 'console'].map((kind) => DEVICES[kind]!(bench));
    const host = new PciHost({
      functions: made.map(({ device }) => new VirtioPci(bench, device).function),
      interrupts: [0, 1, 2, 3].map((wire) => bench.line(`pci${wire}`)),
      message: (address, data) => bench.log.push(`message ${address} ${data}`),
    });
    const memory = host.window('memory', 'memory', 0x1000_0000);
    return {
      parts: [host],
      step(operation) {
        const device = 1 + bench.random.below(3);
        const base = device << 15;
        if (operation % 50 === 0) {
          host.configuration.write(base + 0x14, 0x1000_0000 + 0x1_0000 * device, 4);
          host.configuration.write(base + 0x20, 0x1000_8000 + 0x1_0000 * device, 4);
          host.configuration.write(base + 4, 7, 2);
        }
        const common = 0x8000 + 0x1_0000 * device;
        if (bench.random.below(2)) accessOnce(bench.values, host.configuration, 0x10_0000, [0x10, 0x14, 4, 0x9a, 0x88].map((at) => base + at));
        else accessOnce(bench.values, memory, 0x2000_0000, [8, 12, 16, 20, 22, 24, 28, 32, 36, 40, 48, 0x1000, 0x2000].map((at) => common + at));
        accessOnce(bench.values, memory, 0x2000_0000, [0, 4, 8, 12, 28].map((at) => 0x1_0000 * device + at));
      },
    };
  },
  ...Object.fromEntries(Object.keys(DEVICES).flatMap((kind) => [false, true].map((modern) => [`${kind}, modern: ${modern}`, (bench: Bench) => virtio(bench, kind, modern)]))),
};

const stateOf = ({ parts }: Subject): string => parts.map((part) => String(encodeState(part.saveState()))).join('\n');

function walk(bench: Bench, subject: Subject): void {
  for (let i = 0; i < OPERATIONS; i++) {
    subject.step(i);
    if (bench.random.below(16) === 0) bench.advance(1_000_000);
  }
}

it.each(Object.keys(SUBJECTS).flatMap((name) => [1, 2].map((seed) => [name, seed] as const)))('%s goes on as it would have: seed %i', (name, seed) => {
  const bench = new Bench();
  bench.random.restoreState(new StateReader(new SeededRandom(seed).saveState(), 'random'));
  const subject = SUBJECTS[name]!(bench);
  const start = stateOf(subject);
  for (let round = 0; round < ROUNDS; round++) {
    walk(bench, subject);
    const twin = new Bench();
    const second = SUBJECTS[name]!(twin);
    // What a device says at power-on is another matter.
    twin.log = [];
    twin.follow(bench);
    subject.parts.forEach((part, index) => second.parts[index]!.restoreState(new StateReader(part.saveState(), name)));
    twin.clock.requireRestored(new StateReader(bench.clock.saveState(), 'events'));
    // Restoring is heard by nobody.
    expect(twin.log).toEqual([]);
    expect(stateOf(second)).toBe(stateOf(subject));
    bench.log = [];
    walk(bench, subject);
    walk(twin, second);
    expect(stateOf(second)).toBe(stateOf(subject));
    expect([twin.sent, ...twin.log]).toEqual([bench.sent, ...bench.log]);
    expect(Buffer.compare(twin.memory.read(RAM_BASE, RAM_SIZE)!, bench.memory.read(RAM_BASE, RAM_SIZE)!)).toBe(0);
  }
  expect(stateOf(subject)).not.toBe(start);
});
