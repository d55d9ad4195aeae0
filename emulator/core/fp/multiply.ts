/** FPMul, FPMulX, FPMulAdd, FPRecipStepFused, FPRSqrtStepFused. */
import { multiplyHighUnsigned } from '../arithmetic';
import { differenceSign } from './add';
import {
  INFINITE,
  Parts,
  QUIET,
  SIGNALING,
  ZERO,
  biasOf,
  fractionBits,
  infinity,
  invalid,
  isNan,
  parts,
  processNan,
  processNans,
  signBit,
  unpack,
  zero,
} from './format';
import { UNPROVEN, exactFused, exactProduct } from './host';
import { round, shiftRightSticky } from './round';

const a = parts();
const x = parts();
const y = parts();

/** Power of two in this format. */
@inline
function power(exponent: i32, size: i32): u64 {
  return (<u64>(exponent + biasOf(size))) << (<u64>fractionBits(size));
}

function product(n: u64, m: u64, size: i32, extended: bool): u64 {
  const quick = exactProduct(n, m, size);
  if (quick != UNPROVEN) return quick;
  unpack(x, n, size);
  unpack(y, m, size);
  if (isNan(x) || isNan(y)) return processNans(x, y, size);
  const sign = x.sign ^ y.sign;
  if (x.kind == INFINITE || y.kind == INFINITE) {
    if (x.kind == ZERO || y.kind == ZERO) return extended ? zero(sign, size) | power(1, size) : invalid(size);
    return infinity(sign, size);
  }
  if (x.kind == ZERO || y.kind == ZERO) return zero(sign, size);
  let high = multiplyHighUnsigned(x.significand, y.significand);
  if (x.significand * y.significand) high |= 1;
  const shift = <i32>clz<u64>(high);
  // The sticky bit moves up by at most one place and stays below every rounding position.
  return round(sign, x.exponent + y.exponent + 1 - shift, high << (<u64>shift), size);
}

export function fpMul(n: u64, m: u64, size: i32): u64 {
  return product(n, m, size, false);
}

/** FNMUL: the negative of the rounded product, of a NaN too. */
export function fpNegMul(n: u64, m: u64, size: i32): u64 {
  return product(n, m, size, false) ^ signBit(size);
}

/** FMULX: zero times infinity is two. */
export function fpMulX(n: u64, m: u64, size: i32): u64 {
  return product(n, m, size, true);
}

/** Exact a + x * y of finite x and y, times 2^scale, rounded once. `a` may be zero. */
function fused(addend: Parts, n: Parts, m: Parts, size: i32, scale: i32): u64 {
  const sign = n.sign ^ m.sign;
  if (n.kind == ZERO || m.kind == ZERO) {
    if (addend.kind == ZERO) return zero(addend.sign == sign ? sign : differenceSign(), size);
    return round(addend.sign, addend.exponent + scale, addend.significand, size);
  }
  const high = multiplyHighUnsigned(n.significand, m.significand);
  const low = n.significand * m.significand;
  // 128-bit fixed point with bit 126 of weight 2^exponent; the lowest bits of the product are zero.
  let exponent = n.exponent + m.exponent;
  let bigHigh = high;
  let bigLow = low;
  if (addend.kind == ZERO) return finish(sign, exponent, bigHigh, bigLow, size, scale);
  // Both get room for a carry: bit 125 has the weight 2^exponent.
  bigLow = (bigLow >> 1) | (bigHigh << 63);
  bigHigh >>= 1;
  let littleHigh = addend.significand >> 2;
  let littleLow = addend.significand << 62;
  let distance = exponent - addend.exponent;
  let bigSign = sign;
  let littleSign = addend.sign;
  if (distance < 0) {
    distance = -distance;
    exponent = addend.exponent;
    const h = bigHigh;
    const l = bigLow;
    bigHigh = littleHigh;
    bigLow = littleLow;
    littleHigh = h;
    littleLow = l;
    bigSign = addend.sign;
    littleSign = sign;
  }
  if (distance > 63) {
    littleLow = shiftRightSticky(littleHigh, distance - 64) | u64(littleLow != 0);
    littleHigh = 0;
  } else if (distance) {
    const out = littleLow << ((64 - distance) as u64);
    littleLow = (littleLow >> (<u64>distance)) | (littleHigh << ((64 - distance) as u64)) | u64(out != 0);
    littleHigh >>= <u64>distance;
  }
  if (bigSign == littleSign) {
    const l = bigLow + littleLow;
    bigHigh = bigHigh + littleHigh + u64(l < bigLow);
    bigLow = l;
  } else {
    if (bigHigh < littleHigh || (bigHigh == littleHigh && bigLow < littleLow)) {
      const l = littleLow - bigLow;
      bigHigh = littleHigh - bigHigh - u64(littleLow < bigLow);
      bigLow = l;
      bigSign = littleSign;
    } else {
      const l = bigLow - littleLow;
      bigHigh = bigHigh - littleHigh - u64(bigLow < littleLow);
      bigLow = l;
    }
    if ((bigHigh | bigLow) == 0) return zero(differenceSign(), size);
  }
  return finish(bigSign, exponent + 1, bigHigh, bigLow, size, scale);
}

/** Rounds a 128-bit magnitude whose bit 126 has the weight 2^exponent. */
function finish(sign: i32, exponent: i32, high: u64, low: u64, size: i32, scale: i32): u64 {
  if (high == 0) {
    high = low;
    low = 0;
    exponent -= 64;
  }
  const shift = <i32>clz<u64>(high);
  if (shift) {
    high = (high << (<u64>shift)) | (low >> (<u64>(64 - shift)));
    low <<= <u64>shift;
  }
  return round(sign, exponent + 1 - shift + scale, high | u64(low != 0), size);
}

/** FPMulAdd: addend + n * m. */
export function fpMulAdd(addend: u64, n: u64, m: u64, size: i32): u64 {
  const quick = exactFused(addend, n, m, size);
  if (quick != UNPROVEN) return quick;
  unpack(a, addend, size);
  unpack(x, n, size);
  unpack(y, m, size);
  const meaningless = (x.kind == INFINITE && y.kind == ZERO) || (x.kind == ZERO && y.kind == INFINITE);
  if (isNan(a) || isNan(x) || isNan(y)) {
    if (a.kind == QUIET && meaningless) return invalid(size);
    if (a.kind == SIGNALING) return processNan(a, size);
    if (x.kind == SIGNALING || y.kind == SIGNALING) return processNans(x, y, size);
    return a.kind == QUIET ? processNan(a, size) : processNans(x, y, size);
  }
  const sign = x.sign ^ y.sign;
  const unbounded = x.kind == INFINITE || y.kind == INFINITE;
  if (meaningless || (a.kind == INFINITE && unbounded && a.sign != sign)) return invalid(size);
  if (a.kind == INFINITE) return infinity(a.sign, size);
  if (unbounded) return infinity(sign, size);
  return fused(a, x, y, size, 0);
}

/** `base` - n * m, times 2^scale. The sign of n is changed first, of a NaN too. */
function step(n: u64, m: u64, size: i32, base: u64, onInvalid: u64, scale: i32): u64 {
  unpack(x, n ^ signBit(size), size);
  unpack(y, m, size);
  if (isNan(x) || isNan(y)) return processNans(x, y, size);
  if (x.kind == INFINITE || y.kind == INFINITE) {
    if (x.kind == ZERO || y.kind == ZERO) return onInvalid;
    return infinity(x.sign ^ y.sign, size);
  }
  unpack(a, base, size);
  return fused(a, x, y, size, scale);
}

/** FRECPS: 2 - n * m. */
export function fpRecipStep(n: u64, m: u64, size: i32): u64 {
  return step(n, m, size, power(1, size), power(1, size), 0);
}

/** FRSQRTS: (3 - n * m) / 2. */
export function fpRSqrtStep(n: u64, m: u64, size: i32): u64 {
  const half = (<u64>1) << ((fractionBits(size) - 1) as u64);
  return step(n, m, size, power(1, size) | half, power(0, size) | half, -1);
}
