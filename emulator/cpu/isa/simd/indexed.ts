/** Advanced SIMD vector and scalar x indexed element (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { encoding, field, small, vector, type Encoding, type Fields, type Operand } from '../../encoding.js';
import { i32, type Value } from '../../value.js';
import { quickVector } from './fp-fast.js';
import { multiplyAdd } from './fp-vector.js';
import { arrangement, collect, element, perElement, setVector, shapeNames, upperHalf, zeroVector, type BinaryOperation } from './lanes.js';
import { saturatingDoublingHigh } from './saturate.js';
import { doublingElement, extendedProduct } from './three-different.js';

/** Byte offset of the element, from H:L:M (halfwords), H:L (words) or H (doublewords). */
function offsetOf(f: Fields): number {
  const { H, L, M, z } = f;
  return z === 1 ? ((H << 2) | (L << 1) | M) * 2 : z === 2 ? ((H << 1) | L) * 4 : H * 8;
}

/** The register of the element: only V0..V15 for halfwords, where M belongs to the index. */
const registerOf = (f: Fields): number => (f.z === 1 ? f.m : (f.M << 4) | f.m);

const operands = {
  d: vector('d'),
  n: vector('n'),
  m: { ...vector('m'), encode: (_: number, f: Fields) => registerOf(f) },
  offset: small('L', (_, f) => offsetOf(f)),
};

/** The chosen element in every lane. */
function splat(b: Builder, m: Operand, offset: Operand, size: number): Value {
  const place = b.add(b.vectorPlace(m), b.number(offset));
  const load = (['', 'i32.load16_u', 'i32.load', 'i64.load'] as const)[size]!;
  if (!load) throw new Error('no instruction indexes bytes');
  return b.let(b.op(`${shapeNames[size]!}.splat`, b.peekVector(load, place)));
}

/** Rows of one operation on elements of one size: `operation` sees the element in every lane. */
function sameSize(name: string, U: 0 | 1, opcode: string, sizes: number[], operation: BinaryOperation, scalar: boolean): Encoding[] {
  const allocated = (f: Fields): boolean => sizes.includes(f.z) && !(f.z === 3 && f.L === 1);
  const rows = [
    encoding({
      name: `${name}_by_element`,
      pattern: `0 Q ${U} 01111 zz L M mmmm ${opcode} H 0 nnnnn ddddd`,
      allocated: (f) => allocated(f) && !(f.z === 3 && !f.Q),
      operands,
      statics: { Q: field('Q'), z: field('z', sizes) },
      exists: ({ Q, z }) => z !== 3 || Q === 1,
      fp: true,
      emit: (b, o, { Q, z }) => {
        const shape = arrangement(z, Q);
        setVector(
          b,
          o.d,
          shape,
          operation(b, b.v(o.n), splat(b, o.m, o.offset, z), shape, () => b.v(o.d)),
        );
      },
    }),
  ];
  if (scalar) {
    rows.push(
      encoding({
        name: `${name}_by_element_scalar`,
        pattern: `01 ${U} 11111 zz L M mmmm ${opcode} H 0 nnnnn ddddd`,
        allocated,
        operands,
        statics: { z: field('z', sizes) },
        fp: true,
        emit: (b, o, { z }) => {
          const shape = { size: z, lanes: 1 };
          setVector(
            b,
            o.d,
            shape,
            operation(b, b.v(o.n), splat(b, o.m, o.offset, z), shape, () => b.v(o.d)),
          );
        },
      }),
    );
  }
  return rows;
}

/** Products of twice the size. */
function long(name: string, U: 0 | 1, opcode: string, accumulate?: 'add' | 'sub'): Encoding {
  return encoding({
    name: `${name}_by_element`,
    pattern: `0 Q ${U} 01111 zz L M mmmm ${opcode} H 0 nnnnn ddddd`,
    allocated: (f) => f.z === 1 || f.z === 2,
    operands,
    statics: { Q: field('Q'), z: field('z', [1, 2]) },
    fp: true,
    emit: (b, o, { Q, z }) => {
      const old = accumulate && b.v(o.d);
      const product = extendedProduct(U === 0)(b, b.v(o.n), splat(b, o.m, o.offset, z), z, Q, () => zeroVector);
      b.setV(o.d, old ? b.op(`${shapeNames[z + 1]!}.${accumulate}`, old, product) : product);
    },
  });
}

function doubling(name: string, opcode: string, kind: 'mul' | 'add' | 'sub'): Encoding[] {
  const allocated = (f: Fields): boolean => f.z === 1 || f.z === 2;
  const compute = (b: Builder, o: Record<'d' | 'n' | 'm' | 'offset', Operand>, z: number, first: number, lanes: number): Value => {
    const n = b.v(o.n);
    const m = splat(b, o.m, o.offset, z);
    const old = kind === 'mul' ? zeroVector : b.v(o.d);
    return collect(b, { size: z + 1, lanes }, (i) =>
      doublingElement(b, element(b, n, z, first + i, true), element(b, m, z, 0, true), z, kind, () => element(b, old, z + 1, i, true)),
    );
  };
  return [
    encoding({
      name: `${name}_by_element`,
      pattern: `0 Q 0 01111 zz L M mmmm ${opcode} H 0 nnnnn ddddd`,
      allocated,
      operands,
      statics: { Q: field('Q'), z: field('z', [1, 2]) },
      fp: true,
      emit: (b, o, { Q, z }) => b.setV(o.d, compute(b, o, z, upperHalf(z, Q), 8 >> z)),
    }),
    encoding({
      name: `${name}_by_element_scalar`,
      pattern: `01 0 11111 zz L M mmmm ${opcode} H 0 nnnnn ddddd`,
      allocated,
      operands,
      statics: { z: field('z', [1, 2]) },
      fp: true,
      emit: (b, o, { z }) => b.setV(o.d, compute(b, o, z, 0, 1)),
    }),
  ];
}

const multiply: BinaryOperation = (b, n, m, { size }) => b.op(`${shapeNames[size]!}.mul`, n, m);
const accumulated =
  (op: 'add' | 'sub'): BinaryOperation =>
  (b, n, m, shape, d) =>
    b.op(`${shapeNames[shape.size]!}.${op}`, d(), multiply(b, n, m, shape, d));
/** FMULX differs in products of zero and infinity alone, which are none of the quick ones. */
const floating =
  (f: 'fpMul' | 'fpMulX'): BinaryOperation =>
  (b, n, m, shape) =>
    quickVector(b, 'mul', [n, m], shape, () =>
      collect(b, shape, (i) => b.call(f, element(b, n, shape.size, i), element(b, m, shape.size, i), i32(shape.size))),
    );

export const indexed: Encoding[] = [
  ...sameSize('MLA', 1, '0000', [1, 2], accumulated('add'), false),
  ...sameSize('MLS', 1, '0100', [1, 2], accumulated('sub'), false),
  ...sameSize('MUL', 0, '1000', [1, 2], multiply, false),
  ...sameSize('SQDMULH', 0, '1100', [1, 2], perElement(true, saturatingDoublingHigh(false)), true),
  ...sameSize('SQRDMULH', 0, '1101', [1, 2], perElement(true, saturatingDoublingHigh(true)), true),
  ...sameSize('FMLA', 0, '0001', [2, 3], multiplyAdd(false), true),
  ...sameSize('FMLS', 0, '0101', [2, 3], multiplyAdd(true), true),
  ...sameSize('FMUL', 0, '1001', [2, 3], floating('fpMul'), true),
  ...sameSize('FMULX', 1, '1001', [2, 3], floating('fpMulX'), true),
  long('SMLAL', 0, '0010', 'add'),
  long('UMLAL', 1, '0010', 'add'),
  long('SMLSL', 0, '0110', 'sub'),
  long('UMLSL', 1, '0110', 'sub'),
  long('SMULL', 0, '1010'),
  long('UMULL', 1, '1010'),
  ...doubling('SQDMLAL', '0011', 'add'),
  ...doubling('SQDMLSL', '0111', 'sub'),
  ...doubling('SQDMULL', '1011', 'mul'),
];
