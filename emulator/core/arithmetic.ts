/** Integer arithmetic that WebAssembly has no instruction for. */
import * as L from '../cpu/layout';
import { HCR_TGE, sysreg } from './state';

export function multiplyHighUnsigned(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const carry = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (carry >> 32);
}

export function reverseBits64(value: u64): u64 {
  let x = value;
  x = ((x >> 1) & 0x5555555555555555) | ((x & 0x5555555555555555) << 1);
  x = ((x >> 2) & 0x3333333333333333) | ((x & 0x3333333333333333) << 2);
  x = ((x >> 4) & 0x0f0f0f0f0f0f0f0f) | ((x & 0x0f0f0f0f0f0f0f0f) << 4);
  return bswap<u64>(x);
}

/** A division by zero at `pc`: the quotient is 0. It is noted where a program of the hypervisor's own makes it, once for each place. */
export function divideByZero(pc: u64): u64 {
  if (load<i32>(L.EL) != 0 || !(sysreg(L.SR_HCR_EL2) & HCR_TGE)) return 0;
  const vttbr = sysreg(L.SR_VTTBR_EL2);
  const count = load<i32>(L.DIVISION_COUNT);
  let entry: usize = L.DIVISION_TABLE;
  for (let i = 0; i < count; i++, entry += L.DIVISION_SIZE) {
    if (load<u64>(entry) == pc && load<u64>(entry, 8) == vttbr) return 0;
  }
  if (count == L.DIVISIONS_MAX) return 0;
  store<u64>(entry, pc);
  store<u64>(entry, vttbr, 8);
  store<i32>(L.DIVISION_COUNT, count + 1);
  return 0;
}

/** CRC-32 (0x04C11DB7) or CRC-32C (0x1EDC6F41), reflected, over the low `bytes` bytes. */
export function crc32(accumulator: u32, value: u64, bytes: i32, castagnoli: i32): u32 {
  const polynomial: u32 = castagnoli ? 0x82f63b78 : 0xedb88320;
  let crc = accumulator;
  for (let i = 0; i < bytes; i++) {
    crc ^= (<u32>(value >> ((<u64>i) << 3))) & 0xff;
    for (let k = 0; k < 8; k++) crc = (crc >> 1) ^ (crc & 1 ? polynomial : 0);
  }
  return crc;
}

/** CCSIDR_EL1 for CSSELR_EL1: L1 data, L1 instruction, L2 of QEMU's Cortex-A53. */
export function readCacheSize(): u64 {
  switch (<i32>sysreg(L.SR_CSSELR_EL1)) {
    case 0:
      return 0x700fe01a;
    case 1:
      return 0x201fe00a;
    case 2:
      return 0x707fe07a;
    default:
      return 0;
  }
}

/** DCZID_EL0.DZP: DC ZVA would trap here. */
export function readZeroProhibited(): u64 {
  const el = load<i32>(L.EL);
  if (el == 0 && !((sysreg(L.SR_SCTLR_EL1) >> 14) & 1)) return 16;
  return el < 2 && (sysreg(L.SR_HCR_EL2) >> 28) & 1 ? 16 : 0;
}

/**
 * NZCV of an operation that translated code left undone. `kind` is 1 for an addition, 2 for a subtraction, 3 for a
 * logical result (`a`), 4 for a comparison of floating-point numbers (bit patterns), and one bit more each where the
 * operands are 32 bits, sign-extended (8), and where an addition had a carry in (16). See translator/flags.ts.
 */
export function packFlags(kind: i32, a: u64, b: u64): u32 {
  const operation = kind & 7;
  const narrow = (kind & 8) != 0;
  if (operation == 4) {
    const x = narrow ? <f64>reinterpret<f32>(<u32>a) : reinterpret<f64>(a);
    const y = narrow ? <f64>reinterpret<f32>(<u32>b) : reinterpret<f64>(b);
    return x < y ? 8 << 28 : x == y ? 6 << 28 : x > y ? 2 << 28 : 3 << 28;
  }
  const sum = a + b + <u64>((kind >> 4) & 1);
  const result = operation == 1 ? sum : operation == 2 ? a - b : a;
  const x = narrow ? a << 32 : a;
  const y = narrow ? b << 32 : b;
  const r = narrow ? result << 32 : result;
  let flags = ((<u32>(r >> 63)) << 31) | (u32(r == 0) << 30);
  if (operation == 1) {
    // Both tops, or either without the result's.
    const carries = (x & y) | ((x | y) & ~r);
    flags |= ((<u32>(carries >> 63)) << 29) | ((<u32>(((x ^ r) & (y ^ r)) >> 63)) << 28);
  } else if (operation == 2) {
    flags |= (u32(x >= y) << 29) | ((<u32>(((x ^ y) & (x ^ r)) >> 63)) << 28);
  }
  return flags;
}

/** A 64-bit digest of `length` bytes (a multiple of 8) of linear memory, on top of another one. */
export function digest(start: u32, length: u32, seed: u64): u64 {
  let sum = seed ^ 0x9e3779b97f4a7c15;
  const end = <usize>start + <usize>length;
  for (let at = <usize>start; at != end; at += 8) sum = rotl(sum ^ load<u64>(at), 29) * 0xbf58476d1ce4e5b9;
  return sum ^ (sum >> 32);
}
