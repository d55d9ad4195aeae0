/**
 * A whole machine that executes random instructions at every level, with random system registers, among all devices. Three
 * of them: interpreted, translated as soon as possible, and one that goes on from a snapshot of the second. Their processors
 * and memories must be equal at the end, and the machine's thread must never throw.
 */
import { instructionTable } from '../../../emulator/cpu/isa/index.js';
import { systemRegisters } from '../../../emulator/cpu/sysregs/table.js';
import { assemble, moveImmediate, mrs, msr, toBytes } from '../../../emulator/cpu/testing/assembler.js';
import { Digest } from '../../../emulator/devices/testing/digest.js';
import { readOnlyStorage } from '../../../emulator/devices/storage.js';
import { loadCoreModules } from '../../../emulator/host-node/core-modules.js';
import type { MachineOptions } from '../../../emulator/machine/options.js';
import { MachineRunner, type Execution } from '../../../emulator/machine/runner.js';
import { describeMachine } from '../../../emulator/machine/snapshot/description.js';
import { restoreRunner, takeSnapshot } from '../../../emulator/machine/snapshot/snapshot.js';
import { Mutator } from '../mutate.js';
import type { Target } from '../target.js';

const RAM = 0x4000_0000;
const RAM_SIZE = 4 << 20;
const CODE = RAM + 0x10_0000;
const CODE_WORDS = 96;
const VECTORS = RAM + 0x18_0000;
/** The first maps everything where it is; the others point to each other, to memory, to devices and nowhere. */
const TABLES = RAM + 0x20_0000;
const TABLE_PAGES = 16;
/** Rings and requests, should a device look there. */
const DATA = RAM + 0x30_0000;
const DEVICES = [
  0, 0x0400_0000, 0x0800_0000, 0x0800_0f00, 0x0801_0000, 0x0802_0040, 0x0803_0000, 0x0804_0000, 0x0900_0000, 0x0901_0000, 0x0902_0000,
  0x0902_0010, 0x0903_0000, 0x0a00_3e00, 0x0a00_3c00, 0x0a00_3a00, 0x0a00_0000, 0x0b00_0000, 0x1000_0000, 0x3eff_0000, 0x3f00_8000,
  0x3f01_0000, 0x40_1000_8000, 0x80_0000_0000,
];
/** Programs that are put into one machine, one after the other, and instructions and nanoseconds that each gets. */
const PROGRAMS = 16;
const SNAPSHOT_AFTER = 3;
const INSTRUCTIONS = 1500;
const NANOSECONDS = 30_000;

const EAGER: Execution = { translation: { threshold: 2, batch: 1, patience: 0 } };
const INTERPRETED: Execution = { translation: { threshold: 0 } };

/** What is put into a machine from outside, at equal times. */
interface Injection {
  code: Uint8Array;
  data: Uint8Array;
  registers: bigint[];
  typed: Uint8Array;
}

function optionsOf(change: Mutator): MachineOptions {
  const pcie = change.pick([undefined, 'high', 'low'] as const);
  const place = pcie ? change.pick([true, false]) : false;
  return {
    ramSize: RAM_SIZE,
    virtualization: change.chance(2),
    processors: change.pick([1, 1, 2, 4]),
    seed: change.random.below(1000),
    pacing: 'simulated',
    pcie,
    loaders: [{ bytes: new Uint8Array(4), address: CODE, setsEntry: true }],
    modernVirtio: change.chance(2),
    devices: [
      { kind: 'network', mac: '52:54:00:12:34:56', pci: place },
      { kind: 'block', storage: readOnlyStorage(new Uint8Array(0x5000)), pci: place },
      { kind: 'console', port: change.pick(['terminal', 'unconnected'] as const), pci: place },
      { kind: 'entropy', pci: place },
    ],
  };
}

function bits64(change: Mutator): bigint {
  return (BigInt(change.random.next()) << 32n) | BigInt(change.random.next());
}

/** A value that a register could well have: an address of something, or anything. */
function registerValue(change: Mutator): bigint {
  const { random } = change;
  switch (random.below(8)) {
    case 0:
      return bits64(change);
    case 1:
      return BigInt(random.below(300));
    case 2:
    case 3:
    case 4:
      return BigInt(change.pick(DEVICES) + 4 * random.below(change.pick([4, 32, 256])));
    case 5:
      return BigInt(change.pick([CODE, VECTORS, TABLES, RAM, RAM + RAM_SIZE - 8, RAM + RAM_SIZE]) + random.below(4096));
    case 6:
      // PSCI's functions, for HVC and SMC.
      return 0x8400_0000n + BigInt(random.below(24)) + (change.chance(2) ? 0x4000_0000n : 0n);
    default:
      return BigInt(DATA + 8 * random.below(2048));
  }
}

/** Values that make sense in control registers, by the registers' names: the first row that fits. */
const CONTROL_VALUES: readonly [RegExp, (change: Mutator) => bigint][] = [
  [
    /^V?TTBR/,
    (change) => BigInt(TABLES + (change.chance(2) ? 0 : 4096 * change.random.below(TABLE_PAGES))) | (BigInt(change.random.below(4)) << 48n),
  ],
  [
    /^TCR/,
    (change) =>
      BigInt(25 + change.random.below(8)) |
      (BigInt(25 + change.random.below(8)) << 16n) |
      (change.chance(4) ? 1n << 14n : 0n) |
      (2n << 30n) |
      (2n << 32n),
  ],
  [/^VTCR/, () => 0x8000_0000n | 25n | (1n << 6n) | (2n << 16n)],
  [/^SCTLR/, (change) => 0x30d0_0800n | BigInt(change.pick([0, 1, 1, 3, 0x100d, change.random.next() & 0x1fff]))],
  [/^VBAR/, () => BigInt(VECTORS)],
  [/^HCR_EL2$/, (change) => (1n << 31n) | (change.chance(3) ? bits64(change) & 0x7fff_ffffn : BigInt(change.random.below(2)))],
  [/^ELR/, (change) => BigInt(CODE + 4 * change.random.below(CODE_WORDS))],
  [/^SPSR/, (change) => BigInt(change.pick([0x3c5, 0x3c4, 0x3c9, 0x3c0, 5, 4, 0, 0x10, change.random.next()]))],
  [/CVAL|TVAL/, (change) => BigInt(change.random.below(4000))],
  [/_CTL_EL[02]$/, (change) => BigInt(change.random.below(4))],
];

function controlValue(change: Mutator, name: string): bigint {
  if (change.chance(12)) return bits64(change);
  const row = CONTROL_VALUES.find(([pattern]) => pattern.test(name));
  return row ? row[1](change) : bits64(change);
}

/** Rows by kind, so that each kind has its share. */
const loadsAndStores = instructionTable.filter(({ value }) => ((value >>> 25) & 5) === 4);
const branches = instructionTable.filter(({ value }) => ((value >>> 26) & 7) === 5);

function anyOf(change: Mutator, rows: typeof instructionTable): number {
  const row = change.pick(rows);
  return ((change.random.next() & ~row.mask) | row.value) >>> 0;
}

function words(change: Mutator): number[] {
  const { random } = change;
  switch (random.below(16)) {
    case 0:
      return [random.next()];
    case 1:
    case 2: {
      const { name, access } = change.pick(systemRegisters);
      const t = random.below(31);
      if (access !== 'wo' && change.chance(2)) return [mrs(t, name)];
      return access === 'ro' ? [mrs(t, name)] : [...moveImmediate(t, controlValue(change, name)), msr(name, t)];
    }
    case 3:
      return [
        change.pick([
          assemble('HVC', {}),
          assemble('SMC', {}),
          assemble('SVC', {}),
          assemble('ERET'),
          assemble('WFI'),
          assemble('WFE'),
          assemble('ISB', { m: 15 }),
          0,
        ]),
      ];
    case 4:
    case 5:
      // Back or forth by a few words: loops are what becomes hot.
      return [assemble('B_BL', { o: 0, i: (random.below(24) - 16) & 0x3ff_ffff })];
    case 6:
      return [anyOf(change, branches)];
    case 7:
    case 8:
    case 9:
    case 10:
      return [anyOf(change, loadsAndStores)];
    default:
      return [anyOf(change, instructionTable)];
  }
}

function injection(change: Mutator): Injection {
  const code: number[] = [];
  // Most programs find vectors to go on by, so that an exception is not their end.
  if (!change.chance(8)) code.push(...moveImmediate(28, BigInt(VECTORS)), msr('VBAR_EL1', 28));
  while (code.length < CODE_WORDS) code.push(...words(change));
  return {
    code: toBytes(code),
    data: change.noise(64),
    registers: Array.from({ length: 31 }, () => registerValue(change)),
    typed: change.noise(change.chance(4) ? change.random.below(8) : 0),
  };
}

/** Vectors that go on after what caused the exception, or somewhere else. */
function vectors(change: Mutator, level: 1 | 2): Uint8Array {
  const slots: number[] = [];
  const onwards = [
    mrs(28, `ELR_EL${level}`),
    assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 4, n: 28, d: 28 }),
    msr(`ELR_EL${level}`, 28),
    assemble('ERET'),
  ];
  for (let slot = 0; slot < 16; slot++) {
    const code = change.chance(8) ? words(change) : onwards;
    slots.push(...code, ...Array<number>(32 - code.length).fill(assemble('ERET')));
  }
  return toBytes(slots);
}

function tables(change: Mutator): Uint8Array {
  const bytes = new Uint8Array(TABLE_PAGES * 4096);
  const view = new DataView(bytes.buffer);
  // One gigabyte of devices, and one of RAM, as blocks.
  view.setBigUint64(0, 0x0060_0000_0000_0401n | 4n, true);
  view.setBigUint64(8, BigInt(RAM) | 0x701n, true);
  for (let at = 16; at < bytes.length; at += 8) {
    const to = change.pick([
      TABLES + 4096 * change.random.below(TABLE_PAGES),
      RAM + 4096 * change.random.below(RAM_SIZE >> 12),
      change.pick(DEVICES),
      change.random.next(),
    ]);
    const attributes = BigInt(change.random.below(0x1000)) & 0xfffn;
    view.setBigUint64(at, change.chance(6) ? 0n : BigInt(Math.floor(to / 4096) * 4096) | attributes | 0x401n, true);
  }
  return bytes;
}

/** A machine, and what came out of it. */
class Subject {
  readonly printed = new Digest();
  readonly runner: MachineRunner;

  constructor(make: (output: (byte: number, time: number) => void) => MachineRunner) {
    this.runner = make((byte, time) => {
      this.printed.number(byte);
      this.printed.number(time);
    });
  }

  /** False: it has come to an end. */
  perform({ code, data, registers, typed }: Injection): boolean {
    const { runner } = this;
    const { processor } = runner;
    if (!runner.prepare()) return false;
    processor.write(CODE, code);
    processor.write(DATA, data);
    registers.forEach((value, n) => processor.setX(n, value));
    processor.pc = BigInt(CODE);
    if (typed.length > 0) runner.input(typed);
    const { time, instructions } = runner.status(false);
    const { stop } = runner.run(time + NANOSECONDS, () => false, instructions + INSTRUCTIONS);
    return stop?.kind === 'limit';
  }

  /** What the three have in common. */
  get state(): string {
    const { time, instructions, stopped } = this.runner.status(false);
    return [this.runner.digest(), time, instructions, stopped?.kind, this.printed].join(' ');
  }
}

export const machines: Target = {
  name: 'machine',
  small: 40,
  run(seed, operations, tick) {
    const modules = loadCoreModules();
    const change = new Mutator(seed);
    const digest = new Digest();
    for (let done = 0; done < operations;) {
      const options = optionsOf(change);
      const images: [number, Uint8Array][] = [
        [VECTORS, vectors(change, options.virtualization ? 2 : 1)],
        [TABLES, tables(change)],
        [DATA, change.noise(0x4000)],
      ];
      const made = (execution: Execution): Subject => {
        const subject = new Subject((output) => new MachineRunner(options, modules, output, execution));
        for (const [address, bytes] of images) subject.runner.processor.write(address, bytes);
        return subject;
      };
      const subjects = [made(INTERPRETED), made(EAGER)];
      for (let program = 0; program < PROGRAMS && done < operations; program++) {
        const injected = injection(change);
        const goes = subjects.map((subject) => subject.perform(injected));
        const [first, ...others] = subjects.map(({ state }) => state);
        const other = others.findIndex((state) => state !== first);
        if (other >= 0)
          throw new Error(
            `program ${program} of a machine with ${options.processors} processors: interpreted ${first}, ${other === 0 ? 'translated' : 'from a snapshot'} ${others[other]}`,
          );
        digest.text(first!);
        tick(++done);
        if (!goes[0]) break;
        if (program === SNAPSHOT_AFTER) subjects.push(goOnFrom(subjects[1]!, options));
      }
    }
    return String(digest);

    function goOnFrom(subject: Subject, options: MachineOptions): Subject {
      const snapshot = takeSnapshot(subject.runner, describeMachine(options));
      const restored = new Subject(
        (output) => restoreRunner(snapshot, { pacing: 'simulated', devices: options.devices }, modules, output, EAGER).runner,
      );
      restored.printed.copyFrom(subject.printed);
      return restored;
    }
  },
};
