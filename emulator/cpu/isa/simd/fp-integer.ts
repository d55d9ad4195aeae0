/** Conversions between floating point and integers or fixed point in general registers; FMOV to and from them (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { encoding, field, gpr, gprDest, small, vector, type Encoding, type Fields, type Operand } from '../../encoding.js';
import { i32, type Value } from '../../value.js';
import { fromHost, hostMayRound, hostType, quickWhere, toHost } from './fp-fast.js';
import { quickInteger } from './fp-fast-integers.js';
import { scalar, sizeStatic } from './fp-scalar.js';
import { TIE_AWAY, TO_ZERO, UNSIGNED } from '../../rounding.js';
import { withElement } from './lanes.js';

/** A general register's value as i64, extended as the conversion reads it. */
function integerOf(b: Builder, n: Operand, sf: number, isUnsigned: number): Value {
  if (sf) return b.x(n);
  return isUnsigned ? b.extendU(b.w(n)) : b.extendS(b.w(n));
}

const arithmetic = (f: Fields): boolean => f.p < 2;
/** Fixed point: 64 - scale bits after the point; a 32-bit register has at most 32. */
const scaleAllocated = (f: Fields): boolean => arithmetic(f) && (f.f === 1 || f.s >= 32);
const fraction = small('s', (s) => 64 - s);

export const fpInteger: Encoding[] = [
  encoding({
    name: 'FCVTN_FCVTP_FCVTM_FCVTZ_scalar_integer',
    // opcode<0>: unsigned; rmode as in FPCR.
    pattern: 'f 00 11110 pp 1 rr 00 u 000000 nnnnn ddddd',
    allocated: arithmetic,
    operands: { d: gprDest('d'), n: vector('n') },
    statics: { f: field('f'), z: sizeStatic, r: field('r', [0, 1, 2, 3]), u: field('u') },
    fp: true,
    emit: (b, o, { f, z, r, u }) => {
      const exact = (): Value => b.call('fpToFixed', scalar(b, o.n, z), i32(z), i32(2 + f), i32(0), i32(r | (u ? UNSIGNED : 0)));
      b.setX(o.d, quickInteger(b, b.float(o.n, z), z, f ? 64 : 32, r, u === 1, exact));
    },
  }),
  encoding({
    name: 'FCVTA_scalar_integer',
    pattern: 'f 00 11110 pp 1 00 10 u 000000 nnnnn ddddd',
    allocated: arithmetic,
    operands: { d: gprDest('d'), n: vector('n') },
    statics: { f: field('f'), z: sizeStatic, u: field('u') },
    fp: true,
    emit: (b, o, { f, z, u }) =>
      b.setX(o.d, b.call('fpToFixed', scalar(b, o.n, z), i32(z), i32(2 + f), i32(0), i32(TIE_AWAY | (u ? UNSIGNED : 0)))),
  }),
  encoding({
    name: 'SCVTF_UCVTF_scalar_integer',
    pattern: 'f 00 11110 pp 1 00 01 u 000000 nnnnn ddddd',
    allocated: arithmetic,
    operands: { d: vector('d'), n: gpr('n') },
    statics: { f: field('f'), z: sizeStatic, u: field('u') },
    fp: true,
    emit: (b, o, { f, z, u }) => {
      const n = b.let(integerOf(b, o.n, f, u));
      const quick = b.op(`${hostType(z)}.convert_i64_${u ? 'u' : 's'}`, n);
      const exact = (): Value => toHost(b, b.call('fixedToFp', n, i32(z), i32(0), i32(u)), z);
      // Every 32-bit integer is a double; others are rounded.
      b.setFloat(o.d, z, f || z === 2 ? quickWhere(b, hostMayRound(b), quick, exact) : quick);
    },
  }),
  encoding({
    name: 'FCVTZS_FCVTZU_scalar_fixed_point',
    pattern: 'f 00 11110 pp 0 11 00 u ssssss nnnnn ddddd',
    allocated: scaleAllocated,
    operands: { d: gprDest('d'), n: vector('n'), s: fraction },
    statics: { f: field('f'), z: sizeStatic, u: field('u') },
    fp: true,
    emit: (b, o, { f, z, u }) =>
      b.setX(o.d, b.call('fpToFixed', scalar(b, o.n, z), i32(z), i32(2 + f), b.number(o.s), i32(TO_ZERO | (u ? UNSIGNED : 0)))),
  }),
  encoding({
    name: 'SCVTF_UCVTF_scalar_fixed_point',
    pattern: 'f 00 11110 pp 0 00 01 u ssssss nnnnn ddddd',
    allocated: scaleAllocated,
    operands: { d: vector('d'), n: gpr('n'), s: fraction },
    statics: { f: field('f'), z: sizeStatic, u: field('u') },
    fp: true,
    emit: (b, o, { f, z, u }) => b.setD(o.d, b.call('fixedToFp', integerOf(b, o.n, f, u), i32(z), b.number(o.s), i32(u))),
  }),
  encoding({
    name: 'FMOV_to_general',
    pattern: 'f 00 11110 0p 1 00 110 000000 nnnnn ddddd',
    allocated: (f) => f.f === f.p,
    operands: { d: gprDest('d'), n: vector('n') },
    statics: { f: field('f') },
    fp: true,
    emit: (b, o, { f }) => b.setX(o.d, fromHost(b, b.float(o.n, 2 + f), 2 + f)),
  }),
  encoding({
    name: 'FMOV_from_general',
    pattern: 'f 00 11110 0p 1 00 111 000000 nnnnn ddddd',
    allocated: (f) => f.f === f.p,
    operands: { d: vector('d'), n: gpr('n') },
    statics: { f: field('f') },
    fp: true,
    emit: (b, o, { f }) => b.setFloat(o.d, 2 + f, toHost(b, b.x(o.n), 2 + f)),
  }),
  encoding({
    name: 'FMOV_top_half_to_general',
    pattern: '1 00 11110 10 1 01 110 000000 nnnnn ddddd',
    operands: { d: gprDest('d'), n: vector('n') },
    fp: true,
    emit: (b, o) => b.setX(o.d, b.lane('i64x2.extract_lane', 1, b.v(o.n))),
  }),
  encoding({
    name: 'FMOV_top_half_from_general',
    pattern: '1 00 11110 10 1 01 111 000000 nnnnn ddddd',
    operands: { d: vector('d'), n: gpr('n') },
    fp: true,
    emit: (b, o) => b.setV(o.d, withElement(b, b.v(o.d), 3, 1, b.x(o.n))),
  }),
];
