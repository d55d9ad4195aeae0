/** Data processing, register (DDI 0487 C4.1.89). */
import type { Builder } from '../builder.js';
import {
  choice,
  encoding,
  field,
  gpr,
  gprDest,
  gprOrSp,
  small,
  sumDest,
  type Encoding,
  type Fields,
  type Letter,
  type Operand,
} from '../encoding.js';
import { i32, i64, type Value } from '../value.js';
import { logic } from './logic.js';

/** Shift kinds as statics: 0 by nothing, then LSL, LSR, ASR, ROR. */
const shiftKind = (letter: Letter, amount: Letter) => (f: Fields) => (f[amount] ? f[letter] + 1 : 0);

/** An amount held in a small operand, in the type of the shifted value. */
function amountOf(b: Builder, operand: Operand, sf: number): Value {
  return sf ? b.extendU(b.number(operand)) : b.number(operand);
}

function shift(b: Builder, value: Value, kind: number, amount: () => Value): Value {
  switch (kind) {
    case 0:
      return value;
    case 1:
      return b.shl(value, amount());
    case 2:
      return b.shrU(value, amount());
    case 3:
      return b.shrS(value, amount());
    default:
      return b.rotr(value, amount());
  }
}

/** ADD or SUB, with flags where asked for. */
function addSub(b: Builder, dest: Operand, sf: number, n: Value, m: Value, sub: number, flags: number): void {
  if (!flags) return b.setR(dest, sf, sub ? b.sub(n, m) : b.add(n, m));
  const bound = b.let(m);
  const result = b.let(sub ? b.sub(n, bound) : b.add(n, bound));
  b.setNzcv(sub ? b.flagsOfSub(n, bound, result) : b.flagsOfAdd(n, bound, result));
  b.setR(dest, sf, result);
}

/** The upper half of an unsigned product, from four products of halves. */
function multiplyHigh(b: Builder, n: Value, m: Value): Value {
  const low = (value: Value): Value => b.let(b.and(value, i64(0xffffffffn)));
  const high = (value: Value): Value => b.let(b.shrU(value, i64(32n)));
  const [n0, n1, m0, m1] = [low(n), high(n), low(m), high(m)];
  const middle = b.let(b.add(b.mul(n1, m0), high(b.mul(n0, m0))));
  const carry = b.add(b.mul(n0, m1), low(middle));
  return b.add(b.add(b.mul(n1, m1), high(middle)), b.shrU(carry, i64(32n)));
}

/** The extension of an extended-register operand: UXTB .. SXTX. */
function extend(b: Builder, operand: Operand, option: number, sf: number): Value {
  const x = b.x(operand);
  const narrow = (): Value => {
    switch (option) {
      case 0:
        return b.and(x, i64(0xffn));
      case 1:
        return b.and(x, i64(0xffffn));
      case 2:
        return b.and(x, i64(0xffffffffn));
      case 4:
        return b.op('i64.extend8_s', x);
      case 5:
        return b.op('i64.extend16_s', x);
      case 6:
        return b.op('i64.extend32_s', x);
      default:
        return x;
    }
  };
  return sf ? narrow() : b.wrap(narrow());
}

export const dataRegister: Encoding[] = [
  encoding({
    name: 'ADD_SUB_shifted_register',
    pattern: 'f o S 01011 hh 0 mmmmm iiiiii nnnnn ddddd',
    allocated: (f) => f.h !== 3 && (f.f === 1 || f.i < 32),
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m'), amount: small('i') },
    statics: { f: field('f'), o: field('o'), S: field('S'), kind: choice([0, 1, 2, 3], shiftKind('h', 'i')) },
    hot: ({ kind, S }) => kind < 2 || (kind === 2 && S === 0),
    emit: (b, o, { f, o: sub, S, kind }) => {
      const n = b.r(o.n, f);
      addSub(
        b,
        o.d,
        f,
        n,
        shift(b, b.r(o.m, f), kind, () => amountOf(b, o.amount, f)),
        sub,
        S,
      );
    },
  }),
  encoding({
    name: 'ADD_SUB_extended_register',
    pattern: 'f o S 01011 00 1 mmmmm ppp iii nnnnn ddddd',
    allocated: (f) => f.i <= 4,
    operands: { d: sumDest, n: gprOrSp('n'), m: gpr('m'), amount: small('i') },
    statics: { f: field('f'), o: field('o'), S: field('S'), p: field('p', [0, 1, 2, 3, 4, 5, 6, 7]) },
    hot: ({ f, S, p }) => f === 1 && S === 0 && (p === 2 || p === 6),
    emit: (b, o, { f, o: sub, S, p }) => {
      const n = b.r(o.n, f);
      addSub(b, o.d, f, n, b.shl(extend(b, o.m, p, f), amountOf(b, o.amount, f)), sub, S);
    },
  }),
  encoding({
    name: 'AND_ORR_EOR_shifted_register',
    pattern: 'f oo 01010 hh N mmmmm iiiiii nnnnn ddddd',
    allocated: (f) => f.f === 1 || f.i < 32,
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m'), amount: small('i') },
    statics: { f: field('f'), o: field('o', [0, 1, 2, 3]), N: field('N'), kind: choice([0, 1, 2, 3, 4], shiftKind('h', 'i')) },
    hot: ({ kind, N, o }) => kind === 0 || (kind < 3 && N === 0 && o !== 3),
    emit: (b, o, { f, o: opc, N, kind }) => {
      const n = b.r(o.n, f);
      const operand = shift(b, b.r(o.m, f), kind, () => amountOf(b, o.amount, f));
      const m = N ? b.not(operand) : operand;
      logic(b, o.d, f, opc, n, m);
    },
  }),
  encoding({
    name: 'ADC_SBC',
    pattern: 'f o S 11010000 mmmmm 000000 nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m') },
    statics: { f: field('f'), o: field('o'), S: field('S') },
    hot: true,
    emit: (b, o, { f, o: sub, S }) => {
      const n = b.r(o.n, f);
      const m = b.let(sub ? b.not(b.r(o.m, f)) : b.r(o.m, f));
      const carry = b.let(b.carry());
      const result = b.let(b.add(b.add(n, m), f ? b.extendU(carry) : carry));
      if (S) b.setNzcv(b.flagsOfAddWithCarry(n, m, carry, result));
      b.setR(o.d, f, result);
    },
  }),
  encoding({
    name: 'CCMP_CCMN',
    pattern: 'f o 1 11010010 mmmmm cccc i 0 nnnnn 0 zzzz',
    operands: {
      n: gpr('n'),
      m: { letter: 'm', kind: 'gpr', encode: (m, f) => (!f.i && m === 31 ? 31 : m) },
      c: small('c'),
      z: small('z'),
    },
    statics: { f: field('f'), o: field('o'), i: field('i') },
    hot: true,
    emit: (b, o, { f, o: sub, i }) => {
      const n = b.r(o.n, f);
      const m = i ? b.let(f ? b.extendU(b.number(o.m)) : b.number(o.m)) : b.r(o.m, f);
      const result = b.let(sub ? b.sub(n, m) : b.add(n, m));
      const compared = sub ? b.flagsOfSub(n, m, result) : b.flagsOfAdd(n, m, result);
      b.setNzcv(b.flagsIf(b.let(b.condition(o.c)), compared, b.shl(b.number(o.z), i32(28))));
    },
  }),
  encoding({
    name: 'CSEL_CSINC_CSINV_CSNEG',
    pattern: 'f o 0 11010100 mmmmm cccc 0 p nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m'), c: small('c') },
    statics: { f: field('f'), o: field('o'), p: field('p') },
    hot: true,
    emit: (b, o, { f, o: invert, p: increment }) => {
      const n = b.r(o.n, f);
      const m = b.r(o.m, f);
      const one = b.integer(f, 1);
      const zero = b.integer(f, 0);
      const other = invert ? (increment ? b.sub(zero, m) : b.not(m)) : increment ? b.add(m, one) : m;
      b.setR(o.d, f, b.select(b.condition(o.c), n, other));
    },
  }),
  encoding({
    name: 'RBIT',
    pattern: 'f 1 0 11010110 00000 000000 nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n') },
    statics: { f: field('f') },
    emit: (b, o, { f }) => {
      const reversed = b.call('reverseBits64', b.x(o.n));
      b.setX(o.d, f ? reversed : b.shrU(reversed, i64(32n)));
    },
  }),
  encoding({
    name: 'REV_REV16_REV32',
    // 01: halfwords; 10: words (the whole register when sf is 0); 11: doublewords.
    pattern: 'f 1 0 11010110 00000 0000 oo nnnnn ddddd',
    allocated: (f) => f.o !== 0 && (f.f === 1 || f.o !== 3),
    operands: { d: gprDest('d'), n: gpr('n') },
    statics: { f: field('f'), o: field('o', [1, 2, 3]) },
    exists: ({ f, o }) => f === 1 || o !== 3,
    emit: (b, o, { f, o: opc }) => {
      const swap = (value: Value, bits: number, mask: bigint): Value => {
        const low = b.let(value);
        return b.or(b.and(b.shrU(low, i64(BigInt(bits))), i64(mask)), b.shl(b.and(low, i64(mask)), i64(BigInt(bits))));
      };
      let value = swap(b.x(o.n), 8, 0x00ff00ff00ff00ffn);
      if (opc >= 2) value = swap(value, 16, 0x0000ffff0000ffffn);
      if (opc === 3) value = b.op('i64.rotr', value, i64(32n));
      b.setX(o.d, f ? value : b.and(value, i64(0xffffffffn)));
    },
  }),
  encoding({
    name: 'CLZ_CLS',
    pattern: 'f 1 0 11010110 00000 00010 o nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n') },
    statics: { f: field('f'), o: field('o') },
    hot: true,
    emit: (b, o, { f, o: signs }) => {
      const n = b.r(o.n, f);
      if (!signs) return b.setR(o.d, f, b.clz(n));
      const top = b.integer(f, f ? 63 : 31);
      const one = b.integer(f, 1);
      b.setR(o.d, f, b.sub(b.clz(b.xor(n, b.shrS(n, top))), one));
    },
  }),
  encoding({
    name: 'UDIV_SDIV',
    pattern: 'f 0 0 11010110 mmmmm 00001 o nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m') },
    statics: { f: field('f'), o: field('o') },
    hot: true,
    emit: (b, o, { f, o: isSigned }) => {
      const n = b.r(o.n, f);
      const m = b.r(o.m, f);
      const type = b.typeOf(f);
      const zero = b.integer(f, 0);
      // Dividing by -1 is negation: it also gives the wrapped quotient where WebAssembly would trap.
      const quotient = isSigned
        ? b.choose(b.eq(m, b.ones(type)), b.sub(zero, n), b.op(`${type}.div_s`, n, m))
        : b.op(`${type}.div_u`, n, m);
      b.ifUnlikely(
        b.eqz(m),
        () => b.setR(o.d, f, f ? b.call('divideByZero', b.pc()) : b.wrap(b.call('divideByZero', b.pc()))),
        () => b.setR(o.d, f, quotient),
      );
    },
  }),
  encoding({
    name: 'LSLV_LSRV_ASRV_RORV',
    pattern: 'f 0 0 11010110 mmmmm 0010 oo nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m') },
    statics: { f: field('f'), o: field('o', [0, 1, 2, 3]) },
    hot: true,
    emit: (b, o, { f, o: kind }) =>
      b.setR(
        o.d,
        f,
        shift(b, b.r(o.n, f), kind + 1, () => b.r(o.m, f)),
      ),
  }),
  encoding({
    name: 'CRC32_CRC32C',
    pattern: 'f 0 0 11010110 mmmmm 010 C zz nnnnn ddddd',
    allocated: (f) => (f.f === 1) === (f.z === 3),
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m') },
    statics: { C: field('C'), z: field('z', [0, 1, 2, 3]) },
    emit: (b, o, { C, z }) => b.setW(o.d, b.call('crc32', b.w(o.n), b.x(o.m), i32(1 << z), i32(C))),
  }),
  encoding({
    name: 'MADD_MSUB',
    pattern: 'f 00 11011 000 mmmmm o aaaaa nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m'), a: gpr('a') },
    statics: { f: field('f'), o: field('o') },
    hot: true,
    emit: (b, o, { f, o: sub }) => {
      const product = b.mul(b.r(o.n, f), b.r(o.m, f));
      const a = b.r(o.a, f);
      b.setR(o.d, f, sub ? b.sub(a, product) : b.add(a, product));
    },
  }),
  encoding({
    name: 'SMADDL_SMSUBL_UMADDL_UMSUBL',
    pattern: '1 00 11011 U01 mmmmm o aaaaa nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m'), a: gpr('a') },
    statics: { U: field('U'), o: field('o') },
    hot: true,
    emit: (b, o, { U, o: sub }) => {
      const long = (operand: typeof o.n): Value => (U ? b.extendU(b.w(operand)) : b.extendS(b.w(operand)));
      const product = b.mul(long(o.n), long(o.m));
      const a = b.x(o.a);
      b.setX(o.d, sub ? b.sub(a, product) : b.add(a, product));
    },
  }),
  encoding({
    name: 'SMULH_UMULH',
    pattern: '1 00 11011 U10 mmmmm 0 xxxxx nnnnn ddddd',
    operands: { d: gprDest('d'), n: gpr('n'), m: gpr('m') },
    statics: { U: field('U') },
    emit: (b, o, { U }) => {
      const n = b.x(o.n);
      const m = b.x(o.m);
      const high = multiplyHigh(b, n, m);
      if (U) return b.setX(o.d, high);
      // As unsigned numbers, negative ones are 2^64 too large.
      const excess = (negative: Value, other: Value): Value => b.and(b.shrS(negative, i64(63n)), other);
      b.setX(o.d, b.sub(high, b.add(excess(n, m), excess(m, n))));
    },
  }),
];
