/** Loads and stores of one or two registers, all addressing forms (DDI 0487 C4.1.88). */
import type { MemoryOp } from '../../wasm/opcodes.js';
import type { Builder } from '../builder.js';
import {
  choice,
  encoding,
  field,
  gpr,
  gprDest,
  gprOrSp,
  signed,
  small,
  vector,
  type Encoding,
  type Fields,
  type Letter,
  type Operand,
  type OperandRule,
} from '../encoding.js';
import type { RuntimeFunction } from '../runtime-api.js';
import { i64, type Value } from '../value.js';

/** What one access moves. The numbers are statics: a handler for each. */
const STORE = 0;
const LOAD = 1;
const LOAD_SIGNED_64 = 2;
const LOAD_SIGNED_32 = 3;

const stores: MemoryOp[] = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'];
const loads: MemoryOp[] = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'];
const signedLoads: MemoryOp[] = ['i64.load8_s', 'i64.load16_s', 'i64.load32_s', 'i64.load'];

/** The transferred register: read by a store, written by a load. */
const transferred = (letter: Letter, isLoad: (f: Fields) => boolean): OperandRule => ({
  letter,
  kind: 'gpr',
  encode: (n, f) => (n === 31 && isLoad(f) ? gprDest(letter).encode(n, f) : n),
});

/** One general-register access; `size` is log2 of the bytes. */
function accessGeneral(b: Builder, t: Operand, address: Value, size: number, kind: number, unprivileged = false): void {
  const bytes = 1 << size;
  if (kind === STORE) {
    const slow: RuntimeFunction = unprivileged ? 'writeUnprivileged' : 'writeSlow';
    return b.writeGuest(address, bytes, [{ op: stores[size]!, offset: 0, value: b.x(t) }], slow);
  }
  const host = b.readable(address, bytes, unprivileged ? 'readUnprivileged' : 'readSlow');
  const value = b.peek((kind === LOAD ? loads : signedLoads)[size]!, host);
  b.setX(t, kind === LOAD_SIGNED_32 ? b.and(value, i64(0xffffffffn)) : value);
}

/** One SIMD-register access; `size` 0..4 is log2 of the bytes. */
function accessVector(b: Builder, t: Operand, address: Value, size: number, load: number): void {
  const bytes = 1 << size;
  if (size === 4) {
    if (load) b.setV(t, b.peek('v128.load', b.readable(address, bytes)));
    else b.writeGuest(address, bytes, [{ op: 'v128.store', offset: 0, value: b.v(t) }]);
  } else if (size >= 2) {
    const type = size === 3 ? 'f64' : 'f32';
    if (load) b.setFloat(t, size, b.peek(`${type}.load`, b.readable(address, bytes)));
    else b.writeGuest(address, bytes, [{ op: `${type}.store`, offset: 0, value: b.float(t, size) }]);
  } else if (load) b.setD(t, b.peek(loads[size]!, b.readable(address, bytes)));
  else b.writeGuest(address, bytes, [{ op: stores[size]!, offset: 0, value: b.d(t) }]);
}

const generalStatics = { z: field('z', [0, 1, 2, 3]), k: field('o', [0, 1, 2, 3]) };
/** size and opc that are a transfer of a general register, not a prefetch or unallocated. */
const generalExists = ({ z, k }: Readonly<Record<'z' | 'k', number>>): boolean => k < 2 || (k === 2 && z < 3) || (k === 3 && z < 2);
const generalAllocated = (f: Fields): boolean => generalExists({ z: f.z, k: f.o });
const generalT = transferred('t', (f) => f.o !== STORE);

/** log2 of the bytes of a SIMD transfer: opc<1>:size. */
const vectorSize = choice([0, 1, 2, 3, 4], (f) => (f.o >> 1 ? 4 : f.z));
const vectorStatics = { size: vectorSize, load: choice([0, 1], (f) => f.o & 1) };
const vectorAllocated = (f: Fields): boolean => f.o < 2 || f.z === 0;

/** Unscaled 9-bit offset. */
const imm9 = (f: Fields): bigint => BigInt(signed(f.i, 9));

/** The four ways to form an address from a base and a 9- or 12-bit offset. */
const OFFSET = 0;
const POST = 1;
const PRE = 3;

function withBase(b: Builder, n: Operand, mode: number, access: (address: Value) => void): void {
  const base = b.x(n);
  const moved = mode === OFFSET ? b.add(base, b.immediate()) : b.let(b.add(base, b.immediate()));
  access(mode === POST ? base : moved);
  if (mode !== OFFSET) b.setX(n, moved);
}

/** Register offset: option and S choose extension and shift. */
function registerOffset(b: Builder, n: Operand, m: Operand, option: number, shift: Operand): Value {
  const index = option === 2 ? b.extendU(b.w(m)) : option === 6 ? b.extendS(b.w(m)) : b.x(m);
  return b.add(b.x(n), b.shl(index, b.extendU(b.number(shift))));
}

const options = choice([2, 3, 6], (f) => (f.p === 7 ? 3 : f.p));
const optionAllocated = (f: Fields): boolean => (f.p & 2) !== 0;

const general: Encoding[] = [
  encoding({
    name: 'LDR_STR_unsigned_immediate',
    pattern: 'zz 111 0 01 oo iiiiiiiiiiii nnnnn ttttt',
    allocated: generalAllocated,
    operands: { t: generalT, n: gprOrSp('n') },
    statics: generalStatics,
    exists: generalExists,
    immediate: (f) => BigInt(f.i << f.z),
    hot: true,
    emit: (b, o, { z, k }) => withBase(b, o.n, OFFSET, (address) => accessGeneral(b, o.t, address, z, k)),
  }),
  encoding({
    name: 'LDUR_STUR',
    pattern: 'zz 111 0 00 oo 0 iiiiiiiii 00 nnnnn ttttt',
    allocated: generalAllocated,
    operands: { t: generalT, n: gprOrSp('n') },
    statics: generalStatics,
    exists: generalExists,
    immediate: imm9,
    hot: ({ k }) => k < 2,
    emit: (b, o, { z, k }) => withBase(b, o.n, OFFSET, (address) => accessGeneral(b, o.t, address, z, k)),
  }),
  encoding({
    name: 'LDR_STR_indexed',
    pattern: 'zz 111 0 00 oo 0 iiiiiiiii p1 nnnnn ttttt',
    allocated: generalAllocated,
    operands: { t: generalT, n: gprOrSp('n') },
    statics: { ...generalStatics, p: choice([POST, PRE], (f) => (f.p ? PRE : POST)) },
    exists: generalExists,
    immediate: imm9,
    hot: ({ k }) => k < 2,
    emit: (b, o, { z, k, p }) => withBase(b, o.n, p, (address) => accessGeneral(b, o.t, address, z, k)),
  }),
  encoding({
    name: 'LDTR_STTR',
    notCompared: 'what it is for, EL1 with the permissions of EL0: cpu/unprivileged.test.ts has that',
    pattern: 'zz 111 0 00 oo 0 iiiiiiiii 10 nnnnn ttttt',
    allocated: generalAllocated,
    operands: { t: generalT, n: gprOrSp('n') },
    statics: generalStatics,
    exists: generalExists,
    immediate: imm9,
    emit: (b, o, { z, k }) => withBase(b, o.n, OFFSET, (address) => accessGeneral(b, o.t, address, z, k, true)),
  }),
  encoding({
    name: 'LDR_STR_register',
    pattern: 'zz 111 0 00 oo 1 mmmmm ppp S 10 nnnnn ttttt',
    allocated: (f) => generalAllocated(f) && optionAllocated(f),
    operands: { t: generalT, n: gprOrSp('n'), m: gpr('m'), shift: small('S', (S, f) => (S ? f.z : 0)) },
    statics: { ...generalStatics, p: options },
    exists: generalExists,
    hot: ({ k, p }) => k === LOAD || (k === STORE && p === 3),
    emit: (b, o, { z, k, p }) => accessGeneral(b, o.t, registerOffset(b, o.n, o.m, p, o.shift), z, k),
  }),
  encoding({
    name: 'LDR_literal',
    pattern: 'oo 011 0 00 iiiiiiiiiiiiiiiiiii ttttt',
    allocated: (f) => f.o !== 3,
    operands: { t: gprDest('t') },
    statics: { o: field('o', [0, 1, 2]) },
    immediate: (f) => BigInt(signed(f.i, 19) * 4),
    hot: true,
    emit: (b, o, { o: opc }) => accessGeneral(b, o.t, b.add(b.pc(), b.immediate()), opc === 1 ? 3 : 2, opc === 2 ? LOAD_SIGNED_64 : LOAD),
  }),
  encoding({
    name: 'PRFM_PRFUM',
    // Prefetches have no effect here, whatever their addressing form.
    pattern: '11 111 0 0h 10 iiiiiiiiiiii nnnnn ttttt',
    allocated: (f) => (f.h === 1 || f.i >> 11 === 0 ? f.h === 1 || (f.i & 3) === 0 : (f.i & 3) === 2 && ((f.i >> 4) & 1) === 1),
    emit: () => undefined,
  }),
  encoding({ name: 'PRFM_literal', pattern: '11 011 0 00 iiiiiiiiiiiiiiiiiii ttttt', emit: () => undefined }),
];

const vectors: Encoding[] = [
  encoding({
    name: 'LDR_STR_unsigned_immediate_SIMD_FP',
    pattern: 'zz 111 1 01 oo iiiiiiiiiiii nnnnn ttttt',
    allocated: vectorAllocated,
    operands: { t: vector('t'), n: gprOrSp('n') },
    statics: vectorStatics,
    immediate: (f) => BigInt(f.i << (f.o >> 1 ? 4 : f.z)),
    hot: ({ size }) => size >= 3,
    fp: true,
    emit: (b, o, { size, load }) => withBase(b, o.n, OFFSET, (address) => accessVector(b, o.t, address, size, load)),
  }),
  encoding({
    name: 'LDUR_STUR_SIMD_FP',
    pattern: 'zz 111 1 00 oo 0 iiiiiiiii 00 nnnnn ttttt',
    allocated: vectorAllocated,
    operands: { t: vector('t'), n: gprOrSp('n') },
    statics: vectorStatics,
    immediate: imm9,
    fp: true,
    emit: (b, o, { size, load }) => withBase(b, o.n, OFFSET, (address) => accessVector(b, o.t, address, size, load)),
  }),
  encoding({
    name: 'LDR_STR_indexed_SIMD_FP',
    pattern: 'zz 111 1 00 oo 0 iiiiiiiii p1 nnnnn ttttt',
    allocated: vectorAllocated,
    operands: { t: vector('t'), n: gprOrSp('n') },
    statics: { ...vectorStatics, p: choice([POST, PRE], (f) => (f.p ? PRE : POST)) },
    immediate: imm9,
    fp: true,
    emit: (b, o, { size, load, p }) => withBase(b, o.n, p, (address) => accessVector(b, o.t, address, size, load)),
  }),
  encoding({
    name: 'LDR_STR_register_SIMD_FP',
    pattern: 'zz 111 1 00 oo 1 mmmmm ppp S 10 nnnnn ttttt',
    allocated: (f) => vectorAllocated(f) && optionAllocated(f),
    operands: { t: vector('t'), n: gprOrSp('n'), m: gpr('m'), shift: small('S', (S, f) => (S ? vectorSize.of(f) : 0)) },
    statics: { ...vectorStatics, p: options },
    fp: true,
    emit: (b, o, { size, load, p }) => accessVector(b, o.t, registerOffset(b, o.n, o.m, p, o.shift), size, load),
  }),
  encoding({
    name: 'LDR_literal_SIMD_FP',
    pattern: 'oo 011 1 00 iiiiiiiiiiiiiiiiiii ttttt',
    allocated: (f) => f.o !== 3,
    operands: { t: vector('t') },
    statics: { o: field('o', [0, 1, 2]) },
    immediate: (f) => BigInt(signed(f.i, 19) * 4),
    fp: true,
    emit: (b, o, { o: opc }) => accessVector(b, o.t, b.add(b.pc(), b.immediate()), opc + 2, 1),
  }),
];

/** Pairs: mode 00 no-allocate and 10 offset are one meaning, 01 post-index, 11 pre-index. */
const pairMode = choice([OFFSET, POST, PRE], (f) => (f.p === 1 ? POST : f.p === 3 ? PRE : OFFSET));
const pairLoad = (f: Fields): boolean => f.L === 1;

const pairs: Encoding[] = [
  encoding({
    name: 'LDP_STP',
    pattern: 'o0 101 0 0 pp L iiiiiii uuuuu nnnnn ttttt',
    operands: { t: transferred('t', pairLoad), u: transferred('u', pairLoad), n: gprOrSp('n') },
    statics: { o: field('o'), L: field('L'), p: pairMode },
    immediate: (f) => BigInt(signed(f.i, 7) << (f.o ? 3 : 2)),
    hot: true,
    emit: (b, o, { o: wide, L, p }) => {
      const size = wide ? 8 : 4;
      withBase(b, o.n, p, (address) => {
        if (L) {
          const host = b.readable(address, 2 * size);
          const first = b.let(b.peek(wide ? 'i64.load' : 'i64.load32_u', host));
          b.setX(o.u, b.peek(wide ? 'i64.load' : 'i64.load32_u', host, size));
          b.setX(o.t, first);
        } else {
          const op = wide ? 'i64.store' : 'i64.store32';
          b.writeGuest(address, 2 * size, [
            { op, offset: 0, value: b.x(o.t) },
            { op, offset: size, value: b.x(o.u) },
          ]);
        }
      });
    },
  }),
  encoding({
    name: 'LDPSW',
    pattern: '01 101 0 0 pp 1 iiiiiii uuuuu nnnnn ttttt',
    allocated: (f) => f.p !== 0,
    operands: { t: gprDest('t'), u: gprDest('u'), n: gprOrSp('n') },
    statics: { p: pairMode },
    immediate: (f) => BigInt(signed(f.i, 7) << 2),
    emit: (b, o, { p }) =>
      withBase(b, o.n, p, (address) => {
        const host = b.readable(address, 8);
        const first = b.let(b.peek('i64.load32_s', host));
        b.setX(o.u, b.peek('i64.load32_s', host, 4));
        b.setX(o.t, first);
      }),
  }),
  encoding({
    name: 'LDP_STP_SIMD_FP',
    pattern: 'oo 101 1 0 pp L iiiiiii uuuuu nnnnn ttttt',
    allocated: (f) => f.o !== 3,
    operands: { t: vector('t'), u: vector('u'), n: gprOrSp('n') },
    statics: { o: field('o', [0, 1, 2]), L: field('L'), p: pairMode },
    immediate: (f) => BigInt(signed(f.i, 7) << (f.o + 2)),
    hot: ({ o, p }) => o === 2 && p === OFFSET,
    fp: true,
    emit: (b, o, { o: opc, L, p }) => {
      const size = 4 << opc;
      withBase(b, o.n, p, (address) => {
        if (opc === 2) {
          // Two quadwords may lie on two pages: the slow path takes at most 16 bytes at a time.
          if (L) {
            const first = b.load('v128.load', address, 16);
            b.setV(o.u, b.load('v128.load', b.add(address, i64(16n)), 16));
            b.setV(o.t, first);
          } else {
            b.store('v128.store', address, 16, b.v(o.t));
            b.store('v128.store', b.add(address, i64(16n)), 16, b.v(o.u));
          }
        } else if (L) {
          const op = opc ? 'f64.load' : 'f32.load';
          const host = b.readable(address, 2 * size);
          const first = b.let(b.peek(op, host));
          b.setFloat(o.u, opc + 2, b.peek(op, host, size));
          b.setFloat(o.t, opc + 2, first);
        } else {
          const op = opc ? 'f64.store' : 'f32.store';
          b.writeGuest(address, 2 * size, [
            { op, offset: 0, value: b.float(o.t, opc + 2) },
            { op, offset: size, value: b.float(o.u, opc + 2) },
          ]);
        }
      });
    },
  }),
];

export const loadStore: Encoding[] = [...general, ...vectors, ...pairs];
