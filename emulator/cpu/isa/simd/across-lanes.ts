/** Advanced SIMD across lanes, integer, and scalar pairwise ADDP (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { encoding, field, vector, type Encoding } from '../../encoding.js';
import type { Value } from '../../value.js';
import { arrangement, element, withElement, zeroVector } from './lanes.js';

const operands = { d: vector('d'), n: vector('n') };

/** All elements folded into one; `widen` makes the result twice as wide. */
function across(
  name: string,
  U: 0 | 1,
  opcode: string,
  widen: number,
  isSigned: boolean,
  fold: (b: Builder, x: Value, y: Value) => Value,
): Encoding {
  return encoding({
    name,
    pattern: `0 Q ${U} 01110 zz 11000 ${opcode} 10 nnnnn ddddd`,
    allocated: (f) => f.z < 2 || (f.z === 2 && f.Q === 1),
    operands,
    statics: { Q: field('Q'), z: field('z', [0, 1, 2]) },
    exists: ({ Q, z }) => z < 2 || Q === 1,
    fp: true,
    emit: (b, o, { Q, z }) => {
      const n = b.v(o.n);
      let result = b.let(element(b, n, z, 0, isSigned));
      for (let i = 1; i < arrangement(z, Q).lanes; i++) result = b.let(fold(b, result, b.let(element(b, n, z, i, isSigned))));
      b.setV(o.d, withElement(b, zeroVector, z + widen, 0, result));
    },
  });
}

const add = (b: Builder, x: Value, y: Value): Value => b.add(x, y);
const max = (b: Builder, x: Value, y: Value): Value => b.select(b.op('i64.gt_s', x, y), x, y);
const min = (b: Builder, x: Value, y: Value): Value => b.select(b.ltS(x, y), x, y);

export const acrossLanesInteger: Encoding[] = [
  across('SADDLV', 0, '00011', 1, true, add),
  across('UADDLV', 1, '00011', 1, false, add),
  across('SMAXV', 0, '01010', 0, true, max),
  across('UMAXV', 1, '01010', 0, false, max),
  across('SMINV', 0, '11010', 0, true, min),
  across('UMINV', 1, '11010', 0, false, min),
  across('ADDV', 0, '11011', 0, false, add),
  encoding({
    name: 'ADDP_scalar',
    pattern: '01 0 11110 11 11000 11011 10 nnnnn ddddd',
    operands,
    fp: true,
    emit: (b, o) => {
      const n = b.v(o.n);
      b.setD(o.d, b.add(element(b, n, 3, 0), element(b, n, 3, 1)));
    },
  }),
];
