/** Advanced SIMD load/store of multiple and single structures, with and without post-index (DDI 0487 C4.1.88). */
import type { MemoryOp } from '../../../wasm/opcodes.js';
import type { Builder } from '../../builder.js';
import {
  choice,
  encoding,
  field,
  gpr,
  gprOrSp,
  small,
  vector,
  type Encoding,
  type Fields,
  type Operand,
  type OperandRule,
} from '../../encoding.js';
import { i32, i64, type Value } from '../../value.js';
import { arrangement, shapeNames } from './lanes.js';

const loads = ['i64.load8_u', 'i64.load16_u', 'i64.load32_u', 'i64.load'] as const satisfies readonly MemoryOp[];
const stores = ['i64.store8', 'i64.store16', 'i64.store32', 'i64.store'] as const satisfies readonly MemoryOp[];

/** Registers and structure elements of opcode<15:12>: LD1..LD4 of interleaved, LD1 of 1 to 4 consecutive registers. */
const multipleForms: Readonly<Record<number, { registers: number; elements: number }>> = {
  0: { registers: 4, elements: 4 },
  2: { registers: 4, elements: 1 },
  4: { registers: 3, elements: 3 },
  6: { registers: 3, elements: 1 },
  7: { registers: 1, elements: 1 },
  8: { registers: 2, elements: 2 },
  10: { registers: 2, elements: 1 },
};
const multipleOpcodes = Object.keys(multipleForms).map(Number);

/** Register `t + i`, wrapping round at 32. */
const nth = (b: Builder, t: Operand, i: number): Value => b.and(b.add(b.number(t), i32(i)), i32(31));

const offsetBy = (b: Builder, base: Value, bytes: number): Value => b.add(base, i64(BigInt(bytes)));

/** As many whole registers as are loaded. Nothing is written before every address has been found readable. */
function loadChunks(b: Builder, base: Value, registers: number, Q: number): Value[] {
  const width = 8 << Q;
  return Array.from({ length: registers }, (_, i) => b.load(Q ? 'v128.load' : 'v128.load64_zero', offsetBy(b, base, i * width), width));
}

/** LD1 and ST1 of consecutive registers: moved whole. */
function consecutive(b: Builder, t: Operand, base: Value, registers: number, L: number, Q: number): void {
  if (L) {
    loadChunks(b, base, registers, Q).forEach((value, i) => b.setVIndexed(nth(b, t, i), value));
    return;
  }
  const width = 8 << Q;
  for (let i = 0; i < registers; i++) {
    const value = b.vIndexed(nth(b, t, i));
    if (Q) b.store('v128.store', offsetBy(b, base, i * width), 16, value);
    else b.store('i64.store', offsetBy(b, base, i * width), 8, b.lane('i64x2.extract_lane', 0, value));
  }
}

/** LD2 to LD4: element `lane` of register `r` is element `lane * registers + r` in memory. */
function loadInterleaved(b: Builder, t: Operand, base: Value, registers: number, Q: number, size: number): void {
  const { lanes } = arrangement(size, Q);
  const bytes = 1 << size;
  const perChunk = (8 << Q) / bytes;
  const name = shapeNames[size]!;
  const chunks = loadChunks(b, base, registers, Q);
  for (let r = 0; r < registers; r++) {
    let value = b.op('i64x2.splat', i64(0n));
    for (let lane = 0; lane < lanes; lane++) {
      const position = lane * registers + r;
      const chunk = chunks[Math.floor(position / perChunk)]!;
      const item = b.lane(size < 2 ? `${name}.extract_lane_u` : `${name}.extract_lane`, position % perChunk, chunk);
      value = b.lane(`${name}.replace_lane`, lane, value, item);
    }
    b.setVIndexed(nth(b, t, r), value);
  }
}

/** ST2 to ST4. */
function storeInterleaved(b: Builder, t: Operand, base: Value, registers: number, Q: number, size: number): void {
  const { lanes } = arrangement(size, Q);
  const bytes = 1 << size;
  for (let lane = 0; lane < lanes; lane++) {
    const address = offsetBy(b, base, lane * registers * bytes);
    for (let r = 0; r < registers; r++) {
      const value = b.peekVector(loads[size]!, b.shl(nth(b, t, r), i32(4)), lane * bytes);
      b.store(stores[size]!, offsetBy(b, address, r * bytes), bytes, b.let(value));
    }
  }
}

function multiple(b: Builder, t: Operand, base: Value, opcode: number, L: number, Q: number, size: number): void {
  const { registers, elements } = multipleForms[opcode]!;
  if (elements === 1) consecutive(b, t, base, registers, L, Q);
  else if (L) loadInterleaved(b, t, base, registers, Q, size);
  else storeInterleaved(b, t, base, registers, Q, size);
}

/** Structure elements of a single-structure access: opcode<0> and R. */
const singleElements = (f: Fields): number => ((f.o & 1) << 1) + f.R + 1;
/** 0..3; 4 for the replicating loads. */
const singleScale = (f: Fields): number => {
  const scale = f.o >> 1;
  return scale === 3 ? 4 : scale === 2 && f.z & 1 ? 3 : scale;
};

function singleAllocated(f: Fields): boolean {
  switch (f.o >> 1) {
    case 1:
      return (f.z & 1) === 0;
    case 2:
      return f.z === 0 || (f.z === 1 && f.S === 0);
    case 3:
      return f.L === 1 && f.S === 0;
    default:
      return true;
  }
}

/** Byte offset of the accessed element in its register, from Q, S and size. */
function singleOffset(f: Fields): number {
  const index = (f.Q << 3) | (f.S << 2) | f.z;
  const scale = singleScale(f);
  return scale === 4 ? 0 : (index >> scale) << scale;
}

function single(b: Builder, t: Operand, base: Value, L: number, elements: number, size: number, offset: Operand): void {
  const bytes = 1 << size;
  const at = (i: number): Value => b.add(base, i64(BigInt(i * bytes)));
  const slot = (i: number): Value => b.add(b.shl(nth(b, t, i), i32(4)), b.number(offset));
  if (L) {
    const values: Value[] = [];
    for (let i = 0; i < elements; i++) values.push(b.load(loads[size]!, at(i), bytes));
    values.forEach((value, i) => b.pokeVector(stores[size]!, slot(i), value));
  } else {
    for (let i = 0; i < elements; i++) b.store(stores[size]!, at(i), bytes, b.let(b.peekVector(loads[size]!, slot(i))));
  }
}

function replicate(b: Builder, t: Operand, base: Value, elements: number, size: number, Q: number): void {
  const bytes = 1 << size;
  const values: Value[] = [];
  for (let i = 0; i < elements; i++) values.push(b.load(loads[size]!, b.add(base, i64(BigInt(i * bytes))), bytes));
  values.forEach((value, i) => {
    const all = b.op(`${shapeNames[size]!}.splat`, size === 3 ? value : b.wrap(value));
    b.setVIndexed(nth(b, t, i), Q ? all : b.lane('i64x2.replace_lane', 1, all, i64(0n)));
  });
}

/** Both addressing forms of a row. */
const forms = [
  { suffix: '', post: false, bits: '0' },
  { suffix: '_post_indexed', post: true, bits: '1' },
] as const;

/** Advances the base: by a register, or by the number of bytes, which is the immediate, where the register is 31. */
function postIndex(b: Builder, n: Operand, base: Value, m: Operand): void {
  const step = b.x(m);
  b.setX(n, b.add(b.add(base, b.immediate()), step));
}

export const loadStoreStructures: Encoding[] = forms.flatMap(({ suffix, post, bits }) => [
  encoding({
    name: `LDn_STn_multiple_structures${suffix}`,
    pattern: `0 Q 001100 ${bits} L 0 ${post ? 'mmmmm' : '00000'} oooo zz nnnnn ttttt`,
    allocated: (f) => {
      const form = multipleForms[f.o];
      // A single 64-bit element cannot be interleaved.
      return form !== undefined && (form.elements === 1 || f.z !== 3 || f.Q === 1);
    },
    operands: { t: vector('t'), n: gprOrSp('n'), ...(post ? { m: gpr('m') } : {}) } as Record<'t' | 'n' | 'm', OperandRule>,
    statics: {
      Q: field('Q'),
      L: field('L'),
      o: field('o', multipleOpcodes),
      // Consecutive registers are moved whole: the element size does not matter.
      z: choice([0, 1, 2, 3], (f) => (multipleForms[f.o]!.elements === 1 ? 0 : f.z)),
    },
    exists: ({ Q, o, z }) => (multipleForms[o]!.elements === 1 ? z === 0 : z !== 3 || Q === 1),
    immediate: (f) => (post && f.m === 31 ? BigInt(multipleForms[f.o]!.registers * (8 << f.Q)) : 0n),
    fp: true,
    emit: (b, o, { Q, L, o: opcode, z }) => {
      const base = b.x(o.n);
      multiple(b, o.t, base, opcode, L, Q, z);
      if (post) postIndex(b, o.n, base, o.m);
    },
  }),
  encoding({
    name: `LDn_STn_single_structure${suffix}`,
    pattern: `0 Q 001101 ${bits} L R ${post ? 'mmmmm' : '00000'} ooo S zz nnnnn ttttt`,
    allocated: singleAllocated,
    operands: {
      t: vector('t'),
      n: gprOrSp('n'),
      offset: small('z', (_, f) => singleOffset(f)),
      ...(post ? { m: gpr('m') } : {}),
    } as Record<'t' | 'n' | 'offset' | 'm', OperandRule>,
    statics: {
      L: field('L'),
      elements: choice([1, 2, 3, 4], singleElements),
      scale: choice([0, 1, 2, 3, 4], singleScale),
      // Only the replicating loads ask for the element's size and Q here.
      z: choice([0, 1, 2, 3], (f) => (singleScale(f) === 4 ? f.z : 0)),
      Q: choice([0, 1], (f) => (singleScale(f) === 4 ? f.Q : 0)),
    },
    exists: ({ L, scale, z, Q }) => (scale === 4 ? L === 1 : z === 0 && Q === 0),
    immediate: (f) => {
      const scale = singleScale(f);
      return post && f.m === 31 ? BigInt(singleElements(f) << (scale === 4 ? f.z : scale)) : 0n;
    },
    fp: true,
    emit: (b, o, { L, elements, scale, z, Q }) => {
      const base = b.x(o.n);
      if (scale === 4) replicate(b, o.t, base, elements, z, Q);
      else single(b, o.t, base, L, elements, scale, o.offset);
      if (post) postIndex(b, o.n, base, o.m);
    },
  }),
]);
