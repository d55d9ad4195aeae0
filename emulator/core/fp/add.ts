/** FPAdd, FPSub. */
import { INFINITE, ZERO, infinity, invalid, isNan, parts, processNans, signBit, unpack, zero } from './format';
import { UNPROVEN, exactSum } from './host';
import { round, shiftRightSticky } from './round';
import { MINUS_INFINITY } from '../../cpu/rounding';
import { roundingMode } from './status';

const x = parts();
const y = parts();

/** The sign of an exact zero that is a difference. */
@inline
export function differenceSign(): i32 {
  return i32(roundingMode() == MINUS_INFINITY);
}

function sum(a: u64, b: u64, size: i32, negate: i32): u64 {
  const quick = exactSum(a, negate ? b ^ signBit(size) : b, size);
  if (quick != UNPROVEN) return quick;
  unpack(x, a, size);
  unpack(y, b, size);
  if (isNan(x) || isNan(y)) return processNans(x, y, size);
  const ySign = y.sign ^ negate;
  if (x.kind == INFINITE || y.kind == INFINITE) {
    if (x.kind == y.kind && x.sign != ySign) return invalid(size);
    return infinity(x.kind == INFINITE ? x.sign : ySign, size);
  }
  if (x.kind == ZERO && y.kind == ZERO) return zero(x.sign == ySign ? x.sign : differenceSign(), size);
  if (x.kind == ZERO) return round(ySign, y.exponent, y.significand, size);
  if (y.kind == ZERO) return round(x.sign, x.exponent, x.significand, size);
  let sign = x.sign;
  let exponent = x.exponent;
  // Significands have spare bits at the bottom: one is given up for a carry.
  let big = x.significand >> 1;
  let little = y.significand >> 1;
  let distance = exponent - y.exponent;
  if (distance < 0) {
    const t = big;
    big = little;
    little = t;
    exponent = y.exponent;
    distance = -distance;
  }
  little = shiftRightSticky(little, distance);
  let result: u64;
  if (x.sign == ySign) result = big + little;
  else {
    if (x.exponent < y.exponent) sign = ySign;
    if (big < little) {
      result = little - big;
      sign = ySign;
    } else result = big - little;
    if (result == 0) return zero(differenceSign(), size);
  }
  const shift = <i32>clz<u64>(result);
  return round(sign, exponent + 1 - shift, result << (<u64>shift), size);
}

export function fpAdd(a: u64, b: u64, size: i32): u64 {
  return sum(a, b, size, 0);
}

export function fpSub(a: u64, b: u64, size: i32): u64 {
  return sum(a, b, size, 1);
}

/** |a - b|: the sign of a NaN is cleared too. */
export function fpAbsoluteDifference(a: u64, b: u64, size: i32): u64 {
  return sum(a, b, size, 1) & ~signBit(size);
}
