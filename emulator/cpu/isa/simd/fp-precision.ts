/** Floating-point vectors of one precision from another: FCVTL, FCVTN, FCVTXN (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { encoding, field, vector, type Encoding } from '../../encoding.js';
import { FROM_FPCR, TO_ODD } from '../../rounding.js';
import { i32, type Value } from '../../value.js';
import { fromHost, toHost } from './fp-fast.js';
import { convertNumber } from './fp-scalar.js';
import { collect, element, upperHalf, withElement, zeroVector } from './lanes.js';

const operands = { d: vector('d'), n: vector('n') };

/** A bit pattern, i64, in another format. */
function convertElement(b: Builder, bits: Value, from: number, to: number, mode: number): Value {
  if (mode !== FROM_FPCR || from === 1 || to === 1) return b.call('fpConvert', bits, i32(from), i32(to), i32(mode));
  return fromHost(b, convertNumber(b, b.let(toHost(b, bits, from)), from, to), to);
}

/** `z` 0 is half and single, 1 single and double. */
export const lengthen = encoding({
  name: 'FCVTL',
  pattern: '0 Q 0 01110 0 z 10000 10111 10 nnnnn ddddd',
  operands,
  statics: { Q: field('Q'), z: field('z') },
  fp: true,
  emit: (b, o, { Q, z }) => {
    const n = b.v(o.n);
    const from = 1 + z;
    const first = upperHalf(from, Q);
    b.setV(
      o.d,
      collect(b, { size: from + 1, lanes: 8 >> from }, (i) => convertElement(b, element(b, n, from, first + i), from, from + 1, FROM_FPCR)),
    );
  },
});

function shortenInto(b: Builder, old: Value, n: Value, to: number, Q: number, mode: number): Value {
  const result = b.variable('v128', old);
  const first = upperHalf(to, Q);
  for (let i = 0; i < 8 >> to; i++) {
    const value = convertElement(b, element(b, n, to + 1, i), to + 1, to, mode);
    result.set(withElement(b, result.get(), to, first + i, value));
  }
  return result.get();
}

export const shorten = encoding({
  name: 'FCVTN',
  pattern: '0 Q 0 01110 0 z 10000 10110 10 nnnnn ddddd',
  operands,
  statics: { Q: field('Q'), z: field('z') },
  fp: true,
  emit: (b, o, { Q, z }) => b.setV(o.d, shortenInto(b, Q ? b.v(o.d) : zeroVector, b.v(o.n), 1 + z, Q, FROM_FPCR)),
});

export const shortenToOdd: Encoding[] = [
  encoding({
    name: 'FCVTXN_vector',
    pattern: '0 Q 1 01110 01 10000 10110 10 nnnnn ddddd',
    operands,
    statics: { Q: field('Q') },
    fp: true,
    emit: (b, o, { Q }) => b.setV(o.d, shortenInto(b, Q ? b.v(o.d) : zeroVector, b.v(o.n), 2, Q, TO_ODD)),
  }),
  encoding({
    name: 'FCVTXN_scalar',
    pattern: '01 1 11110 01 10000 10110 10 nnnnn ddddd',
    operands,
    fp: true,
    emit: (b, o) => b.setD(o.d, b.call('fpConvert', b.d(o.n), i32(3), i32(2), i32(TO_ODD))),
  }),
];
