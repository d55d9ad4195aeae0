import type { Signature } from '../wasm/module.js';
import type { ValueType } from '../wasm/opcodes.js';

const f = (params: ValueType[], ...results: ValueType[]): Signature => ({ params, results });

/**
 * Functions of the runtime module (`emulator/core`, AssemblyScript) that instructions call, in both tiers.
 * A function that can raise returns 1 when an exception has been taken (the program counter cell then holds its
 * vector) and 0 when the instruction completed.
 */
export const runtimeFunctions = {
  /** Operation to execute for the program counter cell; 0 when the slice must end. */
  fetch: f([], 'i32'),
  /** Linear-memory address to read `size` bytes of `address` from; -1 when an exception was taken. */
  readSlow: f(['i64', 'i32'], 'i32'),
  readUnprivileged: f(['i64', 'i32'], 'i32'),
  /** Stores `size` bytes from SCRATCH at `address`; 1 when an exception was taken. */
  writeSlow: f(['i64', 'i32'], 'i32'),
  writeUnprivileged: f(['i64', 'i32'], 'i32'),
  /** Fills the TLB, for translated code: linear-memory address, or -1 when the interpreter must make the access. */
  refillRead: f(['i64', 'i32'], 'i32'),
  refillWrite: f(['i64', 'i32'], 'i32'),
  raiseUndefined: f([]),
  raiseFpTrap: f([]),
  raiseAlignment: f(['i64', 'i32']),
  raiseSvc: f(['i32']),
  raiseHvc: f(['i32']),
  raiseSmc: f(['i32']),
  raiseBrk: f(['i32']),
  raiseHlt: f(['i32']),
  eret: f([], 'i32'),
  /** 1: leave the interpreter (waiting) or an exception was taken. */
  waitForInterrupt: f([], 'i32'),
  waitForEvent: f([], 'i32'),
  /** ISB: 1 when the next instruction has to be fetched again. */
  synchronize: f([], 'i32'),
  /** Access check of one system-register instruction: (table row, syndrome). */
  sysregTrap: f(['i32', 'i32'], 'i32'),
  /** The same check, (table row), for translated code: 1 when it would find nothing. */
  accessAllowed: f(['i32'], 'i32'),
  afterInterruptMask: f([]),
  setSpSel: f(['i32']),
  counterPhysical: f([], 'i64'),
  counterVirtual: f([], 'i64'),
  readTimerValue: f(['i32'], 'i64'),
  readTimerControl: f(['i32'], 'i64'),
  writeTimer: f(['i32', 'i32', 'i64']),
  timersChanged: f([]),
  translationChanged: f([]),
  controlChanged: f([]),
  fpcrChanged: f([]),
  tlbiAll: f([]),
  tlbiAddress: f(['i64']),
  addressTranslate: f(['i32', 'i64'], 'i32'),
  cacheMaintenance: f(['i64', 'i32'], 'i32'),
  reverseBits64: f(['i64'], 'i64'),
  /** (kind, a, b), see core/arithmetic.ts */
  packFlags: f(['i32', 'i64', 'i64'], 'i32'),
  /** The quotient, 0; the address of the instruction is kept where a debugger of readers looks. */
  divideByZero: f(['i64'], 'i64'),
  crc32: f(['i32', 'i64', 'i32', 'i32'], 'i32'),
  readIsr: f([], 'i64'),
  /** DCZID_EL0.DZP in its bit. */
  readZeroProhibited: f([], 'i64'),
  readCacheSize: f([], 'i64'),
  /** Registers of the performance monitor, by the numbers of core/performance.ts. */
  readPerformance: f(['i32'], 'i64'),
  writePerformance: f(['i32', 'i64']),
  /** What enables debug exceptions was written. */
  debugChanged: f([]),
  // Elements of SIMD registers, core/simd.
  /** (value, distance, kind) */
  shiftElement: f(['i64', 'i64', 'i32'], 'i64'),
  narrowElement: f(['i64', 'i32', 'i32'], 'i64'),
  reverseByteBits: f(['i64'], 'i64'),
  polynomialMultiply8: f(['i64', 'i64'], 'i64'),
  polynomialMultiplyLow: f(['i64', 'i64'], 'i64'),
  polynomialMultiplyHigh: f(['i64', 'i64'], 'i64'),
  aesEncrypt: f(['v128', 'v128'], 'v128'),
  aesDecrypt: f(['v128', 'v128'], 'v128'),
  aesMixColumns: f(['v128'], 'v128'),
  aesInverseMixColumns: f(['v128'], 'v128'),
  sha1Choose: f(['v128', 'v128', 'v128'], 'v128'),
  sha1Parity: f(['v128', 'v128', 'v128'], 'v128'),
  sha1Majority: f(['v128', 'v128', 'v128'], 'v128'),
  sha1Schedule0: f(['v128', 'v128', 'v128'], 'v128'),
  sha256Hash: f(['v128', 'v128', 'v128'], 'v128'),
  sha256Hash2: f(['v128', 'v128', 'v128'], 'v128'),
  sha256Schedule1: f(['v128', 'v128', 'v128'], 'v128'),
  sha1FixedRotate: f(['v128'], 'v128'),
  sha1Schedule1: f(['v128', 'v128'], 'v128'),
  sha256Schedule0: f(['v128', 'v128'], 'v128'),
  // Floating point, core/fp: numbers as bit patterns in i64, `size` is log2 of their bytes.
  fpAdd: f(['i64', 'i64', 'i32'], 'i64'),
  fpSub: f(['i64', 'i64', 'i32'], 'i64'),
  fpMul: f(['i64', 'i64', 'i32'], 'i64'),
  fpNegMul: f(['i64', 'i64', 'i32'], 'i64'),
  fpMulX: f(['i64', 'i64', 'i32'], 'i64'),
  fpDiv: f(['i64', 'i64', 'i32'], 'i64'),
  fpMax: f(['i64', 'i64', 'i32'], 'i64'),
  fpMin: f(['i64', 'i64', 'i32'], 'i64'),
  fpMaxNumber: f(['i64', 'i64', 'i32'], 'i64'),
  fpMinNumber: f(['i64', 'i64', 'i32'], 'i64'),
  fpAbsoluteDifference: f(['i64', 'i64', 'i32'], 'i64'),
  fpRecipStep: f(['i64', 'i64', 'i32'], 'i64'),
  fpRSqrtStep: f(['i64', 'i64', 'i32'], 'i64'),
  /** addend, two factors, size */
  fpMulAdd: f(['i64', 'i64', 'i64', 'i32'], 'i64'),
  fpSqrt: f(['i64', 'i32'], 'i64'),
  fpRecipEstimate: f(['i64', 'i32'], 'i64'),
  fpRSqrtEstimate: f(['i64', 'i32'], 'i64'),
  fpRecipExponent: f(['i64', 'i32'], 'i64'),
  unsignedRecipEstimate: f(['i64'], 'i64'),
  unsignedRSqrtEstimate: f(['i64'], 'i64'),
  /** (a, b, size, quiet NaNs are invalid) -> NZCV */
  fpCompare: f(['i64', 'i64', 'i32', 'i32'], 'i32'),
  fpEqual: f(['i64', 'i64', 'i32'], 'i32'),
  fpGreaterEqual: f(['i64', 'i64', 'i32'], 'i32'),
  fpGreater: f(['i64', 'i64', 'i32'], 'i32'),
  /** (value, size, rounding, exact) */
  fpRoundInt: f(['i64', 'i32', 'i32', 'i32'], 'i64'),
  /** (value, size from, size to, rounding) */
  fpConvert: f(['i64', 'i32', 'i32', 'i32'], 'i64'),
  /** (value, size from, size of the integer, fraction bits, rounding and signedness) */
  fpToFixed: f(['i64', 'i32', 'i32', 'i32', 'i32'], 'i64'),
  /** (value, size to, fraction bits, unsigned) */
  fixedToFp: f(['i64', 'i32', 'i32', 'i32'], 'i64'),
} satisfies Record<string, Signature>;

export type RuntimeFunction = keyof typeof runtimeFunctions;
