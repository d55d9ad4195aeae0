/** FPConvert, FPRoundInt, FPToFixed, FixedToFP. */
import { INFINITE, SIGNALING, ZERO, biasOf, fractionBits, infinity, isNan, nan, parts, processNan, unpack, widthOf, zero } from './format';
import { UNPROVEN, converted, fromFixed, roundedToIntegral, toFixed } from './host';
import { round, roundsUp } from './round';
import { FROM_FPCR, UNSIGNED } from '../../cpu/rounding';
import { alternativeHalf, defaultNan, raise, roundingMode, INEXACT, INVALID } from './status';

const x = parts();

/** Between formats. `rounding` as in status.ts. */
export function fpConvert(bits: u64, from: i32, to: i32, rounding: i32): u64 {
  const quick = converted(bits, from, to);
  if (quick != UNPROVEN) return quick;
  unpack(x, bits, from);
  const noNans = to == 1 && alternativeHalf();
  if (isNan(x)) {
    if (x.kind == SIGNALING || noNans) raise(INVALID);
    if (noNans) return zero(x.sign, to);
    if (defaultNan()) return nan(to);
    // The payload keeps its most significant bits.
    const left = <u64>(64 - fractionBits(from));
    const payload = (bits << left) >> (<u64>(64 - fractionBits(to)));
    return zero(x.sign, to) | nan(to) | payload;
  }
  if (x.kind == INFINITE) {
    if (!noNans) return infinity(x.sign, to);
    raise(INVALID);
    return zero(x.sign, to) | 0x7fff;
  }
  if (x.kind == ZERO) return zero(x.sign, to);
  return round(x.sign, x.exponent, x.significand, to, rounding);
}

/** The magnitude of `x` times 2^scale as an integer; `rest` tells what was lost. The caller knows that it fits. */
let rest: u64 = 0;
function toInteger(scale: i32, mode: i32): u64 {
  const drop = 63 - (x.exponent + scale);
  if (drop <= 0) {
    rest = 0;
    return x.significand;
  }
  let kept: u64 = 0;
  let half: u64 = (<u64>1) << 63;
  if (drop < 64) {
    kept = x.significand >> (<u64>drop);
    rest = x.significand & (((<u64>1) << (<u64>drop)) - 1);
    half = (<u64>1) << ((drop - 1) as u64);
  } else rest = drop == 64 ? x.significand : 1;
  return roundsUp(mode, x.sign, kept, rest, half) ? kept + 1 : kept;
}

/** FRINTx: to an integral number of the same format; `exact` reports inexactness. */
export function fpRoundInt(bits: u64, size: i32, rounding: i32, exact: i32): u64 {
  const quick = roundedToIntegral(bits, size, rounding, exact);
  if (quick != UNPROVEN) return quick;
  unpack(x, bits, size);
  if (isNan(x)) return processNan(x, size);
  if (x.kind == INFINITE) return bits;
  if (x.kind == ZERO) return zero(x.sign, size);
  const F = fractionBits(size);
  if (x.exponent >= F) return bits;
  const integer = toInteger(0, rounding == FROM_FPCR ? roundingMode() : rounding);
  if (rest && exact) raise(INEXACT);
  if (integer == 0) return zero(x.sign, size);
  const shift = <i32>clz<u64>(integer);
  const fraction = ((integer << (<u64>shift)) >> (<u64>(63 - F))) & (((<u64>1) << (<u64>F)) - 1);
  return zero(x.sign, size) | ((<u64>(63 - shift + biasOf(size))) << (<u64>F)) | fraction;
}

/**
 * FPToFixed: to an integer of `8 << to` bits with `fraction` of them after the point, saturating.
 * `kind`: rounding mode, plus UNSIGNED.
 */
export function fpToFixed(bits: u64, size: i32, to: i32, fraction: i32, kind: i32): u64 {
  const quick = toFixed(bits, size, to, fraction, kind);
  if (quick != UNPROVEN) return quick;
  unpack(x, bits, size);
  const isUnsigned = (kind & UNSIGNED) != 0;
  const mode = (kind & 7) == FROM_FPCR ? roundingMode() : kind & 7;
  const width = widthOf(to);
  const mask: u64 = width == 64 ? u64.MAX_VALUE : ((<u64>1) << (<u64>width)) - 1;
  if (isNan(x)) {
    raise(INVALID);
    return 0;
  }
  if (x.kind == ZERO) return 0;
  const most: u64 = isUnsigned ? (x.sign ? 0 : mask) : x.sign ? (<u64>1) << ((width - 1) as u64) : mask >> 1;
  let magnitude: u64 = 0;
  let fits = x.kind != INFINITE && x.exponent + fraction < 64;
  if (fits) {
    magnitude = toInteger(fraction, mode);
    fits = magnitude <= most;
  }
  if (!fits) {
    raise(INVALID);
    return most;
  }
  if (rest) raise(INEXACT);
  return (x.sign ? 0 - magnitude : magnitude) & mask;
}

/** FixedToFP: from an i64 (or u64, with `isUnsigned`) that has `fraction` bits after the point. */
export function fixedToFp(value: u64, size: i32, fraction: i32, isUnsigned: i32): u64 {
  if (value == 0) return 0;
  const quick = fromFixed(value, size, fraction, isUnsigned);
  if (quick != UNPROVEN) return quick;
  const sign = !isUnsigned && <i64>value < 0 ? 1 : 0;
  const magnitude = sign ? 0 - value : value;
  const shift = <i32>clz<u64>(magnitude);
  return round(sign, 63 - shift - fraction, magnitude << (<u64>shift), size);
}
