/** Advanced SIMD three different, vector and scalar (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { encoding, field, vector, type Encoding } from '../../encoding.js';
import { i64, type Value } from '../../value.js';
import { collect, element, setVector, shapeNames, upperHalf, withElement, zeroVector } from './lanes.js';
import { saturatingAdd, saturatingDoublingProduct, saturatingSub } from './saturate.js';
import { narrowInto } from './two-reg-misc.js';

const operands = { d: vector('d'), n: vector('n'), m: vector('m') };

/** Vectors to a vector of elements twice the size; `n` and `m` are whole registers. */
type LongOperation = (b: Builder, n: Value, m: Value, size: number, Q: number, d: () => Value) => Value;

function long(name: string, U: 0 | 1, opcode: string, sizes: number[], operation: LongOperation): Encoding {
  return encoding({
    name,
    pattern: `0 Q ${U} 01110 zz 1 mmmmm ${opcode} 00 nnnnn ddddd`,
    allocated: (f) => sizes.includes(f.z),
    operands,
    statics: { Q: field('Q'), z: field('z', sizes) },
    fp: true,
    emit: (b, o, { Q, z }) =>
      b.setV(
        o.d,
        operation(b, b.v(o.n), b.v(o.m), z, Q, () => b.v(o.d)),
      ),
  });
}

const sign = (isSigned: boolean): string => (isSigned ? 's' : 'u');

/** The half that Q names, its elements extended to twice their size. */
function extended(b: Builder, value: Value, size: number, Q: number, isSigned: boolean): Value {
  return b.op(`${shapeNames[size + 1]!}.extend_${Q ? 'high' : 'low'}_${shapeNames[size]!}_${sign(isSigned)}`, value);
}

export const extendedProduct =
  (isSigned: boolean): LongOperation =>
  (b, n, m, size, Q) =>
    b.op(`${shapeNames[size + 1]!}.extmul_${Q ? 'high' : 'low'}_${shapeNames[size]!}_${sign(isSigned)}`, n, m);

const combine =
  (isSigned: boolean, op: 'add' | 'sub', wide: boolean): LongOperation =>
  (b, n, m, size, Q) =>
    b.op(`${shapeNames[size + 1]!}.${op}`, wide ? n : extended(b, n, size, Q, isSigned), extended(b, m, size, Q, isSigned));

const difference =
  (isSigned: boolean): LongOperation =>
  (b, n, m, size, Q) =>
    b.op(
      `${shapeNames[size + 1]!}.abs`,
      b.op(`${shapeNames[size + 1]!}.sub`, extended(b, n, size, Q, isSigned), extended(b, m, size, Q, isSigned)),
    );

const accumulate =
  (f: LongOperation, op: 'add' | 'sub' = 'add'): LongOperation =>
  (b, n, m, size, Q, d) =>
    b.op(`${shapeNames[size + 1]!}.${op}`, d(), f(b, n, m, size, Q, d));

/** One element of SQDMULL, or with an accumulator of SQDMLAL and SQDMLSL. `size` is the narrow one. */
export function doublingElement(
  b: Builder,
  n: Value,
  m: Value,
  size: number,
  kind: 'mul' | 'add' | 'sub',
  accumulator: () => Value,
): Value {
  const product = b.let(saturatingDoublingProduct(b, n, m, size));
  if (kind === 'mul') return product;
  return (kind === 'add' ? saturatingAdd(true) : saturatingSub(true))(b, b.let(accumulator()), product, size + 1);
}

function doublingRows(name: string, opcode: string, kind: 'mul' | 'add' | 'sub'): Encoding[] {
  return [
    long(name, 0, opcode, [1, 2], (b, n, m, size, Q, d) => {
      const old = kind === 'mul' ? zeroVector : d();
      const first = upperHalf(size, Q);
      return collect(b, { size: size + 1, lanes: 8 >> size }, (i) =>
        doublingElement(b, element(b, n, size, first + i, true), element(b, m, size, first + i, true), size, kind, () =>
          element(b, old, size + 1, i, true),
        ),
      );
    }),
    encoding({
      name: `${name}_scalar`,
      pattern: `01 0 11110 zz 1 mmmmm ${opcode} 00 nnnnn ddddd`,
      allocated: (f) => f.z === 1 || f.z === 2,
      operands,
      statics: { z: field('z', [1, 2]) },
      fp: true,
      emit: (b, o, { z }) => {
        const n = element(b, b.v(o.n), z, 0, true);
        const m = element(b, b.v(o.m), z, 0, true);
        const result = doublingElement(b, n, m, z, kind, () => element(b, b.v(o.d), z + 1, 0, true));
        b.setV(o.d, withElement(b, zeroVector, z + 1, 0, result));
      },
    }),
  ];
}

/** The upper halves of sums or differences: ADDHN, SUBHN and their rounding forms. */
function highNarrow(name: string, U: 0 | 1, opcode: string, op: 'add' | 'sub'): Encoding {
  return encoding({
    name,
    pattern: `0 Q ${U} 01110 zz 1 mmmmm ${opcode} 00 nnnnn ddddd`,
    allocated: (f) => f.z !== 3,
    operands,
    statics: { Q: field('Q'), z: field('z', [0, 1, 2]) },
    fp: true,
    emit: (b, o, { Q, z }) => {
      const wide = shapeNames[z + 1]!;
      const bits = 8 << z;
      let sum = b.op(`${wide}.${op}`, b.v(o.n), b.v(o.m));
      const half = 1n << BigInt(bits - 1);
      if (U) sum = b.op(`${wide}.add`, sum, b.op(`${wide}.splat`, z === 2 ? i64(half) : b.integer(0, Number(half))));
      const bound = b.let(sum);
      const old = Q ? b.v(o.d) : zeroVector;
      b.setV(
        o.d,
        narrowInto(b, old, z, Q, (i) => b.shrU(element(b, bound, z + 1, i), i64(BigInt(bits)))),
      );
    },
  });
}

const small = [0, 1, 2];

export const threeDifferent: Encoding[] = [
  ...([0, 1] as const).flatMap((U) => {
    const isSigned = U === 0;
    const S = isSigned ? 'S' : 'U';
    return [
      long(`${S}ADDL`, U, '0000', small, combine(isSigned, 'add', false)),
      long(`${S}ADDW`, U, '0001', small, combine(isSigned, 'add', true)),
      long(`${S}SUBL`, U, '0010', small, combine(isSigned, 'sub', false)),
      long(`${S}SUBW`, U, '0011', small, combine(isSigned, 'sub', true)),
      long(`${S}ABAL`, U, '0101', small, accumulate(difference(isSigned))),
      long(`${S}ABDL`, U, '0111', small, difference(isSigned)),
      long(`${S}MLAL`, U, '1000', small, accumulate(extendedProduct(isSigned))),
      long(`${S}MLSL`, U, '1010', small, accumulate(extendedProduct(isSigned), 'sub')),
      long(`${S}MULL`, U, '1100', small, extendedProduct(isSigned)),
      highNarrow(U ? 'RADDHN' : 'ADDHN', U, '0100', 'add'),
      highNarrow(U ? 'RSUBHN' : 'SUBHN', U, '0110', 'sub'),
    ];
  }),
  ...doublingRows('SQDMLAL', '1001', 'add'),
  ...doublingRows('SQDMLSL', '1011', 'sub'),
  ...doublingRows('SQDMULL', '1101', 'mul'),
  encoding({
    name: 'PMULL',
    pattern: '0 Q 0 01110 zz 1 mmmmm 1110 00 nnnnn ddddd',
    allocated: (f) => f.z === 0 || f.z === 3,
    operands,
    statics: { Q: field('Q'), z: field('z', [0, 3]) },
    fp: true,
    emit: (b, o, { Q, z }) => {
      const n = b.v(o.n);
      const m = b.v(o.m);
      if (z === 0) {
        const first = upperHalf(0, Q);
        const products = collect(b, { size: 1, lanes: 8 }, (i) =>
          b.call('polynomialMultiply8', element(b, n, 0, first + i), element(b, m, 0, first + i)),
        );
        return b.setV(o.d, products);
      }
      const [x, y] = [b.let(element(b, n, 3, Q)), b.let(element(b, m, 3, Q))];
      const low = b.call('polynomialMultiplyLow', x, y);
      const high = b.call('polynomialMultiplyHigh', x, y);
      setVector(b, o.d, { size: 3, lanes: 2 }, b.lane('i64x2.replace_lane', 1, b.op('i64x2.splat', low), high));
    },
  }),
];
