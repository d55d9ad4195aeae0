/** Saturation of elements, with FPSR.QC (DDI 0487 shared pseudocode, SignedSatQ and UnsignedSatQ). */
import type { Builder } from '../../builder.js';
import { i64, type Value } from '../../value.js';
import { saturated } from './lanes.js';

/** An i64 clamped to `8 << size` bits, 8 to 32; sets QC where that changes it. */
export function clamp(b: Builder, value: Value, size: number, toSigned: boolean): Value {
  const bits = BigInt(8 << size);
  const [low, high] = toSigned ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  const exact = b.let(value);
  const floored = b.let(b.select(b.ltS(exact, i64(low)), i64(low), exact));
  const result = b.let(b.select(b.op('i64.gt_s', floored, i64(high)), i64(high), floored));
  saturated(b, b.ne(result, exact));
  return result;
}

const MAX = (1n << 63n) - 1n;

/** The end of the signed 64-bit range on the side of `sign`. */
const extreme = (b: Builder, sign: Value): Value => b.xor(b.shrS(sign, i64(63n)), i64(MAX));

export const saturatingAdd =
  (isSigned: boolean) =>
  (b: Builder, n: Value, m: Value, size: number): Value => {
    if (size < 3) return clamp(b, b.add(n, m), size, isSigned);
    const sum = b.let(b.add(n, m));
    const overflow = b.let(isSigned ? b.ltS(b.and(b.xor(n, sum), b.xor(m, sum)), i64(0n)) : b.ltU(sum, n));
    saturated(b, overflow);
    return b.select(overflow, isSigned ? extreme(b, n) : i64(-1n), sum);
  };

export const saturatingSub =
  (isSigned: boolean) =>
  (b: Builder, n: Value, m: Value, size: number): Value => {
    if (size < 3) return clamp(b, b.sub(n, m), size, isSigned);
    const difference = b.let(b.sub(n, m));
    const overflow = b.let(isSigned ? b.ltS(b.and(b.xor(n, m), b.xor(n, difference)), i64(0n)) : b.ltU(n, m));
    saturated(b, overflow);
    return b.select(overflow, isSigned ? extreme(b, n) : i64(0n), difference);
  };

/** The upper half of 2*n*m, for 16- and 32-bit elements. */
export const saturatingDoublingHigh =
  (round: boolean) =>
  (b: Builder, n: Value, m: Value, size: number): Value => {
    const bits = BigInt(8 << size);
    // Only -1 * -1 overflows; half of the doubled product keeps it inside 64 bits.
    const product = b.mul(n, m);
    const rounded = round ? b.add(product, i64(1n << (bits - 2n))) : product;
    return clamp(b, b.shrS(rounded, i64(bits - 1n)), size, true);
  };

/** 2*n*m in elements of twice the size (`size` is the narrow one: 1 or 2). */
export function saturatingDoublingProduct(b: Builder, n: Value, m: Value, size: number): Value {
  const product = b.let(b.mul(n, m));
  if (size === 1) return clamp(b, b.add(product, product), 2, true);
  const overflow = b.let(b.eq(product, i64(1n << 62n)));
  saturated(b, overflow);
  return b.let(b.select(overflow, i64(MAX), b.add(product, product)));
}
