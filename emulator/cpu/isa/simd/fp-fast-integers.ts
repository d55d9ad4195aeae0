/** The host's comparisons and conversions of numbers, where they provably give Arm's answer and touch no flag (see fp-fast.ts). */
import type { Builder } from '../../builder.js';
import * as L from '../../layout.js';
import { f32, f64, i64, type Value } from '../../value.js';
import { floats, hostMayRound, hostType, integers, quickWhere, wholeVectors } from './fp-fast.js';
import type { Arrangement } from './lanes.js';

/**
 * A mask of the lanes in which bound operands are in the relation. NaNs may have to be told, and denormals flushed: then, and
 * in no other case, `slow` compares. Nothing is rounded, so FPSR.IXC does not matter.
 */
export function quickCompare(b: Builder, relation: 'eq' | 'ge' | 'gt', n: Value, m: Value, shape: Arrangement, slow: () => Value): Value {
  const { size } = shape;
  const [x, y] = wholeVectors(b, [n, m], shape) as [Value, Value];
  const itself = (v: Value): Value => b.op(`${floats(size)}.eq`, v, v);
  const ordered = b.op(`${integers(size)}.all_true`, b.op('v128.and', itself(x), itself(y)));
  return quickWhere(b, b.and(ordered, b.eqz(b.cell('i32.load', L.FP_SLOW))), b.op(`${floats(size)}.${relation}`, x, y), slow);
}

/** The host's rounding to integers, by mode: TIE_EVEN, PLUS_INFINITY, MINUS_INFINITY, TO_ZERO. */
export const HOST_ROUNDING = ['nearest', 'ceil', 'floor', 'trunc'] as const;

/** Whether rounded numbers, bound, are integers of so many bits (i32); of vectors, whether all lanes are. */
function fit(b: Builder, rounded: Value, type: string, bits: number, isUnsigned: boolean): Value {
  const scalar = rounded.type !== 'v128';
  const number = (value: number): Value => {
    const constant = type.startsWith('f64') ? f64(value) : f32(value);
    return scalar ? constant : b.op(`${type}.splat`, constant);
  };
  const and = scalar ? 'i32.and' : 'v128.and';
  if (!isUnsigned) return b.op(`${type}.lt`, b.op(`${type}.abs`, rounded), number(2 ** (bits - 1)));
  return b.op(and, b.op(`${type}.ge`, rounded, number(0)), b.op(`${type}.lt`, rounded, number(2 ** bits)));
}

/** A bound number of the host as an integer of 32 or 64 bits, i64, in one of the host's modes; `slow` saturates, and tells what is lost. */
export function quickInteger(
  b: Builder,
  n: Value,
  size: number,
  bits: 32 | 64,
  mode: number,
  isUnsigned: boolean,
  slow: () => Value,
): Value {
  const type = hostType(size);
  const rounded = b.let(b.op(`${type}.${HOST_ROUNDING[mode]!}`, n));
  const integer = b.op(`i64.trunc_sat_${type}_${isUnsigned ? 'u' : 's'}`, rounded);
  const right = b.and(fit(b, rounded, type, bits, isUnsigned), hostMayRound(b));
  return quickWhere(b, right, bits === 64 ? integer : b.and(integer, i64(0xffffffffn)), slow);
}

/** The same for the lanes of a bound vector, each to an integer of its own size. */
export function quickIntegers(b: Builder, n: Value, shape: Arrangement, mode: number, isUnsigned: boolean, slow: () => Value): Value {
  const { size } = shape;
  const type = floats(size);
  const [whole] = wholeVectors(b, [n], shape) as [Value];
  const rounded = b.let(b.op(`${type}.${HOST_ROUNDING[mode]!}`, whole));
  const sign = isUnsigned ? 'u' : 's';
  const lane = (i: number): Value => b.op(`i64.trunc_sat_f64_${sign}`, b.lane('f64x2.extract_lane', i, rounded));
  const integer =
    size === 2 ? b.op(`i32x4.trunc_sat_f32x4_${sign}`, rounded) : b.lane('i64x2.replace_lane', 1, b.op('i64x2.splat', lane(0)), lane(1));
  const fits = b.op(`${integers(size)}.all_true`, fit(b, rounded, type, 8 << size, isUnsigned));
  return quickWhere(b, b.and(fits, hostMayRound(b)), integer, slow);
}

/** Integers of a bound vector as numbers of the same size. */
export function quickNumbers(b: Builder, n: Value, { size }: Arrangement, isUnsigned: boolean, slow: () => Value): Value {
  const sign = isUnsigned ? 'u' : 's';
  const lane = (i: number): Value => b.op(`f64.convert_i64_${sign}`, b.lane('i64x2.extract_lane', i, n));
  const quick =
    size === 2 ? b.op(`f32x4.convert_i32x4_${sign}`, n) : b.lane('f64x2.replace_lane', 1, b.op('f64x2.splat', lane(0)), lane(1));
  return quickWhere(b, hostMayRound(b), quick, slow);
}
