/** Advanced SIMD copy, vector and scalar: DUP, INS, SMOV, UMOV (DDI 0487 C4.1.96). */
import { choice, encoding, field, gpr, gprDest, small, vector, type Encoding, type Fields } from '../../encoding.js';
import type { Builder } from '../../builder.js';
import type { Operand } from '../../operands.js';
import { type Value } from '../../value.js';
import { arrangement, setVector, shapeNames, zeroVector } from './lanes.js';

/** imm5 holds the element's size as its lowest set bit; 4 where there is none. */
const sizeOf = (f: Fields): number => (f.i & 15 ? Math.clz32(f.i & -f.i) ^ 31 : 4);
/** Byte offset of the element: its index is above the size bit. */
const offsetOf = (f: Fields): number => (f.i >> (sizeOf(f) + 1)) << sizeOf(f);

const size = choice([0, 1, 2, 3], sizeOf);
const offset = small('i', (_, f) => offsetOf(f));

const unsignedLoads = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'] as const;
const signedLoads = ['i64.load8_s', 'i64.load16_s', 'i64.load32_s', 'i64.load'] as const;
const stores = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'] as const;

/** Place of a byte of a SIMD register. Elements are addressed when the instruction runs. */
const byteAddress = (b: Builder, register: Operand, byte: Operand): Value => b.add(b.vectorPlace(register), b.number(byte));

function splat(b: Builder, z: number, value: Value): Value {
  return b.op(`${shapeNames[z]!}.splat`, z === 3 ? value : b.wrap(value));
}

export const copy: Encoding[] = [
  encoding({
    name: 'DUP_element',
    pattern: '0 Q 0 01110000 iiiii 0 0000 1 nnnnn ddddd',
    allocated: (f) => sizeOf(f) < 4 && !(sizeOf(f) === 3 && !f.Q),
    operands: { d: vector('d'), n: vector('n'), offset },
    statics: { Q: field('Q'), z: size },
    exists: ({ Q, z }) => !(z === 3 && !Q),
    fp: true,
    emit: (b, o, { Q, z }) => {
      const value = b.peekVector(unsignedLoads[z]!, byteAddress(b, o.n, o.offset));
      setVector(b, o.d, arrangement(z, Q), splat(b, z, value));
    },
  }),
  encoding({
    name: 'DUP_general',
    pattern: '0 Q 0 01110000 iiiii 0 0001 1 nnnnn ddddd',
    allocated: (f) => sizeOf(f) < 4 && !(sizeOf(f) === 3 && !f.Q),
    operands: { d: vector('d'), n: gpr('n') },
    statics: { Q: field('Q'), z: size },
    exists: ({ Q, z }) => !(z === 3 && !Q),
    fp: true,
    emit: (b, o, { Q, z }) => setVector(b, o.d, arrangement(z, Q), splat(b, z, b.x(o.n))),
  }),
  encoding({
    name: 'SMOV',
    pattern: '0 Q 0 01110000 iiiii 0 0101 1 nnnnn ddddd',
    allocated: (f) => sizeOf(f) < (f.Q ? 3 : 2),
    operands: { d: gprDest('d'), n: vector('n'), offset },
    statics: { Q: field('Q'), z: choice([0, 1, 2], sizeOf) },
    exists: ({ Q, z }) => z < 2 || Q === 1,
    fp: true,
    emit: (b, o, { Q, z }) => {
      const value = b.peekVector(signedLoads[z]!, byteAddress(b, o.n, o.offset));
      if (Q) b.setX(o.d, value);
      else b.setW(o.d, b.wrap(value));
    },
  }),
  encoding({
    name: 'UMOV',
    pattern: '0 Q 0 01110000 iiiii 0 0111 1 nnnnn ddddd',
    allocated: (f) => (f.Q ? sizeOf(f) === 3 : sizeOf(f) < 3),
    operands: { d: gprDest('d'), n: vector('n'), offset },
    statics: { z: size },
    fp: true,
    emit: (b, o, { z }) => b.setX(o.d, b.peekVector(unsignedLoads[z]!, byteAddress(b, o.n, o.offset))),
  }),
  encoding({
    name: 'INS_general',
    pattern: '0 1 0 01110000 iiiii 0 0011 1 nnnnn ddddd',
    allocated: (f) => sizeOf(f) < 4,
    operands: { d: vector('d'), n: gpr('n'), offset },
    statics: { z: size },
    fp: true,
    emit: (b, o, { z }) => b.pokeVector(stores[z]!, byteAddress(b, o.d, o.offset), b.x(o.n)),
  }),
  encoding({
    name: 'INS_element',
    // imm4 holds the source's index, shifted by the size.
    pattern: '0 1 1 01110000 iiiii 0 ssss 1 nnnnn ddddd',
    allocated: (f) => sizeOf(f) < 4,
    operands: { d: vector('d'), n: vector('n'), offset, source: small('s', (s, f) => (s >> sizeOf(f)) << sizeOf(f)) },
    statics: { z: size },
    fp: true,
    emit: (b, o, { z }) => {
      const value = b.peekVector(unsignedLoads[z]!, byteAddress(b, o.n, o.source));
      b.pokeVector(stores[z]!, byteAddress(b, o.d, o.offset), value);
    },
  }),
  encoding({
    name: 'DUP_element_scalar',
    pattern: '01 0 11110000 iiiii 0 0000 1 nnnnn ddddd',
    allocated: (f) => sizeOf(f) < 4,
    operands: { d: vector('d'), n: vector('n'), offset },
    statics: { z: size },
    fp: true,
    emit: (b, o, { z }) => {
      const value = b.let(b.peekVector(unsignedLoads[z]!, byteAddress(b, o.n, o.offset)));
      b.setV(o.d, b.lane('i64x2.replace_lane', 0, zeroVector, value));
    },
  }),
];
