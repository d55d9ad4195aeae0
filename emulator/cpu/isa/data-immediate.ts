/** Data processing, immediate (DDI 0487 C4.1.86). */
import { encoding, field, choice, gpr, gprDest, gprOrSp, signed, small, sumDest, type Encoding, type Fields } from '../encoding.js';
import { SLOT_SINK, SLOT_SP } from '../layout.js';
import { i64 } from '../value.js';
import { logic } from './logic.js';

/** The bitmask that N:immr:imms stands for; undefined when reserved. Manual: DecodeBitMasks. */
export function bitMask(n: number, immr: number, imms: number, sf: number): bigint | undefined {
  const length = 31 - Math.clz32((n << 6) | (~imms & 0x3f));
  if (length < 1 || (!sf && n)) return undefined;
  const size = 1 << length;
  const levels = size - 1;
  const s = imms & levels;
  const r = immr & levels;
  if (s === levels) return undefined;
  const ones = (1n << BigInt(s + 1)) - 1n;
  const all = (1n << BigInt(size)) - 1n;
  let element = ((ones >> BigInt(r)) | (ones << BigInt(size - r))) & all;
  for (let width = size; width < 64; width *= 2) element |= element << BigInt(width);
  return sf ? element : element & 0xffffffffn;
}

/** Shift left, then right, that a bitfield move amounts to. */
const bitfieldShifts = (f: Fields): { left: number; right: number } => {
  const size = f.f ? 64 : 32;
  const left = size - 1 - f.s;
  return { left, right: f.s >= f.r ? left + f.r : left - (size - f.r) };
};

/** Ones where BFM inserts. */
const bitfieldMask = (f: Fields): bigint => {
  const size = f.f ? 64n : 32n;
  const all = (1n << size) - 1n;
  const { left, right } = bitfieldShifts(f);
  return ((all << BigInt(left)) & all) >> BigInt(right);
};

export const dataImmediate: Encoding[] = [
  encoding({
    name: 'ADR',
    pattern: '0 ii 10000 jjjjjjjjjjjjjjjjjjj ddddd',
    operands: { d: gprDest('d') },
    immediate: (f) => BigInt(signed((f.j << 2) | f.i, 21)),
    hot: true,
    emit: (b, o) => b.setX(o.d, b.add(b.pc(), b.immediate())),
  }),
  encoding({
    name: 'ADRP',
    pattern: '1 ii 10000 jjjjjjjjjjjjjjjjjjj ddddd',
    operands: { d: gprDest('d') },
    immediate: (f) => BigInt(signed((f.j << 2) | f.i, 21)) << 12n,
    hot: true,
    emit: (b, o) => b.setX(o.d, b.add(b.and(b.pc(), i64(~0xfffn)), b.immediate())),
  }),
  encoding({
    name: 'ADD_SUB_immediate',
    pattern: 'f o S 100010 h iiiiiiiiiiii nnnnn ddddd',
    operands: { d: sumDest, n: gprOrSp('n') },
    statics: { f: field('f'), o: field('o'), S: field('S') },
    immediate: (f) => BigInt(f.i) << (f.h ? 12n : 0n),
    hot: true,
    emit: (b, o, { f, o: sub, S }) => {
      const n = b.r(o.n, f);
      const m = S ? b.let(f ? b.immediate() : b.immediate32()) : f ? b.immediate() : b.immediate32();
      if (!S) return b.setR(o.d, f, sub ? b.sub(n, m) : b.add(n, m));
      const result = b.let(sub ? b.sub(n, m) : b.add(n, m));
      b.setNzcv(sub ? b.flagsOfSub(n, m, result) : b.flagsOfAdd(n, m, result));
      b.setR(o.d, f, result);
    },
  }),
  encoding({
    name: 'AND_ORR_EOR_immediate',
    pattern: 'f oo 100100 N rrrrrr ssssss nnnnn ddddd',
    allocated: (f) => bitMask(f.N, f.r, f.s, f.f) !== undefined,
    operands: {
      d: { letter: 'd', kind: 'gpr', encode: (n, f) => (n === 31 ? (f.o === 3 ? SLOT_SINK : SLOT_SP) : n) },
      n: gpr('n'),
    },
    statics: { f: field('f'), o: field('o', [0, 1, 2, 3]) },
    immediate: (f) => bitMask(f.N, f.r, f.s, f.f)!,
    hot: true,
    emit: (b, o, { f, o: opc }) => {
      const n = b.r(o.n, f);
      const m = f ? b.immediate() : b.immediate32();
      logic(b, o.d, f, opc, n, m);
    },
  }),
  encoding({
    name: 'MOVZ_MOVN',
    pattern: 'f o0 100101 hh iiiiiiiiiiiiiiii ddddd',
    allocated: (f) => f.f === 1 || f.h < 2,
    operands: { d: gprDest('d') },
    immediate: (f) => {
      const value = BigInt(f.i) << BigInt(f.h * 16);
      const all = f.f ? (1n << 64n) - 1n : 0xffffffffn;
      return f.o ? value : ~value & all;
    },
    hot: true,
    emit: (b, o) => b.setX(o.d, b.immediate()),
  }),
  encoding({
    name: 'MOVK',
    pattern: 'f 11 100101 hh iiiiiiiiiiiiiiii ddddd',
    allocated: (f) => f.f === 1 || f.h < 2,
    operands: { d: gprDest('d'), old: gpr('d') },
    statics: { f: field('f'), h: field('h', [0, 1, 2, 3]) },
    exists: ({ f, h }) => f === 1 || h < 2,
    immediate: (f) => BigInt(f.i) << BigInt(f.h * 16),
    hot: true,
    emit: (b, o, { f, h }) => {
      const keep = ~(0xffffn << BigInt(h * 16)) & (f ? (1n << 64n) - 1n : 0xffffffffn);
      b.setX(o.d, b.or(b.and(b.x(o.old), i64(keep)), b.immediate()));
    },
  }),
  encoding({
    name: 'SBFM_UBFM',
    pattern: 'f o0 100110 N rrrrrr ssssss nnnnn ddddd',
    allocated: (f) => f.N === f.f && (f.f === 1 || (f.r < 32 && f.s < 32)),
    operands: {
      d: gprDest('d'),
      n: gpr('n'),
      left: small('s', (_, f) => bitfieldShifts(f).left),
      right: small('r', (_, f) => bitfieldShifts(f).right),
    },
    statics: { f: field('f'), o: field('o') },
    hot: true,
    emit: (b, o, { f, o: isUnsigned }) => {
      const amount = (operand: typeof o.left) => (f ? b.extendU(b.number(operand)) : b.number(operand));
      const up = b.shl(b.r(o.n, f), amount(o.left));
      b.setR(o.d, f, isUnsigned ? b.shrU(up, amount(o.right)) : b.shrS(up, amount(o.right)));
    },
  }),
  encoding({
    name: 'BFM',
    pattern: 'f 01 100110 N rrrrrr ssssss nnnnn ddddd',
    allocated: (f) => f.N === f.f && (f.f === 1 || (f.r < 32 && f.s < 32)),
    operands: {
      d: gprDest('d'),
      old: gpr('d'),
      n: gpr('n'),
      left: small('s', (_, f) => bitfieldShifts(f).left),
      right: small('r', (_, f) => bitfieldShifts(f).right),
    },
    statics: { f: field('f') },
    immediate: bitfieldMask,
    emit: (b, o, { f }) => {
      const amount = (operand: typeof o.left) => (f ? b.extendU(b.number(operand)) : b.number(operand));
      const mask = b.let(f ? b.immediate() : b.immediate32());
      const moved = b.shrU(b.shl(b.r(o.n, f), amount(o.left)), amount(o.right));
      b.setR(o.d, f, b.or(b.and(b.r(o.old, f), b.not(mask)), b.and(moved, mask)));
    },
  }),
  encoding({
    name: 'EXTR',
    pattern: 'f 00 100111 N 0 mmmmm ssssss nnnnn ddddd',
    allocated: (f) => f.N === f.f && (f.f === 1 || f.s < 32),
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m'), low: small('s'), high: small('s', (s, f) => (f.f ? 64 : 32) - s) },
    statics: { f: field('f'), zero: choice([0, 1], (f) => (f.s === 0 ? 1 : 0)) },
    hot: true,
    emit: (b, o, { f, zero }) => {
      const m = b.r(o.m, f);
      if (zero) return b.setR(o.d, f, m);
      const amount = (operand: typeof o.low) => (f ? b.extendU(b.number(operand)) : b.number(operand));
      b.setR(o.d, f, b.or(b.shrU(m, amount(o.low)), b.shl(b.r(o.n, f), amount(o.high))));
    },
  }),
];
