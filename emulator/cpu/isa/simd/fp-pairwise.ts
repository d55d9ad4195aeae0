/** Floating-point rows of the Advanced SIMD tables across lanes and scalar pairwise (DDI 0487 C4.1.96). */
import { encoding, type Encoding } from '../../encoding.js';
import type { RuntimeFunction } from '../../runtime-api.js';
import { i32, type Value } from '../../value.js';
import { quickArithmetic, toHost } from './fp-fast.js';
import { precision, unaryOperands } from './fp-vector.js';
import { element } from './lanes.js';

/** Reductions: of four singles as ((0,1),(2,3)), and of a pair to a scalar. */
const reductions: [string, string, 0 | 1, RuntimeFunction][] = [
  ['FMAXNM', '01100', 0, 'fpMaxNumber'],
  ['FMINNM', '01100', 1, 'fpMinNumber'],
  ['FMAX', '01111', 0, 'fpMax'],
  ['FMIN', '01111', 1, 'fpMin'],
];

const acrossLanes: Encoding[] = reductions.map(([name, opcode, a, f]) =>
  encoding({
    name: `${name}V`,
    pattern: `0 1 1 01110 ${a}0 11000 ${opcode} 10 nnnnn ddddd`,
    operands: unaryOperands,
    fp: true,
    emit: (b, o) => {
      const n = b.v(o.n);
      const low = b.call(f, element(b, n, 2, 0), element(b, n, 2, 1), i32(2));
      const high = b.call(f, element(b, n, 2, 2), element(b, n, 2, 3), i32(2));
      b.setD(o.d, b.call(f, low, high, i32(2)));
    },
  }),
);

const scalarPairwise: Encoding[] = [...reductions, ['FADD', '01101', 0, 'fpAdd', 'add'] as const].map(([name, opcode, a, f, host]) =>
  encoding({
    name: `${name}P_scalar`,
    pattern: `01 1 11110 ${a} z 11000 ${opcode} 10 nnnnn ddddd`,
    operands: unaryOperands,
    statics: { size: precision },
    fp: true,
    emit: (b, o, { size }) => {
      const n = b.v(o.n);
      const exact = (): Value => b.call(f, element(b, n, size, 0), element(b, n, size, 1), i32(size));
      if (!host) return b.setD(o.d, exact());
      const numbers = [0, 1].map((i) => b.let(toHost(b, element(b, n, size, i), size)));
      b.setFloat(o.d, size, quickArithmetic(b, host, numbers, size, exact));
    },
  }),
);

export const fpPairwise: Encoding[] = [...acrossLanes, ...scalarPairwise];
