/** FPRecipEstimate, FPRSqrtEstimate, FPRecpX and the unsigned estimates. */
import {
  INFINITE,
  ZERO,
  biasOf,
  fractionBits,
  infinity,
  invalid,
  isNan,
  largest,
  maxExponent,
  parts,
  processNan,
  unpack,
  zero,
} from './format';
import { overflowsToInfinity } from './round';
import { DIVIDE_BY_ZERO, INEXACT, OVERFLOW, UNDERFLOW, flushToZero, raise, roundingMode } from './status';

const x = parts();

/** RecipEstimate: 256..511 stand for 0.5..1.0; the answer for 1.0..2.0 in units of 1/256. */
function reciprocal(a: u32): u64 {
  const middle = a * 2 + 1;
  return ((1 << 19) / middle + 1) / 2;
}

/** RecipSqrtEstimate: 128..511 stand for 0.25..1.0. */
function reciprocalRoot(a: u32): u64 {
  const middle: u64 = a < 256 ? a * 2 + 1 : ((a >> 1) * 2 + 1) * 2;
  let b: u64 = 512;
  while (middle * (b + 1) * (b + 1) < 1 << 28) b++;
  return (b + 1) / 2;
}

export function fpRecipEstimate(bits: u64, size: i32): u64 {
  unpack(x, bits, size);
  if (isNan(x)) return processNan(x, size);
  if (x.kind == INFINITE) return zero(x.sign, size);
  if (x.kind == ZERO) {
    raise(DIVIDE_BY_ZERO);
    return infinity(x.sign, size);
  }
  const bias = biasOf(size);
  // Less than 2^-(bias + 1): its reciprocal is out of range.
  if (x.exponent < -bias - 1) {
    raise(OVERFLOW | INEXACT);
    return overflowsToInfinity(roundingMode(), x.sign) ? infinity(x.sign, size) : largest(x.sign, size);
  }
  if (flushToZero() && size > 1 && x.exponent >= bias - 1) {
    raise(UNDERFLOW);
    return zero(x.sign, size);
  }
  const F = <u64>fractionBits(size);
  const estimate = reciprocal(<u32>(x.significand >> 55));
  let fraction = (estimate & 0xff) << (F - 8);
  // A power of two's estimate stays below its reciprocal, hence the exponent one less.
  let exponent = bias - 1 - x.exponent;
  if (exponent <= 0) {
    // Denormal: the leading one moves into the fraction.
    fraction = (fraction | ((<u64>1) << F)) >> (<u64>(1 - exponent));
    exponent = 0;
  }
  return zero(x.sign, size) | ((<u64>exponent) << F) | fraction;
}

export function fpRSqrtEstimate(bits: u64, size: i32): u64 {
  unpack(x, bits, size);
  if (isNan(x)) return processNan(x, size);
  if (x.kind == ZERO) {
    raise(DIVIDE_BY_ZERO);
    return infinity(x.sign, size);
  }
  if (x.sign) return invalid(size);
  if (x.kind == INFINITE) return zero(0, size);
  const F = <u64>fractionBits(size);
  const bias = biasOf(size);
  const exponent = x.exponent + bias;
  const scaled = <u32>(x.significand >> (exponent & 1 ? 56 : 55));
  const estimate = reciprocalRoot(scaled);
  const result = (3 * bias - 1 - exponent) >> 1;
  return ((<u64>result) << F) | ((estimate & 0xff) << (F - 8));
}

/** FRECPX: the reciprocal's exponent, with no fraction. */
export function fpRecipExponent(bits: u64, size: i32): u64 {
  unpack(x, bits, size);
  if (isNan(x)) return processNan(x, size);
  const F = <u64>fractionBits(size);
  const most = maxExponent(size);
  const exponent = (<i32>(bits >> F)) & most;
  return zero(x.sign, size) | ((<u64>(exponent == 0 ? most - 1 : exponent ^ most)) << F);
}

/** URECPE, of 32-bit elements. */
export function unsignedRecipEstimate(value: u64): u64 {
  return (<u32>value) >> 31 ? reciprocal((<u32>value) >> 23) << 23 : 0xffffffff;
}

/** URSQRTE. */
export function unsignedRSqrtEstimate(value: u64): u64 {
  return (<u32>value) >> 30 ? reciprocalRoot((<u32>value) >> 23) << 23 : 0xffffffff;
}
