/** Programs with labels, of the rows' own words. */
import { assemble, moveImmediate } from './assembler.js';

/** A label where it is used. `word` gets how far it is from here in words, and where it is. */
interface Reference {
  label: string;
  word(distance: number, address: number): number;
}

/** A word, a label at this place, what refers to one, or a sequence of these. */
export type Item = number | string | Reference | readonly Item[];

const isSequence = (item: Item): item is readonly Item[] => Array.isArray(item);
const flatten = (item: Item): Exclude<Item, readonly Item[]>[] => (isSequence(item) ? item.flatMap(flatten) : [item]);

/** The words of a program that is at `base`. */
export function assembleProgram(base: number, program: readonly Item[]): number[] {
  const items = flatten(program);
  const labels = new Map<string, number>();
  let address = base;
  for (const item of items) {
    if (typeof item === 'string') labels.set(item, address);
    else address += 4;
  }
  address = base;
  return items.flatMap((item) => {
    if (typeof item === 'string') return [];
    const here = address;
    address += 4;
    if (typeof item === 'number') return [item];
    const to = labels.get(item.label);
    if (to === undefined) throw new Error(`no label is called ${item.label}`);
    return [item.word((to - here) / 4, to)];
  });
}

export const add = (d: number, n: number, i: number): number => assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i, n, d });
export const subtract = (d: number, n: number, m: number): number =>
  assemble('ADD_SUB_shifted_register', { f: 1, o: 1, S: 0, h: 0, m, i: 0, n, d });
export const and = (d: number, n: number, m: number): number =>
  assemble('AND_ORR_EOR_shifted_register', { f: 1, o: 0, h: 0, N: 0, m, i: 0, n, d });
/** Eight bytes; `i` counts in eights. */
export const load = (t: number, n: number, i = 0): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 1, i, n, t });
export const store = (t: number, n: number, i = 0): number => assemble('LDR_STR_unsigned_immediate', { z: 3, o: 0, i, n, t });
/** Four bytes; the offset in bytes. */
export const loadWord = (t: number, n: number, offset = 0): number =>
  assemble('LDR_STR_unsigned_immediate', { z: 2, o: 1, i: offset / 4, n, t });
export const storeWord = (t: number, n: number, offset = 0): number =>
  assemble('LDR_STR_unsigned_immediate', { z: 2, o: 0, i: offset / 4, n, t });
export const loadExclusive = (t: number, n: number): number => assemble('LDXR_LDAXR', { z: 3, s: 31, u: 31, n, t });
export const storeExclusive = (s: number, t: number, n: number): number => assemble('STXR_STLXR', { z: 3, s, u: 31, n, t });
export const ifZero = (t: number, label: string): Item => ({ label, word: (i) => assemble('CBZ_CBNZ', { f: 1, o: 0, i: i & 0x7ffff, t }) });
export const ifNotZero = (t: number, label: string): Item => ({
  label,
  word: (i) => assemble('CBZ_CBNZ', { f: 1, o: 1, i: i & 0x7ffff, t }),
});
export const ifPositive = (t: number, label: string): Item => ({
  label,
  word: (i) => assemble('TBZ_TBNZ', { h: 1, o: 0, b: 31, i: i & 0x3fff, t }),
});
export const jump = (label: string): Item => ({ label, word: (i) => assemble('B_BL', { o: 0, i: i & 0x3ffffff }) });
/** The address of a label below 4 GiB. */
export const addressOf = (d: number, label: string): Item => [
  { label, word: (_, address) => assemble('MOVZ_MOVN', { f: 1, o: 1, h: 0, i: address & 0xffff, d }) },
  { label, word: (_, address) => assemble('MOVK', { f: 1, h: 1, i: address >>> 16, d }) },
];
export const move = (d: number, value: number | bigint): number[] => moveImmediate(d, BigInt(value));
export const WFE = assemble('WFE');
export const WFI = assemble('WFI');
export const SMC = assemble('SMC', { i: 0 });
