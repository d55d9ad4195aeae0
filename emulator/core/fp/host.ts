/**
 * The host's arithmetic where its answer is Arm's and sets no flag: FPCR's modes are the host's, and the result is exact, or
 * FPSR.IXC is set already. The bit-by-bit functions of this folder ask here first. Programs that compute with whole
 * numbers and halves never set IXC, so what rows compute inline (cpu/isa/simd/fp-fast.ts) never applies to them.
 */
import { FP_FINITE_S, FP_SLOW } from '../../cpu/layout';
import { FROM_FPCR, MINUS_INFINITY, PLUS_INFINITY, TIE_EVEN, TO_ZERO, UNSIGNED } from '../../cpu/rounding';
import { biasOf, fractionBits, maxExponent, signBit } from './format';

/** The answer where nothing is proved. No result has these bits: they are a NaN's. */
export const UNPROVEN: u64 = u64.MAX_VALUE;

const TWO_63: f64 = 9223372036854775808.0;

/** FPCR asks for nothing special: no default NaN, no flushing of denormals, rounding to nearest even. */
@inline
function plain(): bool {
  return load<i32>(FP_SLOW) == 0;
}

/** One inexact result more changes nothing. */
@inline
function mayRound(): bool {
  return load<u32>(FP_FINITE_S) != 0;
}


@inline
function asDouble(bits: u64): f64 {
  return reinterpret<f64>(bits);
}


@inline
function asSingle(bits: u64): f32 {
  return reinterpret<f32>(<u32>bits);
}


@inline
function doubleBits(value: f64): u64 {
  return reinterpret<u64>(value);
}


@inline
function singleBits(value: f32): u64 {
  return <u64>reinterpret<u32>(value);
}

/** What the rounding of a sum lost (Knuth's two-sum); NaN where anything was infinite or NaN. */
@inline
function lostByDoubles(a: f64, b: f64, sum: f64): f64 {
  const back = sum - a;
  return a - (sum - back) + (b - back);
}

/** The same of singles. */
@inline
function lostBySingles(a: f32, b: f32, sum: f32): f32 {
  const back = sum - a;
  return a - (sum - back) + (b - back);
}

/** a + b. */
export function exactSum(a: u64, b: u64, size: i32): u64 {
  if (!plain()) return UNPROVEN;
  if (size == 3) {
    const sum = asDouble(a) + asDouble(b);
    return lostByDoubles(asDouble(a), asDouble(b), sum) == 0 ? doubleBits(sum) : UNPROVEN;
  }
  const sum = asSingle(a) + asSingle(b);
  return lostBySingles(asSingle(a), asSingle(b), sum) == 0 ? singleBits(sum) : UNPROVEN;
}

/**
 * a * b. The significand of a product of normal numbers has as many zeros at its end as both factors have together, and twice
 * their length or one less: it is exact when what is beyond the format is zeros.
 */
export function exactProduct(a: u64, b: u64, size: i32): u64 {
  if (!plain()) return UNPROVEN;
  const product = size == 3 ? doubleBits(asDouble(a) * asDouble(b)) : singleBits(asSingle(a) * asSingle(b));
  const F = fractionBits(size);
  const most = maxExponent(size);
  const ea = (<i32>(a >> (<u64>F))) & most;
  const eb = (<i32>(b >> (<u64>F))) & most;
  const ep = (<i32>(product >> (<u64>F))) & most;
  if (<u32>(ea - 1) < <u32>(most - 1) && <u32>(eb - 1) < <u32>(most - 1) && <u32>(ep - 1) < <u32>(most - 1)) {
    const leading = (<u64>1) << (<u64>F);
    const zeros = <i32>(ctz<u64>(a | leading) + ctz<u64>(b | leading));
    return zeros >= F + ep - ea - eb + biasOf(size) ? product : UNPROVEN;
  }
  // A zero by a factor that is one: by an infinity it would be a NaN.
  const magnitude = signBit(size) - 1;
  return (product & magnitude) == 0 && ((a & magnitude) == 0 || (b & magnitude) == 0) ? product : UNPROVEN;
}

/** Whether `product` is exactly a * b. */
@inline
function isProduct(product: u64, a: u64, b: u64, size: i32): bool {
  const found = exactProduct(a, b, size);
  return found != UNPROVEN && found == product;
}

/** a / b: right where the product with `b` is exactly `a`. */
export function exactQuotient(a: u64, b: u64, size: i32): u64 {
  const quotient = size == 3 ? doubleBits(asDouble(a) / asDouble(b)) : singleBits(asSingle(a) / asSingle(b));
  return isProduct(a, quotient, b, size) ? quotient : UNPROVEN;
}

export function exactRoot(a: u64, size: i32): u64 {
  const root = size == 3 ? doubleBits(sqrt<f64>(asDouble(a))) : singleBits(sqrt<f32>(asSingle(a)));
  return isProduct(a, root, root, size) ? root : UNPROVEN;
}

/** addend + a * b. */
export function exactFused(addend: u64, a: u64, b: u64, size: i32): u64 {
  const product = exactProduct(a, b, size);
  return product == UNPROVEN ? UNPROVEN : exactSum(addend, product, size);
}

/** The greater (`side` 1) or lesser (-1) of two that are no NaNs. */
export function extremeOfNumbers(a: u64, b: u64, size: i32, side: i32): u64 {
  if (!plain()) return UNPROVEN;
  if (size == 3) {
    const value = side > 0 ? max<f64>(asDouble(a), asDouble(b)) : min<f64>(asDouble(a), asDouble(b));
    return value == value ? doubleBits(value) : UNPROVEN;
  }
  const value = side > 0 ? max<f32>(asSingle(a), asSingle(b)) : min<f32>(asSingle(a), asSingle(b));
  return value == value ? singleBits(value) : UNPROVEN;
}

/** Rounded to an integral number; NaN for a mode that the host has not. Only while FPCR is plain. */
@inline
function integral(value: f64, mode: i32): f64 {
  if (mode == TIE_EVEN || mode == FROM_FPCR) return nearest<f64>(value);
  if (mode == TO_ZERO) return trunc<f64>(value);
  if (mode == MINUS_INFINITY) return floor<f64>(value);
  return mode == PLUS_INFINITY ? ceil<f64>(value) : NaN;
}

/** A double that has the value, also of a single. */
@inline
function widened(bits: u64, size: i32): f64 {
  return size == 3 ? asDouble(bits) : <f64>asSingle(bits);
}

/** FRINTx; `exact` says that a loss would have to be told. */
export function roundedToIntegral(bits: u64, size: i32, rounding: i32, exact: i32): u64 {
  if (!plain() || size == 1) return UNPROVEN;
  const value = widened(bits, size);
  const result = integral(value, rounding);
  if (result - result != 0 || (exact && result != value && !mayRound())) return UNPROVEN;
  return size == 3 ? doubleBits(result) : singleBits(<f32>result);
}

/** As fpToFixed. */
export function toFixed(bits: u64, size: i32, to: i32, fraction: i32, kind: i32): u64 {
  if (!plain() || size == 1) return UNPROVEN;
  const value = widened(bits, size) * scaleBy(fraction);
  const result = integral(value, kind & 7);
  if (result != value && !mayRound()) return UNPROVEN;
  if (kind & UNSIGNED) {
    const limit = to == 3 ? 2 * TWO_63 : 4294967296.0;
    return result >= 0 && result < limit ? <u64>result : UNPROVEN;
  }
  const limit = to == 3 ? TWO_63 : 2147483648.0;
  if (!(abs<f64>(result) < limit)) return UNPROVEN;
  return to == 3 ? <u64>(<i64>result) : <u64>(<u32>(<i32>result));
}

/** As fixedToFp. */
export function fromFixed(value: u64, size: i32, fraction: i32, isUnsigned: i32): u64 {
  const bits = fractionBits(size) + 1;
  const magnitude = !isUnsigned && <i64>value < 0 ? 0 - value : value;
  if (magnitude >> (<u64>bits) && !mayRound()) return UNPROVEN;
  const scale = 1.0 / scaleBy(fraction);
  if (size == 3) return doubleBits((isUnsigned ? <f64>value : <f64>(<i64>value)) * scale);
  return singleBits((isUnsigned ? <f32>value : <f32>(<i64>value)) * <f32>scale);
}

/** Two to the power of 0 to 64. */
@inline
function scaleBy(power: i32): f64 {
  return reinterpret<f64>((<u64>(1023 + power)) << 52);
}

/** Singles and doubles from each other. */
export function converted(bits: u64, from: i32, to: i32): u64 {
  if (!plain() || from == 1 || to == 1) return UNPROVEN;
  if (to == 3) {
    const value = <f64>asSingle(bits);
    return value == value ? doubleBits(value) : UNPROVEN;
  }
  const value = <f32>asDouble(bits);
  return <f64>value == asDouble(bits) ? singleBits(value) : UNPROVEN;
}
