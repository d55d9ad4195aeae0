/** The binary formats by `size`, log2 of their bytes: 1 half, 2 single, 3 double (IEEE 754-2008 3.6). */
import { alternativeHalf, defaultNan, flushToZero, raise, INPUT_DENORMAL, INVALID } from './status';


@inline
export function widthOf(size: i32): i32 {
  return 8 << size;
}


@inline
export function fractionBits(size: i32): i32 {
  return size == 3 ? 52 : size == 2 ? 23 : 10;
}

/** The exponent field with all bits set. */
@inline
export function maxExponent(size: i32): i32 {
  return size == 3 ? 2047 : size == 2 ? 255 : 31;
}


@inline
export function biasOf(size: i32): i32 {
  return maxExponent(size) >> 1;
}


@inline
export function signBit(size: i32): u64 {
  return (<u64>1) << ((widthOf(size) - 1) as u64);
}


@inline
export function zero(sign: i32, size: i32): u64 {
  return sign ? signBit(size) : 0;
}


@inline
export function infinity(sign: i32, size: i32): u64 {
  return zero(sign, size) | ((<u64>maxExponent(size)) << (<u64>fractionBits(size)));
}

/** The largest finite number. */
@inline
export function largest(sign: i32, size: i32): u64 {
  return infinity(sign, size) - 1;
}


@inline
function quietBit(size: i32): u64 {
  return (<u64>1) << ((fractionBits(size) - 1) as u64);
}

/** FPDefaultNaN: positive and quiet, the rest of the fraction zero. */
@inline
export function nan(size: i32): u64 {
  return infinity(0, size) | quietBit(size);
}

/** The answer to an invalid operation. */
export function invalid(size: i32): u64 {
  raise(INVALID);
  return nan(size);
}

export const ZERO = 0;
export const FINITE = 1;
export const INFINITE = 2;
export const QUIET = 3;
export const SIGNALING = 4;

/** A number taken apart: (-1)^sign * significand / 2^63 * 2^exponent, bit 63 of a finite significand being set. */
@unmanaged
export class Parts {
  kind: i32;
  sign: i32;
  exponent: i32;
  significand: u64;
  /** As it came. */
  bits: u64;
}

/** FPUnpack: also flushes denormal singles and doubles where FPCR.FZ asks for it. */
export function unpack(parts: Parts, bits: u64, size: i32): void {
  const F = fractionBits(size);
  const fraction = bits & (((<u64>1) << (<u64>F)) - 1);
  const exponent = (<i32>(bits >> (<u64>F))) & maxExponent(size);
  parts.bits = bits;
  parts.sign = (<i32>(bits >> (<u64>(widthOf(size) - 1)))) & 1;
  if (exponent == 0) {
    if (fraction == 0) {
      parts.kind = ZERO;
    } else if (size > 1 && flushToZero()) {
      raise(INPUT_DENORMAL);
      parts.kind = ZERO;
    } else {
      const shift = <i32>clz<u64>(fraction);
      parts.kind = FINITE;
      parts.significand = fraction << (<u64>shift);
      parts.exponent = 64 - biasOf(size) - F - shift;
    }
  } else if (exponent == maxExponent(size) && !(size == 1 && alternativeHalf())) {
    parts.kind = fraction == 0 ? INFINITE : fraction & quietBit(size) ? QUIET : SIGNALING;
  } else {
    parts.kind = FINITE;
    parts.significand = ((<u64>1) << 63) | (fraction << ((63 - F) as u64));
    parts.exponent = exponent - biasOf(size);
  }
}


@inline
export function isNan(parts: Parts): bool {
  return parts.kind >= QUIET;
}

/** FPProcessNaN: quiets a signaling NaN, which is invalid; FPCR.DN answers with the default NaN. */
export function processNan(parts: Parts, size: i32): u64 {
  if (parts.kind == SIGNALING) raise(INVALID);
  return defaultNan() ? nan(size) : parts.bits | quietBit(size);
}

/** FPProcessNaNs: signaling before quiet, first before second. One of them is a NaN. */
export function processNans(a: Parts, b: Parts, size: i32): u64 {
  if (a.kind == SIGNALING) return processNan(a, size);
  if (b.kind == SIGNALING) return processNan(b, size);
  return processNan(a.kind == QUIET ? a : b, size);
}

export function parts(): Parts {
  return changetype<Parts>(heap.alloc(offsetof<Parts>()));
}
