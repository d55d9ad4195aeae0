/** Shifts of one element that round or saturate (DDI 0487, SSHL to UQRSHL, SHRN to UQRSHRN). */
import { setSaturated } from './saturation';

/** Bits of `kind`, with the element's size (log2 of bytes) in the lowest two. */
const SIGNED = 4;
const ROUND = 8;
const SATURATE = 16;
/** The result is unsigned though the operand is signed. */
const UNSIGNED_RESULT = 32;

/** Arithmetic or logical right shift by 1 or more, also by all bits and beyond; rounds where asked to. */
function shiftRight(value: u64, amount: i32, isSigned: bool, round: bool): u64 {
  if (amount > 64) return isSigned && !round ? <u64>((<i64>value) >> 63) : 0;
  // The last bit shifted out is the rounding carry.
  const before = isSigned ? <u64>((<i64>value) >> (<i64>(amount - 1))) : value >> (<u64>(amount - 1));
  const shifted = isSigned ? <u64>((<i64>before) >> 1) : before >> 1;
  return round ? shifted + (before & 1) : shifted;
}

/** `value` (an exact i64, or u64) clamped to the element; FPSR.QC when that changes it. */
function clamp(value: u64, bits: i32, valueSigned: bool, resultSigned: bool): u64 {
  if (resultSigned) {
    const high: i64 = bits == 64 ? i64.MAX_VALUE : ((<i64>1) << ((bits - 1) as i64)) - 1;
    const low: i64 = -high - 1;
    if (<i64>value > high) {
      setSaturated();
      return <u64>high;
    }
    if (<i64>value < low) {
      setSaturated();
      return <u64>low;
    }
    return value;
  }
  if (valueSigned && <i64>value < 0) {
    setSaturated();
    return 0;
  }
  const limit: u64 = bits == 64 ? u64.MAX_VALUE : ((<u64>1) << (<u64>bits)) - 1;
  if (value > limit) {
    setSaturated();
    return limit;
  }
  return value;
}

/** Shift by the signed lowest byte of `distance`: left where positive. `value` is extended as `kind` says. */
export function shiftElement(value: u64, distance: u64, kind: i32): u64 {
  const bits = 8 << (kind & 3);
  const isSigned = (kind & SIGNED) != 0;
  const saturate = (kind & SATURATE) != 0;
  const resultSigned = isSigned && !(kind & UNSIGNED_RESULT);
  const amount = <i32>(<i8>distance);
  if (amount < 0) return shiftRight(value, -amount, isSigned, (kind & ROUND) != 0);
  if (!saturate) return amount >= bits ? 0 : value << (<u64>amount);
  if (value == 0) return 0;
  if (!resultSigned && isSigned && <i64>value < 0) {
    setSaturated();
    return 0;
  }
  // Whether the shifted value still is the value: bits may leave the 64-bit word as well.
  const shifted = amount >= 64 ? 0 : value << (<u64>amount);
  const back = amount >= 64 ? 0 : resultSigned ? <u64>((<i64>shifted) >> (<i64>amount)) : shifted >> (<u64>amount);
  if (back == value) return clamp(shifted, bits, resultSigned, resultSigned);
  setSaturated();
  if (!resultSigned) return u64.MAX_VALUE;
  return <i64>value < 0 ? (<u64>1) << ((bits - 1) as u64) : ((<u64>1) << ((bits - 1) as u64)) - 1;
}

/** Right shift of a wide element into one of half its size, which `kind` names. */
export function narrowElement(value: u64, amount: i32, kind: i32): u64 {
  const isSigned = (kind & SIGNED) != 0;
  const shifted = shiftRight(value, amount, isSigned, (kind & ROUND) != 0);
  if (!(kind & SATURATE)) return shifted;
  return clamp(shifted, 8 << (kind & 3), isSigned, isSigned && !(kind & UNSIGNED_RESULT));
}
