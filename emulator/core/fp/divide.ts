/** FPDiv, FPSqrt. */
import { INFINITE, ZERO, fractionBits, infinity, invalid, isNan, parts, processNan, processNans, unpack, zero } from './format';
import { UNPROVEN, exactQuotient, exactRoot } from './host';
import { round } from './round';
import { DIVIDE_BY_ZERO, raise } from './status';

const x = parts();
const y = parts();

export function fpDiv(a: u64, b: u64, size: i32): u64 {
  const quick = exactQuotient(a, b, size);
  if (quick != UNPROVEN) return quick;
  unpack(x, a, size);
  unpack(y, b, size);
  if (isNan(x) || isNan(y)) return processNans(x, y, size);
  const sign = x.sign ^ y.sign;
  if (x.kind == y.kind && (x.kind == INFINITE || x.kind == ZERO)) return invalid(size);
  if (x.kind == INFINITE) return infinity(sign, size);
  if (y.kind == ZERO) {
    raise(DIVIDE_BY_ZERO);
    return infinity(sign, size);
  }
  if (x.kind == ZERO || y.kind == INFINITE) return zero(sign, size);
  // Bit by bit, two more than the format keeps; what remains is sticky. One bit of room for the doubled rest.
  let exponent = x.exponent - y.exponent;
  let rest = x.significand >> 1;
  const divisor = y.significand >> 1;
  if (rest < divisor) {
    rest <<= 1;
    exponent--;
  }
  const bits = fractionBits(size) + 3;
  let quotient: u64 = 0;
  for (let i = 0; i < bits; i++) {
    quotient <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      quotient |= 1;
    }
    rest <<= 1;
  }
  return round(sign, exponent, (quotient << ((64 - bits) as u64)) | u64(rest != 0), size);
}

export function fpSqrt(a: u64, size: i32): u64 {
  const quick = exactRoot(a, size);
  if (quick != UNPROVEN) return quick;
  unpack(x, a, size);
  if (isNan(x)) return processNan(x, size);
  if (x.kind == ZERO) return zero(x.sign, size);
  if (x.sign) return invalid(size);
  if (x.kind == INFINITE) return infinity(0, size);
  // Two bits of the radicand give one of the root; its first two bits are its integer part.
  const odd = x.exponent & 1;
  let radicand = odd ? x.significand : x.significand >> 1;
  const bits = fractionBits(size) + 3;
  let root: u64 = 0;
  let rest: u64 = 0;
  for (let i = 0; i < bits; i++) {
    rest = (rest << 2) | (radicand >> 62);
    radicand <<= 2;
    const trial = (root << 2) | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  return round(0, (x.exponent - odd) >> 1, (root << ((64 - bits) as u64)) | u64(rest != 0), size);
}
