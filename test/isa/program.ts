/**
 * A program that runs each trial between loading all registers and storing them, as an image at a fixed address and
 * as a static ELF file of it. The same bytes run under `qemu-aarch64` and on the bare processor at EL0, from different
 * entry points: Linux delivers faults as signals, the processor as exceptions to EL1.
 */
import { Assembler, ERET, RET } from './assemble.js';
import {
  BASE,
  CHUNK,
  DATA,
  OFFSET,
  RECORD,
  RECORDS,
  ROUTINES,
  SIGBUS,
  SIGILL,
  SIGNALS,
  SIGSEGV,
  SIGTRAP,
  SLOTS,
  SLOT_BYTES,
  VECTORS,
  recordAddress,
} from './layout.js';
import { makeTrial, type Trial } from './sequence.js';

export interface Program {
  readonly image: Uint8Array;
  readonly userEntry: number;
  /** For the bare processor at EL1. Later runs, at EL0, begin at `main`. */
  readonly bareEntry: number;
  readonly main: number;
  /** Where EL0 is when all trials have run; what is there belongs to Linux. */
  readonly end: number;
  readonly trials: readonly Trial[];
  readonly records: { readonly address: number; readonly length: number };
}

const controls = [
  ['fpcr', 'FPCR'],
  ['fpsr', 'FPSR'],
  ['nzcv', 'NZCV'],
] as const;

/** Loads the state from the record at X30, and goes to the trial. */
function emitLoad(a: Assembler): void {
  // The exclusive monitor: what it saw last is the same for every trial, and it is open.
  a.loadExclusivePair(0, 1, 30);
  a.clearExclusive();
  for (const [offset, name] of [...controls, ['tpidr', 'TPIDR_EL0']] as const) {
    a.ldr(1, 30, OFFSET[offset]);
    a.msr(name, 1);
  }
  a.ldr(1, 30, OFFSET.sp);
  a.add(31, 1, 0);
  for (let t = 0; t < 32; t += 2) a.pairQ(true, t, 30, OFFSET.v + 16 * t);
  for (let t = 0; t < 30; t += 2) a.pairX(true, t, 30, 8 * t);
  a.ldr(30, 30, OFFSET.start);
  a.branchRegister(30);
}

/** Stores the state into the record at X30, whose own value is in TPIDR_EL0, and goes on with the next one. */
function emitStore(a: Assembler, load: number, end: number): void {
  for (let t = 0; t < 30; t += 2) a.pairX(false, t, 30, 8 * t);
  a.mrs(1, 'TPIDR_EL0');
  a.str(1, 30, OFFSET.x + 240);
  a.add(1, 31, 0);
  a.str(1, 30, OFFSET.sp);
  for (const [offset, name] of controls) {
    a.mrs(1, name);
    a.str(1, 30, OFFSET[offset]);
  }
  for (let t = 0; t < 32; t += 2) a.pairQ(false, t, 30, OFFSET.v + 16 * t);
  a.add(30, 30, RECORD);
  a.constant(0, end);
  a.subtract(1, 30, 0);
  a.branchIfNotZero(1, load - a.at);
}

/**
 * Tells the record of the trial that X3 points into of a fault there: X0 the signal, X5 the address. A bit of the
 * signal's cell counts as each word of the slot. Uses X6 to X9.
 */
function emitLog(a: Assembler): void {
  a.constant(6, SLOTS);
  a.subtract(6, 3, 6);
  a.shiftRight(7, 6, 8);
  a.constant(8, RECORD);
  a.constant(9, RECORDS);
  a.multiplyAdd(7, 7, 8, 9);
  a.shiftLeft(8, 0, 3);
  a.addRegister(7, 7, 8);
  a.str(5, 7, OFFSET.faultAddress);
  a.shiftRight(6, 6, 2);
  a.constant(8, 1);
  a.shiftLeftBy(8, 8, 6);
  a.ldr(9, 7, OFFSET.faults);
  a.or(9, 9, 8);
  a.str(9, 7, OFFSET.faults);
}

const SA_SIGINFO = 4;
const SA_RESTORER = 0x04000000;
const SA_ONSTACK = 0x08000000;
/** Of the saved program counter in Linux's ucontext, and of the address in its siginfo. */
const UCONTEXT_PC = 440;
const SIGINFO_ADDRESS = 16;
const SIGNAL_STACK = 0x20000;

/** Linux: a signal handler that skips the instruction. */
function emitSignalHandler(a: Assembler): { handler: number; restorer: number } {
  const handler = a.at;
  a.ldr(3, 2, UCONTEXT_PC);
  a.ldr(5, 1, SIGINFO_ADDRESS);
  emitLog(a);
  a.add(3, 3, 4);
  a.str(3, 2, UCONTEXT_PC);
  a.word(RET);
  const restorer = a.at;
  a.systemCall(139);
  return { handler, restorer };
}

const ENOSYS = 38;
/** Exception classes and the fault status of ESR_EL1 (DDI 0487 D17.2.37). */
const CLASS = { waiting: 0x01, svc: 0x15, dataAbort: 0x24, breakpoint: 0x3c } as const;
const ALIGNMENT_FAULT = 0x21;

/** The bare processor: what Linux makes of an exception from EL0, as a signal or without one. */
function emitExceptionHandler(a: Assembler): void {
  const saved = [0, 2, 4, 6, 8] as const;
  a.sub(31, 31, 96);
  for (const t of saved) a.pairX(false, t, 31, 8 * t);
  a.mrs(1, 'ESR_EL1');
  a.mrs(3, 'ELR_EL1');
  a.shiftRight(2, 1, 26);
  const is = (register: number, value: number, then: () => void): void => {
    a.sub(4, register, value);
    const over = a.at;
    a.word(0);
    then();
    const end = a.at;
    a.at = over;
    a.branchIfNotZero(4, end - over);
    a.at = end;
  };
  const leave = (): void => {
    for (const t of saved) a.pairX(true, t, 31, 8 * t);
    a.add(31, 31, 96);
    a.word(ERET);
  };
  is(2, CLASS.svc, () => {
    a.constant(4, ENOSYS);
    a.subtract(4, 31, 4);
    a.str(4, 31, 0);
    leave();
  });
  is(2, CLASS.waiting, () => {
    a.add(3, 3, 4);
    a.msr('ELR_EL1', 3);
    leave();
  });
  a.constant(0, SIGILL);
  a.move(5, 3);
  is(2, CLASS.breakpoint, () => a.constant(0, SIGTRAP));
  is(2, CLASS.dataAbort, () => {
    a.mrs(5, 'FAR_EL1');
    a.constant(0, SIGSEGV);
    a.lowBits(6, 1, 6);
    is(6, ALIGNMENT_FAULT, () => a.constant(0, SIGBUS));
  });
  emitLog(a);
  a.add(3, 3, 4);
  a.msr('ELR_EL1', 3);
  leave();
}

const bytesAt = (image: Uint8Array, address: number): number => image.byteOffset + address - BASE;

/** Trials `first` to `first + count - 1` of a seed, in the slots that they have in their chunk; `count` fits into it. */
export function buildProgram(seed: number, first: number, count: number): Program {
  const image = new Uint8Array(RECORDS + CHUNK * RECORD - BASE);
  const harness = emitHarness(image, first % CHUNK, count);
  const trials = Array.from({ length: count }, (_, i) => {
    const slot = (first + i) % CHUNK;
    const record = new Uint32Array(image.buffer, bytesAt(image, recordAddress(slot)), RECORD / 4);
    const trial = makeTrial(seed, first + i, slot, record, (from) => (0x14000000 | (((harness.store - from) >> 2) & 0x3ffffff)) >>> 0);
    new Uint32Array(image.buffer, bytesAt(image, SLOTS + slot * SLOT_BYTES), SLOT_BYTES / 4).set(trial.code);
    return trial;
  });
  return { image, ...harness, trials, records: { address: recordAddress(first % CHUNK), length: count * RECORD } };
}

/** The same program with other words in the slot of its only trial. */
export function withCode(program: Program, code: Uint32Array): Program {
  const trial = { ...program.trials[0]!, code };
  const image = program.image.slice();
  new Uint32Array(image.buffer, bytesAt(image, SLOTS + trial.slot * SLOT_BYTES), SLOT_BYTES / 4).set(code);
  return { ...program, image, trials: [trial] };
}

type Harness = Pick<Program, 'userEntry' | 'bareEntry' | 'main' | 'end'> & { readonly store: number };

function emitHarness(image: Uint8Array, firstSlot: number, count: number): Harness {
  const view = new DataView(image.buffer);
  const a = new Assembler(image, BASE, ROUTINES);
  const load = a.at;
  emitLoad(a);
  const store = a.at;
  emitStore(a, load, recordAddress(firstSlot + count));
  const end = a.at;
  a.msr('FPCR', 31);
  a.constant(0, 1);
  a.constant(1, recordAddress(firstSlot));
  a.constant(2, count * RECORD);
  a.systemCall(64);
  a.constant(0, 0);
  a.systemCall(94);
  const main = a.at;
  a.constant(30, recordAddress(firstSlot));
  a.branch(load - a.at);

  const { handler, restorer } = emitSignalHandler(a);
  const action = DATA;
  view.setBigUint64(action - BASE, BigInt(handler), true);
  view.setBigUint64(action - BASE + 8, BigInt(SA_SIGINFO | SA_RESTORER | SA_ONSTACK), true);
  view.setBigUint64(action - BASE + 16, BigInt(restorer), true);
  const stack = DATA + 0x40;
  const stackMemory = BASE + Math.ceil(image.length / 0x1000) * 0x1000;
  view.setBigUint64(stack - BASE, BigInt(stackMemory), true);
  view.setBigUint64(stack - BASE + 16, BigInt(SIGNAL_STACK), true);
  const userEntry = a.at;
  a.constant(0, stack);
  a.constant(1, 0);
  a.systemCall(132);
  for (const signal of SIGNALS) {
    a.constant(0, signal);
    a.constant(1, action);
    a.constant(2, 0);
    a.constant(3, 8);
    a.systemCall(134);
  }
  a.branch(main - a.at);

  const exception = a.at;
  emitExceptionHandler(a);
  const vector = new Assembler(image, BASE, VECTORS + 0x400);
  vector.branch(exception - vector.at);
  const bareEntry = a.at;
  const set = (name: Parameters<Assembler['msr']>[0], value: number): void => {
    a.constant(0, value);
    a.msr(name, 0);
  };
  set('VBAR_EL1', VECTORS);
  set('CPACR_EL1', 3 << 20);
  // What Linux lets EL0 do, UCI, UCT, DZE, and both counters. WFI ends a slice, and no more; WFE traps: both go by Linux's
  // side in QEMU, which opens the exclusive monitor.
  set('SCTLR_EL1', (0x30d00800 & ~(1 << 18)) | (1 << 26) | (1 << 16) | (1 << 15) | (1 << 14));
  set('CNTKCTL_EL1', 3);
  set('SPSR_EL1', 0x3c0);
  set('ELR_EL1', main);
  a.constant(0, DATA + 0x1000);
  a.add(31, 0, 0);
  a.word(ERET);
  writeElfHeader(view, userEntry, image.length, stackMemory + SIGNAL_STACK - BASE);
  return { userEntry, bareEntry, main, end, store };
}

/** ELF64 header and one loadable segment that is everything (System V ABI, gABI chapters 4 and 5). */
function writeElfHeader(view: DataView, entry: number, fileSize: number, memorySize: number): void {
  [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].forEach((byte, i) => view.setUint8(i, byte));
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 183, true); // EM_AARCH64
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(entry), true);
  view.setBigUint64(32, 64n, true); // program headers follow
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint16(58, 64, true);
  view.setUint32(64, 1, true); // PT_LOAD
  view.setUint32(68, 7, true); // readable, writable, executable
  view.setBigUint64(80, BigInt(BASE), true);
  view.setBigUint64(88, BigInt(BASE), true);
  view.setBigUint64(96, BigInt(fileSize), true);
  view.setBigUint64(104, BigInt(memorySize), true);
  view.setBigUint64(112, 0x1000n, true);
}
