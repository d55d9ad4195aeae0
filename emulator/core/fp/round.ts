/** FPRound: from an exact value to a format. */
import { biasOf, fractionBits, infinity, largest, maxExponent, zero } from './format';
import { FROM_FPCR, MINUS_INFINITY, PLUS_INFINITY, TIE_AWAY, TIE_EVEN, TO_ODD } from '../../cpu/rounding';
import { alternativeHalf, flushToZero, raise, roundingMode, INEXACT, INVALID, OVERFLOW, UNDERFLOW } from './status';

/** Right shift; bits that fall out leave a one in the lowest place. */
export function shiftRightSticky(value: u64, distance: i32): u64 {
  if (distance == 0) return value;
  if (distance > 63) return u64(value != 0);
  return (value >> (<u64>distance)) | u64(value << ((64 - distance) as u64) != 0);
}

/** Whether a magnitude with `rest` below `half` a unit in the last place is rounded away from zero. */
export function roundsUp(mode: i32, sign: i32, kept: u64, rest: u64, half: u64): bool {
  if (mode == TIE_EVEN) return rest > half || (rest == half && (kept & 1) != 0);
  if (mode == TIE_AWAY) return rest >= half;
  if (mode == PLUS_INFINITY) return rest != 0 && !sign;
  if (mode == MINUS_INFINITY) return rest != 0 && sign != 0;
  return false;
}

export function overflowsToInfinity(mode: i32, sign: i32): bool {
  return mode == TIE_EVEN || mode == TIE_AWAY || (mode == PLUS_INFINITY && !sign) || (mode == MINUS_INFINITY && sign != 0);
}

/**
 * (-1)^sign * significand / 2^63 * 2^exponent in the format `size`; bit 63 of the significand is set, its lowest bit
 * may be sticky. Tininess is detected before rounding.
 */
export function round(sign: i32, exponent: i32, significand: u64, size: i32, rounding: i32 = FROM_FPCR): u64 {
  const mode = rounding == FROM_FPCR ? roundingMode() : rounding;
  const F = fractionBits(size);
  const least = 1 - biasOf(size);
  if (exponent < least && size > 1 && flushToZero()) {
    raise(UNDERFLOW);
    return zero(sign, size);
  }
  let biased = exponent + biasOf(size);
  let drop = 63 - F;
  if (exponent < least) {
    biased = 0;
    drop += least - exponent;
    if (drop > 63) {
      significand = shiftRightSticky(significand, drop - 63);
      drop = 63;
    }
  }
  let kept = significand >> (<u64>drop);
  const rest = significand & (((<u64>1) << (<u64>drop)) - 1);
  let inexact = rest != 0;
  if (biased == 0 && inexact) raise(UNDERFLOW);
  if (roundsUp(mode, sign, kept, rest, (<u64>1) << ((drop - 1) as u64))) {
    kept++;
    if (biased == 0) {
      if (kept >> (<u64>F)) biased = 1;
    } else if (kept >> (<u64>(F + 1))) {
      kept >>= 1;
      biased++;
    }
  } else if (mode == TO_ODD && inexact) kept |= 1;
  let result: u64;
  if (size == 1 && alternativeHalf()) {
    if (biased > 31) {
      raise(INVALID);
      return zero(sign, size) | 0x7fff;
    }
    result = zero(sign, size) | ((<u64>biased) << (<u64>F)) | (kept & (((<u64>1) << (<u64>F)) - 1));
  } else if (biased >= maxExponent(size)) {
    raise(OVERFLOW);
    inexact = true;
    result = overflowsToInfinity(mode, sign) ? infinity(sign, size) : largest(sign, size);
  } else result = zero(sign, size) | ((<u64>biased) << (<u64>F)) | (kept & (((<u64>1) << (<u64>F)) - 1));
  if (inexact) raise(INEXACT);
  return result;
}
