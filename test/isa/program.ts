/**
 * A program that runs each trial between loading all registers and storing them, as an image at a fixed address and
 * as a static ELF file of it. The same bytes run under `qemu-aarch64` and on the bare processor, from different
 * entry points: Linux delivers faults as signals, the processor as exceptions.
 */
import { Assembler, EOR_X29_1, ERET, RET } from './assemble.js';
import { controlRegister, generalRegister, statusRegister, vectorHalf, type Random } from './state.js';
import type { Trial } from './words.js';

export const BASE = 0x40000000;
const HEADER = 0x1000;
/** Bytes of one trial's record, and where its parts are. */
export const RECORD = 1088;
export const OFFSET = { x: 0, sp: 248, fpcr: 256, fpsr: 264, nzcv: 272, fault: 280, v: 288, scratch: 800 } as const;
const SCRATCH = RECORD - OFFSET.scratch;
/** Instructions of one trial, at most. */
const BLOCK = 100 * 4;

export interface Program {
  readonly image: Uint8Array;
  readonly userEntry: number;
  readonly bareEntry: number;
  /** The last instruction of all trials; what follows is Linux's. */
  readonly end: number;
  /** Addresses of the words under test. */
  readonly tested: readonly number[];
  readonly records: { address: number; length: number };
}

/** Saves the state into, or loads it from, the record at X0. */
function moveRegisters(a: Assembler, load: boolean): void {
  for (let t = 0; t < 32; t += 2) a.pairQ(load, t, 0, OFFSET.v + 16 * t);
  for (let t = 2; t < 30; t += 2) a.pairX(load, t, 0, 8 * t);
  if (load) a.ldr(30, 0, 240);
  else a.str(30, 0, 240);
}

/** Where the word under test stands, from the start of its block. */
function emitTrial(a: Assembler, trial: Trial, record: number): number {
  a.constant(0, record);
  for (const [offset, name] of [[OFFSET.fpcr, 'FPCR'], [OFFSET.fpsr, 'FPSR'], [OFFSET.nzcv, 'NZCV']] as const) {
    a.ldr(1, 0, offset);
    a.msr(name, 1);
  }
  a.ldr(1, 0, OFFSET.sp);
  a.add(31, 1, 0);
  moveRegisters(a, true);
  a.ldr(1, 0, 8);
  a.ldr(0, 0, 0);
  for (const word of trial.prefix) a.word(word);
  a.branch(8);
  const fault = a.word(0);
  const tested = a.word(trial.word);
  // Executed unless the word branches over it.
  a.word(EOR_X29_1);
  a.msr('TPIDR_EL0', 0);
  a.constant(0, record);
  a.str(1, 0, 8);
  a.mrs(1, 'TPIDR_EL0');
  a.str(1, 0, 0);
  a.add(1, 31, 0);
  a.str(1, 0, OFFSET.sp);
  for (const [offset, name] of [[OFFSET.fpcr, 'FPCR'], [OFFSET.fpsr, 'FPSR'], [OFFSET.nzcv, 'NZCV']] as const) {
    a.mrs(1, name);
    a.str(1, 0, offset);
  }
  a.constant(1, fault);
  a.ldrWord(1, 1);
  a.str(1, 0, OFFSET.fault);
  moveRegisters(a, false);
  return tested;
}

/** Initial registers and memory of a trial. */
function fillRecord(view: DataView, at: number, address: number, trial: Trial, tested: number, random: Random): void {
  const put = (offset: number, value: bigint): void => view.setBigUint64(at + offset, BigInt.asUintN(64, value), true);
  for (let i = 0; i < 31; i++) put(OFFSET.x + 8 * i, generalRegister(random));
  put(OFFSET.sp, generalRegister(random) & ~15n);
  for (const n of trial.small) put(OFFSET.x + 8 * n, BigInt(random.below(8)));
  for (const [n, { to, offset }] of trial.addresses) {
    const value = to === 'after' ? tested + 4 + offset : address + OFFSET.scratch + offset;
    put(OFFSET.x + 8 * n, BigInt(value));
  }
  put(OFFSET.fpcr, controlRegister(random));
  put(OFFSET.fpsr, statusRegister(random));
  put(OFFSET.nzcv, BigInt(random.below(16)) << 28n);
  for (let i = 0; i < 64; i++) put(OFFSET.v + 8 * i, vectorHalf(random));
  for (let i = 0; i < SCRATCH; i += 8) put(OFFSET.scratch + i, random.bits64());
}

/** Exceptions of the bare processor: the class goes to the word before the faulting one, which is skipped. */
function emitVector(a: Assembler): void {
  a.msr('TPIDR_EL1', 0);
  a.msr('TPIDRRO_EL0', 1);
  a.mrs(0, 'ELR_EL1');
  a.mrs(1, 'ESR_EL1');
  a.sturWord(1, 0, -4);
  a.add(0, 0, 4);
  a.msr('ELR_EL1', 0);
  a.mrs(0, 'TPIDR_EL1');
  a.mrs(1, 'TPIDRRO_EL0');
  a.word(ERET);
}

const SIGILL = 4;
const SIGBUS = 7;
const SIGSEGV = 11;
const SA_SIGINFO = 4;
const SA_RESTORER = 0x04000000;
const SA_ONSTACK = 0x08000000;
/** Of the saved program counter in Linux's ucontext. */
const UCONTEXT_PC = 440;

/** The same for Linux: a signal handler. */
function emitSignalHandler(a: Assembler): { handler: number; restorer: number } {
  const handler = a.at;
  a.ldr(3, 2, UCONTEXT_PC);
  a.sturWord(0, 3, -4);
  a.add(3, 3, 4);
  a.str(3, 2, UCONTEXT_PC);
  a.word(RET);
  const restorer = a.at;
  a.systemCall(139);
  return { handler, restorer };
}

export function buildProgram(trials: readonly Trial[], random: Random): Program {
  const code = BASE + HEADER;
  const start = code + 0x2000;
  const records = start + Math.ceil((trials.length * BLOCK + 0x1000) / 0x1000) * 0x1000;
  const length = trials.length * RECORD;
  const image = new Uint8Array(records + length - BASE);
  const view = new DataView(image.buffer);
  // The vector table: an exception from the current level is at 0x200.
  const vectors = code + 0x1000 - HEADER + 0x800;
  emitVector(new Assembler(image, BASE, vectors + 0x200));

  const a = new Assembler(image, BASE, start);
  const main = a.at;
  const starts: number[] = trials.map((trial, i) => emitTrial(a, trial, records + i * RECORD));
  const end = a.at;
  a.msr('FPCR', 31);
  a.constant(0, 1);
  a.constant(1, records);
  a.constant(2, length);
  a.systemCall(64);
  a.constant(0, 0);
  a.systemCall(94);
  trials.forEach((trial, i) => fillRecord(view, records + i * RECORD - BASE, records + i * RECORD, trial, starts[i]!, random));

  const entries = new Assembler(image, BASE, code + 0x1000);
  const { handler, restorer } = emitSignalHandler(entries);
  // Structures for sigaction and sigaltstack.
  const action = code + 0x1800;
  view.setBigUint64(action - BASE, BigInt(handler), true);
  view.setBigUint64(action - BASE + 8, BigInt(SA_SIGINFO | SA_RESTORER | SA_ONSTACK), true);
  view.setBigUint64(action - BASE + 16, BigInt(restorer), true);
  const stack = action + 0x40;
  const stackSize = 0x20000;
  const stackMemory = BASE + Math.ceil(image.length / 0x1000) * 0x1000;
  view.setBigUint64(stack - BASE, BigInt(stackMemory), true);
  view.setBigUint64(stack - BASE + 16, BigInt(stackSize), true);
  const userEntry = entries.at;
  entries.constant(0, stack);
  entries.constant(1, 0);
  entries.systemCall(132);
  for (const signal of [SIGILL, SIGBUS, SIGSEGV]) {
    entries.constant(0, signal);
    entries.constant(1, action);
    entries.constant(2, 0);
    entries.constant(3, 8);
    entries.systemCall(134);
  }
  entries.branch(main - entries.at);
  const bareEntry = entries.at;
  entries.constant(0, vectors);
  entries.msr('VBAR_EL1', 0);
  entries.constant(0, 3 << 20);
  entries.msr('CPACR_EL1', 0);
  entries.branch(main - entries.at);
  writeElfHeader(view, userEntry, image.length, stackMemory + stackSize - BASE);
  return { image, userEntry, bareEntry, end, tested: starts, records: { address: records, length } };
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
