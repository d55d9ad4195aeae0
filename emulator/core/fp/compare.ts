/** FPCompare and its relatives, FPMax, FPMin and their NaN-avoiding forms. */
import { INFINITE, Parts, QUIET, SIGNALING, ZERO, infinity, isNan, parts, processNans, unpack, zero } from './format';
import { UNPROVEN, extremeOfNumbers } from './host';
import { INVALID, raise } from './status';

const x = parts();
const y = parts();

/** -1, 0 or 1 of two that are no NaNs. */
function order(a: Parts, b: Parts): i32 {
  if (a.kind == ZERO && b.kind == ZERO) return 0;
  if (a.kind == ZERO) return b.sign ? 1 : -1;
  if (b.kind == ZERO || a.sign != b.sign) return a.sign ? -1 : 1;
  const larger = a.sign ? -1 : 1;
  if (a.kind != b.kind) return a.kind == INFINITE ? larger : -larger;
  if (a.kind == INFINITE) return 0;
  if (a.exponent != b.exponent) return a.exponent > b.exponent ? larger : -larger;
  return a.significand == b.significand ? 0 : a.significand > b.significand ? larger : -larger;
}

/** FPCompare: NZCV in bits 31..28. `signalQuiet`: quiet NaNs are invalid too. */
export function fpCompare(a: u64, b: u64, size: i32, signalQuiet: i32): i32 {
  unpack(x, a, size);
  unpack(y, b, size);
  if (isNan(x) || isNan(y)) {
    if (signalQuiet || x.kind == SIGNALING || y.kind == SIGNALING) raise(INVALID);
    return 3 << 28;
  }
  const result = order(x, y);
  return result == 0 ? 6 << 28 : result < 0 ? 8 << 28 : 2 << 28;
}

/** FPCompareEQ: 1 or 0. */
export function fpEqual(a: u64, b: u64, size: i32): i32 {
  return i32(fpCompare(a, b, size, 0) == 6 << 28);
}

export function fpGreaterEqual(a: u64, b: u64, size: i32): i32 {
  const flags = fpCompare(a, b, size, 1);
  return i32(flags == 6 << 28 || flags == 2 << 28);
}

export function fpGreater(a: u64, b: u64, size: i32): i32 {
  return i32(fpCompare(a, b, size, 1) == 2 << 28);
}

/** The greater (`side` 1) or lesser (-1). Of zeros the sign decides. Both are unpacked. */
function extreme(size: i32, side: i32): u64 {
  if (isNan(x) || isNan(y)) return processNans(x, y, size);
  const chosen = order(x, y) == side ? x : y;
  if (chosen.kind != ZERO) return chosen.bits;
  // Zeros of unlike signs are equal: the maximum is the positive one.
  if (x.kind != ZERO || y.kind != ZERO) return zero(chosen.sign, size);
  return zero(side > 0 ? x.sign & y.sign : x.sign | y.sign, size);
}

/** As `extreme`, of bit patterns. */
function extremeOf(a: u64, b: u64, size: i32, side: i32): u64 {
  const quick = extremeOfNumbers(a, b, size, side);
  if (quick != UNPROVEN) return quick;
  unpack(x, a, size);
  unpack(y, b, size);
  return extreme(size, side);
}

export function fpMax(a: u64, b: u64, size: i32): u64 {
  return extremeOf(a, b, size, 1);
}

export function fpMin(a: u64, b: u64, size: i32): u64 {
  return extremeOf(a, b, size, -1);
}

/** A lone quiet NaN gives way to the number. */
function extremeNumber(a: u64, b: u64, size: i32, side: i32): u64 {
  const quick = extremeOfNumbers(a, b, size, side);
  if (quick != UNPROVEN) return quick;
  unpack(x, a, size);
  unpack(y, b, size);
  const worst = infinity(side > 0 ? 1 : 0, size);
  if (x.kind == QUIET && y.kind != QUIET) unpack(x, worst, size);
  else if (x.kind != QUIET && y.kind == QUIET) unpack(y, worst, size);
  return extreme(size, side);
}

export function fpMaxNumber(a: u64, b: u64, size: i32): u64 {
  return extremeNumber(a, b, size, 1);
}

export function fpMinNumber(a: u64, b: u64, size: i32): u64 {
  return extremeNumber(a, b, size, -1);
}
