/** Shift by immediate: conversions between floating point and fixed point (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { choice, encoding, field, small, vector, type Encoding, type Fields, type Operand } from '../../encoding.js';
import { i32, type Value } from '../../value.js';
import { arrangement, collect, element, setVector } from './lanes.js';
import { TO_ZERO, UNSIGNED } from '../../rounding.js';
import { rightAmount, shiftSize } from './shift-immediate.js';

type Conversion = (b: Builder, n: Value, size: number, lane: number, fraction: Operand) => Value;

const sizes = choice([2, 3], shiftSize);
const allocated = (f: Fields): boolean => f.i >= 32;
const operands = { d: vector('d'), n: vector('n'), fraction: small('i', (_, f) => rightAmount(f)) };

function rows(name: string, U: 0 | 1, opcode: string, convert: Conversion): Encoding[] {
  return [
    encoding({
      name: `${name}_fixed_point_vector`,
      pattern: `0 Q ${U} 011110 iiiiiii ${opcode} 1 nnnnn ddddd`,
      allocated: (f) => allocated(f) && !(f.i >= 64 && !f.Q),
      operands,
      statics: { Q: field('Q'), z: sizes },
      exists: ({ Q, z }) => z === 2 || Q === 1,
      fp: true,
      emit: (b, o, { Q, z }) => {
        const n = b.v(o.n);
        const shape = arrangement(z, Q);
        setVector(
          b,
          o.d,
          shape,
          collect(b, shape, (i) => convert(b, n, z, i, o.fraction)),
        );
      },
    }),
    encoding({
      name: `${name}_fixed_point_scalar`,
      pattern: `01 ${U} 111110 iiiiiii ${opcode} 1 nnnnn ddddd`,
      allocated,
      operands,
      statics: { z: sizes },
      fp: true,
      emit: (b, o, { z }) => {
        const shape = { size: z, lanes: 1 };
        setVector(b, o.d, shape, convertOne(b, o, z, convert));
      },
    }),
  ];
}

function convertOne(b: Builder, o: Record<'n' | 'fraction', Operand>, size: number, convert: Conversion): Value {
  const n = b.v(o.n);
  return collect(b, { size, lanes: 1 }, () => convert(b, n, size, 0, o.fraction));
}

export const fpFixed: Encoding[] = ([0, 1] as const).flatMap((U) => [
  ...rows(U ? 'UCVTF' : 'SCVTF', U, '11100', (b, n, size, lane, fraction) =>
    b.call('fixedToFp', element(b, n, size, lane, !U), i32(size), b.number(fraction), i32(U)),
  ),
  ...rows(U ? 'FCVTZU' : 'FCVTZS', U, '11111', (b, n, size, lane, fraction) =>
    b.call('fpToFixed', element(b, n, size, lane), i32(size), i32(size), b.number(fraction), i32(TO_ZERO | (U ? UNSIGNED : 0))),
  ),
]);
