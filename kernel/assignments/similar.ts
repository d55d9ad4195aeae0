/**
 * Which two hand-ins are the same but for names and layout: winnowing (Schleimer, Wilkerson and Aiken: "Winnowing: local algorithms for
 * document fingerprinting", SIGMOD 2003) over the words of C and descriptions, and over the instructions of compiled programs.
 */
import { createHash } from 'node:crypto';

/** Words or instructions in a row that count as one thing: a shorter row is found in any two programs. */
const ROW = { words: 12, instructions: 8 };
/** What a C file was compiled to is compared under its name with this ending. */
export const COMPILED = '.o';
/** Of so many rows after each other, one is kept. A copy of a row and WINDOW - 1 more is always found. */
const WINDOW = 4;
/** With fewer rows of its own, a file says nothing about where it comes from. */
const FEWEST = 8;
/** What so many hand-ins have, at least, and so large a part of them, is of the course and of nobody. */
const COMMON = { handIns: 8, part: 0.3 };

/** Of a text one list of words, of what was compiled a list of instructions for each function. */
export type Words = readonly (readonly string[])[];

/** What one person wrote, by the names of files. */
export interface Work {
  name: string;
  files: ReadonlyMap<string, Words>;
}

/** Two hand-ins with much in common. */
export interface Pair {
  file: string;
  names: [string, string];
  /** The part of their rows of words that both have, from 0 to 1. */
  similarity: number;
  /** Rows of words that both have. */
  rows: number;
  /** Their words are the same from the first to the last. */
  equal: boolean;
}

interface Print {
  name: string;
  file: string;
  rows: Set<string>;
  whole: string;
}

/**
 * @param given what everybody begins with, by the names of files
 * @param threshold pairs that have less in common are left out, from 0 to 1
 * @returns the most similar first
 */
export function similarPairs(works: readonly Work[], given: ReadonlyMap<string, Words>, threshold: number): Pair[] {
  const files = [...new Set(works.flatMap((work) => [...work.files.keys()]))];
  const pairs = files.flatMap((file) => {
    const begin = allRows(file, given.get(file) ?? [], 1);
    const prints = works.flatMap(({ name, files: own }) => {
      const words = own.get(file);
      return words ? [printOf(name, file, words, begin)] : [];
    });
    return pairsOf(withoutCommon(prints), threshold);
  });
  return pairs.sort((a, b) => b.similarity - a.similarity || b.rows - a.rows);
}

function printOf(name: string, file: string, words: Words, begin: ReadonlySet<string>): Print {
  const rows = new Set([...allRows(file, words, WINDOW)].filter((row) => !begin.has(row)));
  // Functions may be in any order.
  return { name, file, rows, whole: words.map(digest).sort().join(' ') };
}

function allRows(file: string, words: Words, window: number): Set<string> {
  const length = file.endsWith(COMPILED) ? ROW.instructions : ROW.words;
  return new Set(words.flatMap((each) => [...rowsOf(each, length, window)]));
}

/** Digests of rows of words: of each `window` after each other, the smallest, the last one where two are equal. */
function rowsOf(words: readonly string[], length: number, window: number): Set<string> {
  const digests = Array.from({ length: Math.max(0, words.length - length + 1) }, (_, at) => digest(words.slice(at, at + length)));
  const kept = new Set<string>();
  for (let at = 0; at + window <= digests.length; at++) {
    kept.add(digests.slice(at, at + window).reduce((least, each) => (each <= least ? each : least)));
  }
  return kept;
}

const digest = (words: readonly string[]): string => createHash('sha1').update(words.join(' ')).digest('base64').slice(0, 12);

function withoutCommon(prints: readonly Print[]): Print[] {
  const owners = new Map<string, number>();
  for (const { rows } of prints) for (const row of rows) owners.set(row, (owners.get(row) ?? 0) + 1);
  const most = Math.max(COMMON.handIns, COMMON.part * prints.length);
  return prints.map((print) => ({ ...print, rows: new Set([...print.rows].filter((row) => (owners.get(row) ?? 0) <= most)) }));
}

function pairsOf(prints: readonly Print[], threshold: number): Pair[] {
  return prints.flatMap((one, index) =>
    prints.slice(index + 1).flatMap((other): Pair[] => {
      const smaller = Math.min(one.rows.size, other.rows.size);
      if (smaller < FEWEST) return [];
      const shared = [...one.rows].filter((row) => other.rows.has(row)).length;
      const similarity = (2 * shared) / (one.rows.size + other.rows.size);
      if (similarity < threshold) return [];
      return [{ file: one.file, names: [one.name, other.name], similarity, rows: shared, equal: one.whole === other.whole }];
    }),
  );
}
