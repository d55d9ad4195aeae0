/** Advanced SIMD permute, extract and table lookup (DDI 0487 C4.1.96). */
import { encoding, field, small, vector, type Encoding } from '../../encoding.js';
import { i32, v128 } from '../../value.js';
import { arrangement, setVector, vectorAllocated, vectorExists, zeroVector } from './lanes.js';

const bytes = [...Array(16).keys()];

/** Byte indices of UZP, TRN, ZIP (kind 1..3; part 0 or 1) for `i8x16.shuffle`. */
function permutation(kind: number, part: number, size: number, lanes: number): number[] {
  return bytes.map((byte) => {
    const lane = (byte >> size) % lanes;
    const within = byte & ((1 << size) - 1);
    let source: number;
    if (kind === 1) source = 2 * lane + part;
    else if (kind === 2) source = (lane & 1) * lanes + (lane & ~1) + part;
    else source = (lane & 1) * lanes + (lane >> 1) + part * (lanes / 2);
    const fromSecond = source >= lanes;
    return (fromSecond ? 16 : 0) + (((source % lanes) << size) | within);
  });
}

const sixteen = v128(0x1010101010101010n, 0x1010101010101010n);

export const permute: Encoding[] = [
  encoding({
    name: 'UZP_TRN_ZIP',
    pattern: '0 Q 001110 zz 0 mmmmm 0 p kk 10 nnnnn ddddd',
    allocated: (f) => f.k !== 0 && vectorAllocated([0, 1, 2, 3])(f),
    operands: { d: vector('d'), n: vector('n'), m: vector('m') },
    statics: { Q: field('Q'), z: field('z', [0, 1, 2, 3]), p: field('p'), k: field('k', [1, 2, 3]) },
    exists: vectorExists,
    fp: true,
    emit: (b, o, { Q, z, p, k }) => {
      const shape = arrangement(z, Q);
      setVector(b, o.d, shape, b.shuffle(b.v(o.n), b.v(o.m), permutation(k, p, z, shape.lanes)));
    },
  }),
  encoding({
    name: 'EXT_64',
    pattern: '0 0 101110 00 0 mmmmm 0 0iii 0 nnnnn ddddd',
    operands: { d: vector('d'), n: vector('n'), m: vector('m') },
    statics: { i: field('i', bytes.slice(0, 8)) },
    fp: true,
    emit: (b, o, { i }) => {
      const indices = bytes.map((byte) => (((byte & 7) + i) & 7) + ((byte & 7) + i > 7 ? 16 : 0));
      setVector(b, o.d, arrangement(0, 0), b.shuffle(b.v(o.n), b.v(o.m), indices));
    },
  }),
  encoding({
    name: 'EXT_128',
    pattern: '0 1 101110 00 0 mmmmm 0 iiii 0 nnnnn ddddd',
    operands: { d: vector('d'), n: vector('n'), m: vector('m') },
    statics: { i: field('i', bytes) },
    fp: true,
    emit: (b, o, { i }) =>
      b.setV(
        o.d,
        b.shuffle(
          b.v(o.n),
          b.v(o.m),
          bytes.map((byte) => byte + i),
        ),
      ),
  }),
  encoding({
    name: 'TBL_TBX',
    pattern: '0 Q 001110 00 0 mmmmm 0 ll X 00 nnnnn ddddd',
    operands: { d: vector('d'), n: vector('n'), m: vector('m'), first: small('n') },
    statics: { Q: field('Q'), l: field('l', [0, 1, 2, 3]), X: field('X') },
    fp: true,
    emit: (b, o, { Q, l, X }) => {
      // Each table register answers for 16 indices; swizzle gives zero for those that are not its own.
      const indices = b.v(o.m);
      const tables = [...Array(l + 1).keys()].map((i) => b.vIndexed(b.add(b.number(o.first), i32(i))));
      const kept = X ? b.v(o.d) : zeroVector;
      const result = b.variable('v128', zeroVector);
      const rest = b.variable('v128', indices);
      for (const table of tables) {
        result.set(b.op('v128.or', result.get(), b.op('i8x16.swizzle', table, rest.get())));
        rest.set(b.op('i8x16.sub', rest.get(), sixteen));
      }
      if (X) {
        const limit = BigInt(16 * (l + 1)) * 0x0101010101010101n;
        const inside = b.op('i8x16.lt_u', indices, v128(limit, limit));
        result.set(b.op('v128.bitselect', result.get(), kept, inside));
      }
      setVector(b, o.d, arrangement(0, Q), result.get());
    },
  }),
];
