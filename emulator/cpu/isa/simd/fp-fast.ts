/**
 * Host arithmetic where it provably gives Arm's answer and touches no flag. The host rounds to nearest even and tells
 * nothing about exceptions, so: FPCR asks for nothing special (FP_SLOW is 0), FPSR.IXC is set already, and operands
 * and result (before it was rounded, too) are normal numbers: then neither NaNs, denormals, overflow, underflow nor division by zero can have been
 * involved. Everything else goes to the runtime's exact functions (core/fp), which are the definition.
 */
import type { Builder } from '../../builder.js';
import { FP_SLOW, SR_FPSR, SYSREG_BASE } from '../../layout.js';
import { i32, i64, type Value } from '../../value.js';
import type { Arrangement } from './lanes.js';

/** Bits of the formats by log2 of bytes. */
const least = (size: number): bigint => (size === 3 ? 0x0010000000000000n : 0x00800000n);
const infinite = (size: number): bigint => (size === 3 ? 0x7ff0000000000000n : 0x7f800000n);

/** FPCR's modes are the host's. */
export const plainModes = (b: Builder): Value => b.eqz(b.cell('i32.load', FP_SLOW));

/** Nor can an inexact result change FPSR. */
export function inexactUnseen(b: Builder): Value {
  const flag = b.and(b.shrU(b.cell('i32.load', SYSREG_BASE + SR_FPSR * 8), i32(4)), i32(1));
  return b.and(flag, plainModes(b));
}

const magnitudeMask = (size: number): bigint => (size === 3 ? (1n << 63n) - 1n : (1n << 31n) - 1n);

/** Whether the magnitude is at least `from` and finite. */
function between(b: Builder, value: Value, size: number, from: bigint): Value {
  return b.ltU(b.sub(b.and(value, i64(magnitudeMask(size))), i64(from)), i64(infinite(size) - from));
}

/** Neither zero, denormal, infinite nor NaN. */
export const isNormal = (b: Builder, value: Value, size: number): Value => between(b, value, size, least(size));

/** Of a rounded result: normal before rounding too. What rounds up to the least normal number has underflowed. */
export const wasNormal = (b: Builder, value: Value, size: number): Value => between(b, value, size, least(size) + 1n);

export function isNotNan(b: Builder, value: Value, size: number): Value {
  const magnitude = b.and(value, i64(magnitudeMask(size)));
  return b.op('i64.le_u', magnitude, i64(infinite(size)));
}

export const hostType = (size: number): 'f32' | 'f64' => (size === 3 ? 'f64' : 'f32');

/** A bit pattern as the host's number. */
export function toHost(b: Builder, bits: Value, size: number): Value {
  return size === 3 ? b.op('f64.reinterpret_i64', bits) : b.op('f32.reinterpret_i32', b.wrap(bits));
}

export function fromHost(b: Builder, value: Value, size: number): Value {
  return size === 3 ? b.op('i64.reinterpret_f64', value) : b.extendU(b.op('i32.reinterpret_f32', value));
}

/** `quick` where `guard` holds and `accepted` agrees with its result; `slow` otherwise. All i64. */
export function quickOr(b: Builder, guard: Value, quick: () => Value, accepted: (result: Value) => Value, slow: () => Value): Value {
  const result = b.variable('i64');
  const done = b.variable('i32', i32(0));
  b.if(guard, () => {
    result.set(quick());
    done.set(accepted(result.get()));
  });
  b.ifUnlikely(b.eqz(done.get()), () => result.set(slow()));
  return result.get();
}

/** One of the host's operations on normal numbers, by its name without type. */
export function quickArithmetic(b: Builder, name: string, operands: readonly Value[], size: number, slow: () => Value): Value {
  const bound = operands.map((operand) => b.let(operand));
  const guard = bound.map((operand) => isNormal(b, operand, size)).reduce((x, y) => b.and(x, y), inexactUnseen(b));
  const quick = (): Value => fromHost(b, b.op(`${hostType(size)}.${name}`, ...bound.map((operand) => toHost(b, operand, size))), size);
  return quickOr(b, guard, quick, (result) => wasNormal(b, result, size), slow);
}

/** All elements normal (`gt_s`: and more than the least): magnitudes are positive as integers, so signed comparisons order them. */
function allNormal(b: Builder, vector: Value, size: number, compare: 'ge_s' | 'gt_s' = 'ge_s'): Value {
  const shape = size === 3 ? 'i64x2' : 'i32x4';
  const constant = (bits: bigint): Value => b.op(`${shape}.splat`, size === 3 ? i64(bits) : i32(Number(bits)));
  const magnitude = b.let(b.op('v128.and', vector, constant(magnitudeMask(size))));
  const above = b.op(`${shape}.${compare}`, magnitude, constant(least(size)));
  return b.op(`${shape}.all_true`, b.op('v128.and', above, b.op(`${shape}.lt_s`, magnitude, constant(infinite(size)))));
}

/** The same for vectors. Of 64-bit arrangements the lower half is computed twice. */
export function quickVector(b: Builder, name: string, operands: readonly Value[], shape: Arrangement, slow: () => Value): Value {
  const { size, lanes } = shape;
  const half = lanes << size === 8;
  const whole = operands.map((v) => (half ? b.let(b.op('i64x2.splat', b.lane('i64x2.extract_lane', 0, v))) : v));
  const result = b.variable('v128');
  const done = b.variable('i32', i32(0));
  b.if(inexactUnseen(b), () => {
    b.if(whole.map((v) => allNormal(b, v, size)).reduce((x, y) => b.and(x, y)), () => {
      result.set(b.op(`${size === 3 ? 'f64x2' : 'f32x4'}.${name}`, ...whole));
      done.set(allNormal(b, result.get(), size, 'gt_s'));
    });
  });
  b.ifUnlikely(b.eqz(done.get()), () => result.set(slow()));
  return result.get();
}

type Host = (op: string, p: Value, q: Value) => Value;

/** The host's operations on doubles, each result bound. */
const doubles = (b: Builder): Host => (op, p, q) => b.let(b.op(`f64.${op}`, p, q));

/** p + q and what its rounding lost (Knuth's two-sum): together exact. */
function twoSum(f: Host, p: Value, q: Value): [sum: Value, error: Value] {
  const sum = f('add', p, q);
  const back = f('sub', sum, p);
  return [sum, f('add', f('sub', p, f('sub', sum, back)), f('sub', q, back))];
}

/** p * q and what its rounding lost (Dekker's product, by Veltkamp's splitting at 27 bits). */
function twoProduct(b: Builder, f: Host, p: Value, q: Value): [product: Value, error: Value] {
  const factor = b.op('f64.reinterpret_i64', i64(0x41a0000002000000n)); // 2^27 + 1
  const split = (value: Value): [Value, Value] => {
    const scaled = f('mul', factor, value);
    const high = f('sub', scaled, f('sub', scaled, value));
    return [high, f('sub', value, high)];
  };
  const [pHigh, pLow] = split(p);
  const [qHigh, qLow] = split(q);
  const product = f('mul', p, q);
  const cross = f('add', f('add', f('sub', f('mul', pHigh, qHigh), product), f('mul', pHigh, qLow)), f('mul', pLow, qHigh));
  return [product, f('add', cross, f('mul', pLow, qLow))];
}

/** A rounded sum and its error as one double rounded to odd: where inexact, the neighbour whose last bit is set. */
function toOdd(b: Builder, sum: Value, error: Value): Value {
  const bits = b.let(b.op('i64.reinterpret_f64', sum));
  const errorBits = b.let(b.op('i64.reinterpret_f64', error));
  // Towards the error: one more in magnitude where the signs agree, one less where not.
  const step = b.select(b.op('i64.lt_s', b.xor(bits, errorBits), i64(0n)), i64(-1n), i64(1n));
  const adjust = b.and(b.eqz(b.and(bits, i64(1n))), b.ne(b.shl(errorBits, i64(1n)), i64(0n)));
  return b.op('f64.reinterpret_i64', b.select(adjust, b.add(bits, step), bits));
}

/**
 * n * m + a, rounded once, out of operations that round (Boldo and Melquiond, "Emulation of FMA and correctly rounded
 * sums: proved algorithms using rounding to odd", 2008). A product of singles is exact as a double; that of doubles
 * needs its error too, and exponents far enough from both ends that no step leaves the range.
 */
export function quickFused(b: Builder, addend: Value, n: Value, m: Value, size: number, slow: () => Value): Value {
  const operands = [addend, n, m].map((value) => b.let(value));
  const moderate = (value: Value): Value => {
    const magnitude = b.and(value, i64(magnitudeMask(3)));
    return b.ltU(b.sub(magnitude, i64(623n << 52n)), i64(800n << 52n));
  };
  const allowed = (value: Value): Value => (size === 3 ? moderate(value) : isNormal(b, value, 2));
  const guard = operands.map(allowed).reduce((x, y) => b.and(x, y), inexactUnseen(b));
  const f = doubles(b);
  const quick = (): Value => {
    const numbers = operands.map((value) => toHost(b, value, size));
    if (size === 2) {
      const [a, x, y] = numbers.map((value) => b.let(b.op('f64.promote_f32', value))) as [Value, Value, Value];
      return fromHost(b, b.op('f32.demote_f64', toOdd(b, ...twoSum(f, f('mul', x, y), a))), 2);
    }
    const [a, x, y] = numbers.map((value) => b.let(value)) as [Value, Value, Value];
    const [product, rest] = twoProduct(b, f, x, y);
    const [low, lowest] = twoSum(f, a, rest);
    const [high, middle] = twoSum(f, product, low);
    return fromHost(b, f('add', high, toOdd(b, ...twoSum(f, lowest, middle))), 3);
  };
  return quickOr(b, guard, quick, (result) => wasNormal(b, result, size), slow);
}
