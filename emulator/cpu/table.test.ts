import { Decoder } from './decoder.js';
import { fieldsOf, variantsOf } from './encoding.js';
import { bitMask } from './isa/data-immediate.js';
import { instructionTable } from './isa/index.js';
import { handlerNumbers } from './interpreter/generate.js';
import { accessSyndrome } from './syndrome.js';
import { assemble } from './testing/assembler.js';

const decoder = new Decoder(instructionTable, handlerNumbers(instructionTable));

/** A small seeded generator: equal seeds, equal words. */
function* words(seed: number, count: number): Generator<number> {
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield (state ^ (state >>> 13) ^ (Math.imul(state, 0x9e3779b1) << 7)) >>> 0;
  }
}

test('names are unique', () => {
  const names = instructionTable.map((row) => row.name);
  expect(new Set(names).size).toBe(names.length);
});

test('no word belongs to two rows', () => {
  const real = instructionTable.filter((row) => row.name !== 'UNDEFINED');
  for (const word of words(1, 20_000)) {
    const matching = real.filter((row) => ((word ^ row.value) & row.mask) === 0 && (row.allocated?.(fieldsOf(row, word)) ?? true));
    // The hints are one space with a few members that do something: those come first.
    const names = matching.map((row) => row.name).filter((name) => name !== 'HINT');
    if (names.length > 1) throw new Error(`${word.toString(16)} is ${names.join(' and ')}`);
  }
});

test('every word has a handler', () => {
  const view = new DataView(new ArrayBuffer(16));
  for (const word of words(2, 50_000)) decoder.decodeInto(view, 0, word);
});

test('every word of every row finds its own row', () => {
  for (const row of instructionTable) {
    let seen = 0;
    for (const noise of words(row.value, 400)) {
      const word = ((noise & ~row.mask) | row.value) >>> 0;
      if (row.allocated && !row.allocated(fieldsOf(row, word))) continue;
      seen++;
      if (row.name !== 'HINT' && row.name !== 'UNDEFINED') expect(decoder.find(word).row.name).toBe(row.name);
    }
    // Sparse rows (system registers) are hit by assemble() in the processor's tests.
    if (!['MRS', 'MSR_reg', 'IC', 'DC_IVAC', 'DC_ZVA', 'DC_by_set', 'DC_IC_by_address', 'AT', 'TLBI_VA', 'TLBI_all'].includes(row.name)) {
      expect(seen).toBeGreaterThan(0);
    }
    expect(variantsOf(row).length).toBeGreaterThan(0);
  }
});

test('unallocated words are undefined', () => {
  for (const word of [0x00000000, 0xffffffff, 0x12800000 | (3 << 22), 0x0b206000 | (7 << 10)]) {
    expect(decoder.find(word >>> 0).row.name).toBe('UNDEFINED');
  }
});

test('bitmask immediates are rotated runs of ones, repeated', () => {
  expect(bitMask(1, 0, 0, 1)).toBe(1n);
  expect(bitMask(1, 0, 62, 1)).toBe((1n << 63n) - 1n);
  expect(bitMask(0, 1, 0b111100, 1)).toBe(0xaaaaaaaaaaaaaaaan);
  expect(bitMask(0, 0, 0b000111, 0)).toBe(0xffn);
  expect(bitMask(0, 4, 0b000111, 0)).toBe(0xf000000fn);
  expect(bitMask(1, 0, 63, 1)).toBeUndefined();
  expect(bitMask(1, 0, 0, 0)).toBeUndefined();
  const all = new Set<bigint>();
  for (let n = 0; n < 2; n++) for (let r = 0; r < 64; r++) for (let s = 0; s < 64; s++) all.add(bitMask(n, r, s, 1) ?? -1n);
  // The manual's count of distinct 64-bit bitmask immediates, and the reserved ones.
  expect(all.size).toBe(5334 + 1);
});

test('a data abort describes the access where it is simple', () => {
  // STR W0, [X1]: what the chapter's devmem does.
  expect(accessSyndrome(assemble('LDST_uimm', { z: 2, o: 0, n: 1, t: 0 }))).toBe(0x01800000);
  expect(accessSyndrome(assemble('LDST_uimm', { z: 3, o: 1, n: 1, t: 7 }))).toBe(0x01c78000);
  expect(accessSyndrome(assemble('LDST_uimm', { z: 0, o: 2, n: 1, t: 2 }))).toBe(0x01228000);
  expect(accessSyndrome(assemble('LDST_indexed', { z: 2, o: 0, i: 4, p: 0, n: 1, t: 0 }))).toBe(0);
  expect(accessSyndrome(assemble('LDP_STP', { o: 1, p: 2, L: 0, i: 0, u: 1, n: 2, t: 0 }))).toBe(0);
});
