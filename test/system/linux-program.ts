/**
 * A static program for Linux, as its first process: it debugs a child by ptrace with the processor's own watchpoints, breakpoints
 * and steps, and counts its own instructions by perf_event_open. What it finds, it writes as hexadecimal numbers, one a line.
 */
import { assemble, toBytes } from '../../emulator/cpu/testing/assembler.js';
import {
  add,
  addressOf,
  assembleProgram,
  ifNotZero,
  ifZero,
  jump,
  load,
  loadWord,
  move,
  store,
  subtract,
  type Item,
} from '../../emulator/cpu/testing/program.js';

const BASE = 0x400000;
const CODE = BASE + 0x1000;
/** What system calls read and write. */
const DATA = BASE + 0x3000;
export const WATCHED = BASE + 0x2008;
const STATUS = DATA;
const VECTOR = DATA + 0x10;
const DEBUG_STATE = DATA + 0x100;
const SIGNAL = DATA + 0x200;
const REGISTERS = DATA + 0x300;
const EVENT = DATA + 0x500;
const COUNT = DATA + 0x580;
const TEXT = DATA + 0x600;

// Numbers of system calls and requests (Linux: include/uapi).
const CALL = {
  read: 63,
  write: 64,
  exit: 93,
  kill: 129,
  reboot: 142,
  getpid: 172,
  ptrace: 117,
  clone: 220,
  perfEventOpen: 241,
  wait4: 260,
};
const PTRACE = { traceMe: 0, continue: 7, step: 9, signalInformation: 0x4202, getRegisters: 0x4204, setRegisters: 0x4205 };
const NT = { general: 1, hardwareBreak: 0x402, hardwareWatch: 0x403 };
const CHILD = 19;
const SIGCHLD = 17;
const SIGSTOP = 19;

const register = (d: number, m: number): number => assemble('AND_ORR_EOR_shifted_register', { f: 1, o: 1, h: 0, N: 0, m, i: 0, n: 31, d });
const call = (number: number, ...args: (number | bigint | { register: number })[]): Item => [
  ...args.map((arg, i): Item => (typeof arg === 'object' ? register(i, arg.register) : move(i, arg))),
  move(8, number),
  assemble('SVC', { i: 0 }),
];
const child = { register: CHILD };
const subroutine = (label: string): Item => ({ label, word: (i) => assemble('B_BL', { o: 1, i: i & 0x3ffffff }) });
const put = (address: number, value: number | bigint): Item => [move(9, address), move(10, value), store(10, 9)];
const print = (value: Item): Item => [value, subroutine('print')];
const fetch = (address: number): Item => [move(9, address), load(0, 9)];
/** Only the low word. */
const fetchWord = (address: number): Item => [move(9, address), loadWord(0, 9)];

const ptrace = (request: number, address: number, data: number): Item => call(CALL.ptrace, request, child, address, data);
const regset = (request: number, type: number, at: number, length: number): Item => [
  put(VECTOR, at),
  put(VECTOR + 8, length),
  ptrace(request, type, VECTOR),
];
/** One debug register of a kind, in the kernel's form: address and control. */
const setDebug = (type: number, address: Item, control: number): Item => [
  address,
  move(9, DEBUG_STATE),
  store(0, 9, 1),
  put(DEBUG_STATE + 16, control),
  regset(PTRACE.setRegisters, type, DEBUG_STATE, 24),
  subroutine('print'),
];
/** Lets the child go on, and tells how it stopped and where. */
const goOn = (request: number): Item => [
  ptrace(request, 0, 0),
  call(CALL.wait4, child, STATUS, 0, 0),
  print(fetchWord(STATUS)),
  regset(PTRACE.getRegisters, NT.general, REGISTERS, 272),
  print(fetch(REGISTERS + 256)),
];

/** Enabled for EL0: a store of eight bytes, an instruction. */
const WATCH = 1 | (2 << 1) | (2 << 3) | (0xff << 5);
const BREAK = 1 | (2 << 1) | (15 << 5);
/** Rounds of three instructions that are counted. */
export const ROUNDS = 1000;

const labels = new Map<string, number>();
/** A label that is known outside: a NOP. */
const here = (name: string): Item => [name, { label: name, word: (_, address) => (labels.set(name, address), assemble('HINT', {})) }];

const words = assembleProgram(CODE, [
  call(CALL.clone, SIGCHLD, 0, 0, 0, 0),
  register(CHILD, 0),
  ifZero(0, 'child'),
  call(CALL.wait4, child, STATUS, 0, 0),
  print(fetchWord(STATUS)),
  setDebug(NT.hardwareWatch, move(0, WATCHED), WATCH),
  goOn(PTRACE.continue),
  ptrace(PTRACE.signalInformation, 0, SIGNAL),
  print(fetchWord(SIGNAL + 8)),
  print(fetch(SIGNAL + 16)),
  setDebug(NT.hardwareWatch, move(0, WATCHED), 0),
  goOn(PTRACE.step),
  goOn(PTRACE.step),
  setDebug(NT.hardwareBreak, addressOf(0, 'broken'), BREAK),
  goOn(PTRACE.continue),
  setDebug(NT.hardwareBreak, addressOf(0, 'broken'), 0),
  ptrace(PTRACE.continue, 0, 0),
  call(CALL.wait4, child, STATUS, 0, 0),
  print(fetchWord(STATUS)),

  // PERF_TYPE_HARDWARE (0) and the size of the first form; PERF_COUNT_HW_INSTRUCTIONS; not the kernel, nor a hypervisor.
  put(EVENT, 64n << 32n),
  put(EVENT + 8, 1),
  put(EVENT + 40, (1 << 5) | (1 << 6)),
  call(CALL.perfEventOpen, EVENT, 0, 0xffffffffffffffffn, 0xffffffffffffffffn, 0),
  register(20, 0),
  print(register(0, 20)),
  call(CALL.read, { register: 20 }, COUNT, 8),
  move(21, ROUNDS),
  'round',
  assemble('HINT', {}),
  assemble('ADD_SUB_immediate', { f: 1, o: 1, S: 0, h: 0, i: 1, n: 21, d: 21 }),
  ifNotZero(21, 'round'),
  call(CALL.read, { register: 20 }, COUNT + 8, 8),
  move(9, COUNT),
  load(1, 9),
  load(0, 9, 1),
  subtract(0, 0, 1),
  subroutine('print'),
  call(CALL.reboot, 0xfee1dead, 672274793, 0x4321fedc),
  jump('end'),

  'child',
  call(CALL.ptrace, PTRACE.traceMe, 0, 0, 0),
  call(CALL.getpid),
  move(1, SIGSTOP),
  move(8, CALL.kill),
  assemble('SVC', { i: 0 }),
  move(9, WATCHED - 8),
  move(1, 1),
  store(1, 9, 0),
  here('stored'),
  store(1, 9, 1),
  here('stepped'),
  here('stepped twice'),
  here('broken'),
  call(CALL.exit, 7),
  'end',
  jump('end'),

  // X0 as 16 digits and a new line.
  'print',
  register(22, 30),
  move(9, TEXT + 16),
  move(10, 10),
  assemble('LDR_STR_unsigned_immediate', { z: 0, o: 0, i: 0, n: 9, t: 10 }),
  move(11, 16),
  move(13, 15),
  move(14, 39),
  'digit',
  assemble('AND_ORR_EOR_shifted_register', { f: 1, o: 0, h: 0, N: 0, m: 13, i: 0, n: 0, d: 10 }),
  add(12, 10, 48),
  subtract(15, 10, 13),
  add(15, 15, 5),
  // Ten and more are letters: 39 further on.
  { label: 'small', word: (i) => assemble('TBZ_TBNZ', { h: 1, o: 1, b: 31, i: i & 0x3fff, t: 15 }) },
  add(12, 12, 39),
  'small',
  assemble('LDR_STR_indexed', { z: 0, o: 0, i: -1 & 0x1ff, p: 1, n: 9, t: 12 }),
  assemble('SBFM_UBFM', { f: 1, o: 1, N: 1, r: 4, s: 63, n: 0, d: 0 }),
  assemble('ADD_SUB_immediate', { f: 1, o: 1, S: 0, h: 0, i: 1, n: 11, d: 11 }),
  ifNotZero(11, 'digit'),
  call(CALL.write, 1, TEXT, 17),
  assemble('BR_RET', { n: 22 }),
]);

/** Where a place of the program is: after the store that is watched, and so on. */
export const placeOf = (label: string): bigint => BigInt(labels.get(label)!);

/** The program as a file: one segment, with all permissions. */
export function linuxProgram(): Uint8Array {
  const code = toBytes(words);
  const bytes = Buffer.alloc(0x1000 + code.length);
  Buffer.from('7f454c46020101', 'hex').copy(bytes);
  // ET_EXEC for AArch64, with one program header of 56 bytes after the header of 64.
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(183, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(CODE), 24);
  bytes.writeBigUInt64LE(64n, 32);
  for (const [offset, value] of [
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const)
    bytes.writeUInt16LE(value, offset);
  bytes.writeUInt32LE(1, 64);
  bytes.writeUInt32LE(7, 68);
  for (const [offset, value] of [
    [80, BASE],
    [88, BASE],
    [96, bytes.length],
    [104, 0x4000],
    [112, 0x1000],
  ] as const)
    bytes.writeBigUInt64LE(BigInt(value), offset);
  bytes.set(code, 0x1000);
  return bytes;
}
