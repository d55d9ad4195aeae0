import { Decoder } from './decoder.js';
import { variantsOf, type Encoding } from './encoding.js';
import { bitMask } from './isa/data-immediate.js';
import { instructionTable } from './isa/index.js';
import { handlerNumbers } from './interpreter/generate.js';
import { KeptOperations } from './kept-operations.js';
import { accessSyndrome } from './syndrome.js';
import { assemble } from './testing/assembler.js';
import { everyWord, FieldReader } from './testing/every-word.js';

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

const allocated = (row: Encoding, reader: FieldReader): boolean => row.allocated?.(reader.fieldsOf(row)) ?? true;
const rows = instructionTable.filter((row) => row.name !== 'UNDEFINED');

test('no word belongs to two rows', () => {
  const clashes = rows.flatMap((a, i) =>
    rows.slice(i + 1).flatMap((b) => {
      if (((a.value ^ b.value) & a.mask & b.mask) !== 0) return [];
      let shared: number | undefined;
      everyWord(a.mask | b.mask, a.value | b.value, (word, reader) => {
        if (allocated(a, reader) && allocated(b, reader)) shared = word;
      });
      return shared === undefined ? [] : [`${a.name} and ${b.name}`];
    }),
  );
  // The hints are one space, most of which does nothing. These two come first.
  expect(clashes).toEqual(['WFE and HINT', 'WFI and HINT']);
});

test('the row of undefined words comes last and matches everything', () => {
  expect(instructionTable.at(-1)).toMatchObject({ name: 'UNDEFINED', mask: 0 });
});

test.each(rows.map((row) => [row.name, row] as const))('%s has words, and a handler for each of them', (_, row) => {
  const variants = new Set(variantsOf(row).map((statics) => JSON.stringify(statics)));
  const seen = new Set<string>();
  everyWord(row.mask, row.value, (_word, reader) => {
    if (!allocated(row, reader)) return;
    const fields = reader.fieldsOf(row);
    seen.add(JSON.stringify(Object.fromEntries(Object.entries(row.statics ?? {}).map(([name, { of }]) => [name, of(fields)]))));
  });
  expect(seen.size).toBeGreaterThan(0);
  expect([...seen].filter((statics) => !variants.has(statics))).toEqual([]);
});

test('rows ask only for the fields of their patterns, and operands fit into their bytes', () => {
  for (const row of rows) {
    for (const noise of words(row.value, 100)) {
      const word = ((noise & ~row.mask) | row.value) >>> 0;
      const fields = new FieldReader(word).fieldsOf(row);
      if (row.allocated && !row.allocated(fields)) continue;
      row.immediate?.(fields, word);
      for (const { rule } of row.operandList) {
        const byte = rule.encode(fields[rule.letter], fields);
        if (!(byte >= 0 && byte <= 255)) throw new Error(`${row.name}: operand '${rule.letter}' is ${byte}`);
      }
    }
  }
});

test('any word can be decoded', () => {
  for (const word of words(2, 5_000)) decoder.operationOf(word);
});

test('a kept operation is that of its word, however many words share a place', () => {
  const kept = new KeptOperations(decoder);
  const view = new DataView(new ArrayBuffer(32));
  // The first word of all is one that no place has had: 0.
  const many = [0, ...words(3, 100_000), 0];
  const wrong: number[] = [];
  for (const word of [...many, ...many]) {
    kept.writeInto(view, 16, word);
    const operation = decoder.operationOf(word >>> 0);
    for (let i = 0; i < 16; i += 4) if (view.getUint32(16 + i) !== operation.getUint32(i)) wrong.push(word);
  }
  expect(wrong).toEqual([]);
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
  expect(accessSyndrome(assemble('LDR_STR_unsigned_immediate', { z: 2, o: 0, n: 1, t: 0 }))).toBe(0x01800000);
  expect(accessSyndrome(assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, n: 1, t: 7 }))).toBe(0x01c78000);
  expect(accessSyndrome(assemble('LDR_STR_unsigned_immediate', { z: 0, o: 2, n: 1, t: 2 }))).toBe(0x01228000);
  expect(accessSyndrome(assemble('LDR_STR_indexed', { z: 2, o: 0, i: 4, p: 0, n: 1, t: 0 }))).toBe(0);
  expect(accessSyndrome(assemble('LDP_STP', { o: 1, p: 2, L: 0, i: 0, u: 1, n: 2, t: 0 }))).toBe(0);
});
