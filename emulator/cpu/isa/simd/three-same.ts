/** Advanced SIMD three same, integer, vector and scalar (DDI 0487 C4.1.96). */
import { encoding, field, vector, type Encoding } from '../../encoding.js';
import { i64, v128, type Value } from '../../value.js';
import type { Builder } from '../../builder.js';
import {
  arrangement,
  collect,
  element,
  maskOf,
  perElement,
  setVector,
  shapeNames,
  vectorAllocated,
  vectorExists,
  type BinaryOperation,
} from './lanes.js';
import { saturatingAdd, saturatingSub, saturatingDoublingHigh } from './saturate.js';

const operands = { d: vector('d'), n: vector('n'), m: vector('m') };

/** The vector row of an operation and, where `scalar` sizes are given, its scalar row. */
function threeSame(name: string, U: 0 | 1, opcode: string, sizes: number[], operation: BinaryOperation, scalar: number[] = []): Encoding[] {
  const rows = [
    encoding({
      name: `${name}_vector`,
      pattern: `0 Q ${U} 01110 zz 1 mmmmm ${opcode} 1 nnnnn ddddd`,
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
          operation(b, b.v(o.n), b.v(o.m), shape, () => b.v(o.d)),
        );
      },
    }),
  ];
  if (scalar.length) {
    rows.push(
      encoding({
        name: `${name}_scalar`,
        pattern: `01 ${U} 11110 zz 1 mmmmm ${opcode} 1 nnnnn ddddd`,
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
            operation(b, b.v(o.n), b.v(o.m), shape, () => b.v(o.d)),
          );
        },
      }),
    );
  }
  return rows;
}

/** A WebAssembly instruction of the element's shape; for 64-bit elements, which lack it, element by element. */
function native(op: string, wide?: (b: Builder, n: Value, m: Value) => Value): BinaryOperation {
  const slow = wide && perElement(true, wide);
  return (b, n, m, shape, d) => (shape.size === 3 && slow ? slow(b, n, m, shape, d) : b.op(`${shapeNames[shape.size]!}.${op}`, n, m));
}

/** Halving: the sum of i64 elements fits, 64-bit elements do not exist here. */
const halving = (isSigned: boolean, subtract: boolean, round: boolean): BinaryOperation =>
  perElement(isSigned, (b, n, m) => {
    const sum = subtract ? b.sub(n, m) : b.add(n, m);
    return b.shrS(round ? b.add(sum, i64(1n)) : sum, i64(1n));
  });

const absoluteDifference = (isSigned: boolean): BinaryOperation => {
  const sign = isSigned ? 's' : 'u';
  return (b, n, m, { size }) => {
    const name = shapeNames[size]!;
    return b.op(`${name}.sub`, b.op(`${name}.max_${sign}`, n, m), b.op(`${name}.min_${sign}`, n, m));
  };
};

/** d + f(n, m). */
const accumulate =
  (f: BinaryOperation, op = 'add'): BinaryOperation =>
  (b, n, m, shape, d) =>
    b.op(`${shapeNames[shape.size]!}.${op}`, d(), f(b, n, m, shape, d));

const multiply: BinaryOperation = (b, n, m, { size }) => {
  if (size !== 0) return b.op(`${shapeNames[size]!}.mul`, n, m);
  const low = b.op('i16x8.extmul_low_i8x16_u', n, m);
  const high = b.op('i16x8.extmul_high_i8x16_u', n, m);
  return b.shuffle(
    low,
    high,
    [...Array(16).keys()].map((i) => 2 * i),
  );
};

/** Neighbours of the concatenation n:m combined: the even elements with the odd ones. */
export function pairwise(f: BinaryOperation): BinaryOperation {
  return (b, n, m, shape, d) => {
    const bytes = 1 << shape.size;
    const pick = (odd: number): number[] =>
      [...Array(16).keys()].map((i) => {
        const lane = Math.floor(i / bytes);
        const half = shape.lanes / 2;
        // Lanes past the arrangement repeat something: they are cut off in the end.
        const source = lane % shape.lanes < half ? 0 : 16;
        return source + ((lane % Math.max(half, 1)) * 2 + odd) * bytes + (i % bytes);
      });
    return f(b, b.let(b.shuffle(n, m, pick(0))), b.let(b.shuffle(n, m, pick(1))), shape, d);
  };
}

/** Register-controlled shifts: the runtime knows all of them (see core/simd/shift.ts). */
const shiftBy = (isSigned: boolean, round: number, saturate: number): BinaryOperation =>
  perElement(isSigned, (b, n, m, size) =>
    b.call('shiftElement', n, m, b.integer(0, size | (isSigned ? 4 : 0) | (round << 3) | (saturate << 4))),
  );

const logical: { name: string; U: 0 | 1; size: string; f: BinaryOperation }[] = [
  { name: 'AND_vector', U: 0, size: '00', f: (b, n, m) => b.op('v128.and', n, m) },
  { name: 'BIC_vector_register', U: 0, size: '01', f: (b, n, m) => b.op('v128.andnot', n, m) },
  { name: 'ORR_vector_register', U: 0, size: '10', f: (b, n, m) => b.op('v128.or', n, m) },
  { name: 'ORN_vector', U: 0, size: '11', f: (b, n, m) => b.op('v128.or', n, b.op('v128.not', m)) },
  { name: 'EOR_vector', U: 1, size: '00', f: (b, n, m) => b.op('v128.xor', n, m) },
  { name: 'BSL_vector', U: 1, size: '01', f: (b, n, m, _, d) => b.op('v128.bitselect', n, m, d()) },
  { name: 'BIT_vector', U: 1, size: '10', f: (b, n, m, _, d) => b.op('v128.bitselect', n, d(), m) },
  { name: 'BIF_vector', U: 1, size: '11', f: (b, n, m, _, d) => b.op('v128.bitselect', d(), n, m) },
];

const logicalRows = logical.map(({ name, U, size, f }) =>
  encoding({
    name,
    pattern: `0 Q ${U} 01110 ${size} 1 mmmmm 00011 1 nnnnn ddddd`,
    operands,
    statics: { Q: field('Q') },
    fp: true,
    emit: (b, o, { Q }) => {
      const shape = arrangement(0, Q);
      setVector(
        b,
        o.d,
        shape,
        f(b, b.v(o.n), b.v(o.m), shape, () => b.v(o.d)),
      );
    },
  }),
);

const compareWide =
  (op: string) =>
  (b: Builder, n: Value, m: Value): Value =>
    maskOf(b, b.op(`i64.${op}`, n, m));
const test: BinaryOperation = (b, n, m, { size }) =>
  b.op('v128.not', b.op(`${shapeNames[size]!}.eq`, b.op('v128.and', n, m), v128(0n, 0n)));

const small = [0, 1, 2];
const all = [0, 1, 2, 3];

/** Polynomial product of bytes, low 8 bits. */
const polynomial: BinaryOperation = (b, n, m, shape) =>
  collect(b, shape, (i) => b.call('polynomialMultiply8', element(b, n, 0, i), element(b, m, 0, i)));

export const threeSameInteger: Encoding[] = [
  ...logicalRows,
  ...threeSame('SHADD', 0, '00000', small, halving(true, false, false)),
  ...threeSame('UHADD', 1, '00000', small, halving(false, false, false)),
  ...threeSame('SQADD', 0, '00001', all, perElement(true, saturatingAdd(true)), all),
  ...threeSame('UQADD', 1, '00001', all, perElement(false, saturatingAdd(false)), all),
  ...threeSame('SRHADD', 0, '00010', small, halving(true, false, true)),
  ...threeSame('URHADD', 1, '00010', small, halving(false, false, true)),
  ...threeSame('SHSUB', 0, '00100', small, halving(true, true, false)),
  ...threeSame('UHSUB', 1, '00100', small, halving(false, true, false)),
  ...threeSame('SQSUB', 0, '00101', all, perElement(true, saturatingSub(true)), all),
  ...threeSame('UQSUB', 1, '00101', all, perElement(false, saturatingSub(false)), all),
  ...threeSame('CMGT_register', 0, '00110', all, native('gt_s'), [3]),
  ...threeSame('CMHI_register', 1, '00110', all, native('gt_u', compareWide('gt_u')), [3]),
  ...threeSame('CMGE_register', 0, '00111', all, native('ge_s'), [3]),
  ...threeSame('CMHS_register', 1, '00111', all, native('ge_u', compareWide('ge_u')), [3]),
  ...threeSame('SSHL', 0, '01000', all, shiftBy(true, 0, 0), [3]),
  ...threeSame('USHL', 1, '01000', all, shiftBy(false, 0, 0), [3]),
  ...threeSame('SQSHL_register', 0, '01001', all, shiftBy(true, 0, 1), all),
  ...threeSame('UQSHL_register', 1, '01001', all, shiftBy(false, 0, 1), all),
  ...threeSame('SRSHL', 0, '01010', all, shiftBy(true, 1, 0), [3]),
  ...threeSame('URSHL', 1, '01010', all, shiftBy(false, 1, 0), [3]),
  ...threeSame('SQRSHL', 0, '01011', all, shiftBy(true, 1, 1), all),
  ...threeSame('UQRSHL', 1, '01011', all, shiftBy(false, 1, 1), all),
  ...threeSame('SMAX', 0, '01100', small, native('max_s')),
  ...threeSame('UMAX', 1, '01100', small, native('max_u')),
  ...threeSame('SMIN', 0, '01101', small, native('min_s')),
  ...threeSame('UMIN', 1, '01101', small, native('min_u')),
  ...threeSame('SABD', 0, '01110', small, absoluteDifference(true)),
  ...threeSame('UABD', 1, '01110', small, absoluteDifference(false)),
  ...threeSame('SABA', 0, '01111', small, accumulate(absoluteDifference(true))),
  ...threeSame('UABA', 1, '01111', small, accumulate(absoluteDifference(false))),
  ...threeSame('ADD', 0, '10000', all, native('add'), [3]),
  ...threeSame('SUB', 1, '10000', all, native('sub'), [3]),
  ...threeSame('CMTST', 0, '10001', all, test, [3]),
  ...threeSame('CMEQ_register', 1, '10001', all, native('eq'), [3]),
  ...threeSame('MLA', 0, '10010', small, accumulate(multiply)),
  ...threeSame('MLS', 1, '10010', small, accumulate(multiply, 'sub')),
  ...threeSame('MUL', 0, '10011', small, multiply),
  ...threeSame('PMUL', 1, '10011', [0], polynomial),
  ...threeSame('SMAXP', 0, '10100', small, pairwise(native('max_s'))),
  ...threeSame('UMAXP', 1, '10100', small, pairwise(native('max_u'))),
  ...threeSame('SMINP', 0, '10101', small, pairwise(native('min_s'))),
  ...threeSame('UMINP', 1, '10101', small, pairwise(native('min_u'))),
  ...threeSame('SQDMULH', 0, '10110', [1, 2], perElement(true, saturatingDoublingHigh(false)), [1, 2]),
  ...threeSame('SQRDMULH', 1, '10110', [1, 2], perElement(true, saturatingDoublingHigh(true)), [1, 2]),
  ...threeSame('ADDP', 0, '10111', all, pairwise(native('add'))),
];
