/** Floating-point rows of the Advanced SIMD tables across lanes and scalar pairwise (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { encoding, type Encoding } from '../../encoding.js';
import type { RuntimeFunction } from '../../runtime-api.js';
import { i32, type Value } from '../../value.js';
import { fromHost, quickArithmetic, toHost, type HostOperation } from './fp-fast.js';
import { precision, unaryOperands } from './fp-vector.js';
import { element } from './lanes.js';

/** Reductions: of four singles as ((0,1),(2,3)), and of a pair to a scalar. */
const reductions: [string, string, 0 | 1, RuntimeFunction, HostOperation][] = [
  ['FMAXNM', '01100', 0, 'fpMaxNumber', 'max'],
  ['FMINNM', '01100', 1, 'fpMinNumber', 'min'],
  ['FMAX', '01111', 0, 'fpMax', 'max'],
  ['FMIN', '01111', 1, 'fpMin', 'min'],
];

/** Two numbers of the host made one, bound. */
function combine(b: Builder, f: RuntimeFunction, host: HostOperation, x: Value, y: Value, size: number): Value {
  return b.let(quickArithmetic(b, host, [x, y], size, () => b.call(f, fromHost(b, x, size), fromHost(b, y, size), i32(size))));
}

const numberOf = (b: Builder, n: Value, size: number, lane: number): Value => b.let(toHost(b, element(b, n, size, lane), size));

const acrossLanes: Encoding[] = reductions.map(([name, opcode, a, f, host]) =>
  encoding({
    name: `${name}V`,
    pattern: `0 1 1 01110 ${a}0 11000 ${opcode} 10 nnnnn ddddd`,
    operands: unaryOperands,
    fp: true,
    emit: (b, o) => {
      const n = b.v(o.n);
      const [first, second, third, last] = [0, 1, 2, 3].map((lane) => numberOf(b, n, 2, lane)) as [Value, Value, Value, Value];
      const low = combine(b, f, host, first, second, 2);
      const high = combine(b, f, host, third, last, 2);
      b.setFloat(o.d, 2, combine(b, f, host, low, high, 2));
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
      b.setFloat(o.d, size, combine(b, f, host, numberOf(b, n, size, 0), numberOf(b, n, size, 1), size));
    },
  }),
);

export const fpPairwise: Encoding[] = [...acrossLanes, ...scalarPairwise];
