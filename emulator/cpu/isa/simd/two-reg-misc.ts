/** Advanced SIMD two-register miscellaneous, integer, vector and scalar (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { encoding, field, vector, type Encoding } from '../../encoding.js';
import { i64, type Value } from '../../value.js';
import {
  arrangement,
  collect,
  element,
  perElementUnary,
  saturated,
  setVector,
  shapeNames,
  upperHalf,
  vectorAllocated,
  vectorExists,
  withElement,
  zeroVector,
  type UnaryOperation,
} from './lanes.js';
import { clamp, saturatingSub } from './saturate.js';

const operands = { d: vector('d'), n: vector('n') };

/** The vector row of an operation and, where `scalar` sizes are given, its scalar row. */
function twoRegister(
  name: string,
  U: 0 | 1,
  opcode: string,
  sizes: number[],
  operation: UnaryOperation,
  scalar: number[] = [],
): Encoding[] {
  const rows: Encoding[] = [];
  if (sizes.length) {
    rows.push(
      encoding({
        name: `${name}_vector`,
        pattern: `0 Q ${U} 01110 zz 10000 ${opcode} 10 nnnnn ddddd`,
        allocated: vectorAllocated(sizes),
        operands,
        statics: { Q: field('Q'), z: field('z', sizes) },
        exists: vectorExists,
        fp: true,
        emit: (b, o, { Q, z }) => {
          const shape = arrangement(z, Q);
          setVector(
            b,
            o.d,
            shape,
            operation(b, b.v(o.n), shape, () => b.v(o.d)),
          );
        },
      }),
    );
  }
  if (scalar.length) {
    rows.push(
      encoding({
        name: `${name}_scalar`,
        pattern: `01 ${U} 11110 zz 10000 ${opcode} 10 nnnnn ddddd`,
        allocated: (f) => scalar.includes(f.z),
        operands,
        statics: { z: field('z', scalar) },
        fp: true,
        emit: (b, o, { z }) => {
          const shape = { size: z, lanes: 1 };
          setVector(
            b,
            o.d,
            shape,
            operation(b, b.v(o.n), shape, () => b.v(o.d)),
          );
        },
      }),
    );
  }
  return rows;
}

/** Elements to elements of half the size; the "2" forms write the upper half and keep the lower. */
function narrowing(
  name: string,
  U: 0 | 1,
  opcode: string,
  sizes: number[],
  isSigned: boolean,
  convert: (b: Builder, value: Value, size: number) => Value,
  scalar: boolean,
): Encoding[] {
  const rows = [
    encoding({
      name: `${name}_vector`,
      pattern: `0 Q ${U} 01110 zz 10000 ${opcode} 10 nnnnn ddddd`,
      allocated: (f) => sizes.includes(f.z),
      operands,
      statics: { Q: field('Q'), z: field('z', sizes) },
      fp: true,
      emit: (b, o, { Q, z }) => {
        const n = b.v(o.n);
        b.setV(
          o.d,
          narrowInto(b, Q ? b.v(o.d) : zeroVector, z, Q, (i) => convert(b, b.let(element(b, n, z + 1, i, isSigned)), z)),
        );
      },
    }),
  ];
  if (scalar) {
    rows.push(
      encoding({
        name: `${name}_scalar`,
        pattern: `01 ${U} 11110 zz 10000 ${opcode} 10 nnnnn ddddd`,
        allocated: (f) => sizes.includes(f.z),
        operands,
        statics: { z: field('z', sizes) },
        fp: true,
        emit: (b, o, { z }) => {
          const n = b.v(o.n);
          b.setV(o.d, withElement(b, zeroVector, z, 0, convert(b, b.let(element(b, n, z + 1, 0, isSigned)), z)));
        },
      }),
    );
  }
  return rows;
}

/** Places 64 bits of narrow elements in the half that Q names, over `old`. */
export function narrowInto(b: Builder, old: Value, size: number, Q: number, compute: (lane: number) => Value): Value {
  const result = b.variable('v128', old);
  const first = upperHalf(size, Q);
  for (let i = 0; i < 8 >> size; i++) result.set(withElement(b, result.get(), size, first + i, compute(i)));
  return result.get();
}

/** Reverses the elements in groups of `group` bytes. */
const reverse =
  (group: number): UnaryOperation =>
  (b, n, { size }) => {
    const elementMask = (1 << size) - 1;
    const indices = [...Array(16).keys()].map((i) => i ^ ((group - 1) & ~elementMask));
    return b.shuffle(n, n, indices);
  };

/** Sums of neighbours, twice as wide. */
const pairSums =
  (isSigned: boolean, addTo: boolean): UnaryOperation =>
  (b, n, shape, d) => {
    const { size } = shape;
    const sign = isSigned ? 's' : 'u';
    const sums =
      size < 2
        ? b.op(`${shapeNames[size + 1]!}.extadd_pairwise_${shapeNames[size]!}_${sign}`, n)
        : collect(b, { size: 3, lanes: shape.lanes / 2 }, (i) =>
            b.add(element(b, n, 2, 2 * i, isSigned), element(b, n, 2, 2 * i + 1, isSigned)),
          );
    return addTo ? b.op(`${shapeNames[size + 1]!}.add`, d(), sums) : sums;
  };

/** Comparison with zero. */
const compareZero =
  (op: string): UnaryOperation =>
  (b, n, { size }) =>
    b.op(`${shapeNames[size]!}.${op}`, n, zeroVector);

const countLeading = (signs: boolean): UnaryOperation =>
  perElementUnary(signs, (b, n, size) => {
    if (!signs) return b.sub(b.clz(n), i64(BigInt(64 - (8 << size))));
    return b.sub(b.clz(b.xor(n, b.shrS(n, i64(63n)))), i64(BigInt(64 - (8 << size) + 1)));
  });

/** The accumulating saturating additions: a signed operand to an unsigned accumulator (USQADD), or the other way. */
const mixedAdd =
  (signedAccumulator: boolean): UnaryOperation =>
  (b, n, shape, d) => {
    const old = d();
    return collect(b, shape, (i) => {
      const accumulator = b.let(element(b, old, shape.size, i, signedAccumulator));
      const value = b.let(element(b, n, shape.size, i, !signedAccumulator));
      if (shape.size < 3) return clamp(b, b.add(accumulator, value), shape.size, signedAccumulator);
      const sum = b.let(b.add(accumulator, value));
      if (signedAccumulator) {
        // An unsigned value only carries upwards: past the top where the sum, as signed, got smaller.
        const overflow = b.let(b.ltS(sum, accumulator));
        saturated(b, overflow);
        return b.select(overflow, i64((1n << 63n) - 1n), sum);
      }
      const negative = b.ltS(value, i64(0n));
      const overflow = b.let(b.select(negative, b.op('i64.gt_u', sum, accumulator), b.ltU(sum, accumulator)));
      saturated(b, overflow);
      return b.select(overflow, b.not(b.shrS(value, i64(63n))), sum);
    });
  };

const saturatingAbsolute: UnaryOperation = perElementUnary(true, (b, n, size) =>
  // The negative of minus the magnitude: only the least number has none.
  saturatingSub(true)(b, i64(0n), b.let(b.select(b.ltS(n, i64(0n)), n, b.sub(i64(0n), n))), size),
);

const saturatingNegate: UnaryOperation = perElementUnary(true, (b, n, size) => saturatingSub(true)(b, i64(0n), n, size));

/** i64 to `8 << size` bits for the saturating narrowings, also from 64-bit elements. */
function narrowSaturated(b: Builder, value: Value, size: number, fromSigned: boolean, toSigned: boolean): Value {
  if (fromSigned) return clamp(b, value, size, toSigned);
  const limit = i64((1n << BigInt(8 << size)) - 1n);
  const over = b.let(b.op('i64.gt_u', value, limit));
  saturated(b, over);
  return b.select(over, limit, value);
}

/** SHLL: each element shifted by its own size into one of twice that. */
const shiftLong: Encoding = encoding({
  name: 'SHLL_vector',
  pattern: '0 Q 1 01110 zz 10000 10011 10 nnnnn ddddd',
  allocated: (f) => f.z < 3,
  operands,
  statics: { Q: field('Q'), z: field('z', [0, 1, 2]) },
  fp: true,
  emit: (b, o, { Q, z }) => {
    const half = Q ? 'high' : 'low';
    const wide = shapeNames[z + 1]!;
    b.setV(o.d, b.op(`${wide}.shl`, b.op(`${wide}.extend_${half}_${shapeNames[z]!}_u`, b.v(o.n)), b.integer(0, 8 << z)));
  },
});

const small = [0, 1, 2];
const all = [0, 1, 2, 3];
const whole =
  (op: string): UnaryOperation =>
  (b, n, { size }) =>
    b.op(`${shapeNames[size]!}.${op}`, n);

const reverseBits: UnaryOperation = (b, n) => {
  const value = b.let(n);
  const half = (lane: number): Value => b.call('reverseByteBits', b.lane('i64x2.extract_lane', lane, value));
  return b.lane('i64x2.replace_lane', 1, b.op('i64x2.splat', half(0)), half(1));
};

export const twoRegMiscInteger: Encoding[] = [
  ...twoRegister('REV64', 0, '00000', small, reverse(8)),
  ...twoRegister('REV32', 1, '00000', [0, 1], reverse(4)),
  ...twoRegister('REV16', 0, '00001', [0], reverse(2)),
  ...twoRegister('SADDLP', 0, '00010', small, pairSums(true, false)),
  ...twoRegister('UADDLP', 1, '00010', small, pairSums(false, false)),
  ...twoRegister('SUQADD', 0, '00011', all, mixedAdd(true), all),
  ...twoRegister('USQADD', 1, '00011', all, mixedAdd(false), all),
  ...twoRegister('CLS', 0, '00100', small, countLeading(true)),
  ...twoRegister('CLZ', 1, '00100', small, countLeading(false)),
  ...twoRegister('CNT', 0, '00101', [0], whole('popcnt')),
  ...twoRegister('NOT', 1, '00101', [0], (b, n) => b.op('v128.not', n)),
  ...twoRegister('RBIT', 1, '00101', [1], reverseBits),
  ...twoRegister('SADALP', 0, '00110', small, pairSums(true, true)),
  ...twoRegister('UADALP', 1, '00110', small, pairSums(false, true)),
  ...twoRegister('SQABS', 0, '00111', all, saturatingAbsolute, all),
  ...twoRegister('SQNEG', 1, '00111', all, saturatingNegate, all),
  ...twoRegister('CMGT_zero', 0, '01000', all, compareZero('gt_s'), [3]),
  ...twoRegister('CMGE_zero', 1, '01000', all, compareZero('ge_s'), [3]),
  ...twoRegister('CMEQ_zero', 0, '01001', all, compareZero('eq'), [3]),
  ...twoRegister('CMLE_zero', 1, '01001', all, compareZero('le_s'), [3]),
  ...twoRegister('CMLT_zero', 0, '01010', all, compareZero('lt_s'), [3]),
  ...twoRegister('ABS', 0, '01011', all, whole('abs'), [3]),
  ...twoRegister('NEG', 1, '01011', all, whole('neg'), [3]),
  ...narrowing('XTN', 0, '10010', small, false, (_, value) => value, false),
  ...narrowing('SQXTUN', 1, '10010', small, true, (b, value, size) => narrowSaturated(b, value, size, true, false), true),
  shiftLong,
  ...narrowing('SQXTN', 0, '10100', small, true, (b, value, size) => narrowSaturated(b, value, size, true, true), true),
  ...narrowing('UQXTN', 1, '10100', small, false, (b, value, size) => narrowSaturated(b, value, size, false, false), true),
];
