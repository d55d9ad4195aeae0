/**
 * Host arithmetic where it provably gives Arm's answer and touches no flag. The host rounds to nearest even and tells
 * nothing about exceptions, so: FPCR asks for nothing special (FP_SLOW is 0), FPSR.IXC is set already, and operands
 * and result are normal numbers: then neither NaNs, denormals, overflow, underflow nor division by zero can have been
 * involved. Everything else goes to the runtime's exact functions (core/fp), which are the definition.
 */
import type { Builder } from '../../builder.js';
import { FP_SLOW, SR_FPSR, SYSREG_BASE } from '../../layout.js';
import { i32, i64, type Value } from '../../value.js';

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

/** Neither zero, denormal, infinite nor NaN. */
export function isNormal(b: Builder, value: Value, size: number): Value {
  const magnitude = b.and(value, i64(size === 3 ? (1n << 63n) - 1n : (1n << 31n) - 1n));
  return b.ltU(b.sub(magnitude, i64(least(size))), i64(infinite(size) - least(size)));
}

export function isNotNan(b: Builder, value: Value, size: number): Value {
  const magnitude = b.and(value, i64(size === 3 ? (1n << 63n) - 1n : (1n << 31n) - 1n));
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
  b.if(b.eqz(done.get()), () => result.set(slow()));
  return result.get();
}

/** One of the host's operations on normal numbers, by its name without type. */
export function quickArithmetic(b: Builder, name: string, operands: readonly Value[], size: number, slow: () => Value): Value {
  const bound = operands.map((operand) => b.let(operand));
  const guard = bound.map((operand) => isNormal(b, operand, size)).reduce((x, y) => b.and(x, y), inexactUnseen(b));
  const quick = (): Value => fromHost(b, b.op(`${hostType(size)}.${name}`, ...bound.map((operand) => toHost(b, operand, size))), size);
  return quickOr(b, guard, quick, (result) => isNormal(b, result, size), slow);
}
