import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { cellOptions, LATER } from './compiler-options.js';
import { completeLibrary } from './library.js';
import { inPlainWords } from './plain-words.js';

const LIBRARY = dirname(ts.getDefaultLibFilePath({}));
const MAJOR = Number(process.versions.node.split('.')[0]);

/** The declarations that cells are checked with, and those that they refer to. */
function declarations(): ts.SourceFile[] {
  const names = [...(cellOptions(LIBRARY).lib ?? [])];
  for (const name of names) {
    const text = readFileSync(join(LIBRARY, name), 'utf8');
    for (const { fileName } of ts.preProcessFile(text).libReferenceDirectives) {
      const referred = `lib.${fileName}.d.ts`;
      if (!names.includes(referred)) names.push(referred);
    }
  }
  return names.map((name) => ts.createSourceFile(name, readFileSync(join(LIBRARY, name), 'utf8'), ts.ScriptTarget.Latest));
}

/** What has the members of an interface; undefined where that is no object that has a name. */
function ownerOf(type: string): object | undefined {
  const all = globalThis as unknown as Record<string, { prototype?: object } | (new () => object) | undefined>;
  const owner = all[type === 'IteratorObject' ? 'Iterator' : type.replace(/Constructor$/, '')];
  return typeof owner === 'function' && !type.endsWith('Constructor') ? (owner.prototype as object) : owner;
}

/** Members of instances, and not of what they inherit from. */
const OF_INSTANCES = new Set([
  'Function.prototype',
  'Iterator.next',
  'RegExp.lastIndex',
  'AggregateError.errors',
  'SuppressedError.error',
  'SuppressedError.suppressed',
]);

test('each member that cells may use is there, whatever Node this is', () => {
  completeLibrary();
  const missing: string[] = [];
  let seen = 0;
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isInterfaceDeclaration(node)) return;
    const owner = ownerOf(node.name.text);
    if (!owner) return;
    for (const { name, questionToken } of node.members) {
      if (!name || !ts.isIdentifier(name) || questionToken) continue;
      seen++;
      const member = `${node.name.text}.${name.text}`;
      if (!(name.text in owner) && !OF_INSTANCES.has(member)) missing.push(member);
    }
  };
  for (const file of declarations()) visit(file);
  expect(seen).toBeGreaterThan(500);
  expect(missing).toEqual([]);
});

test('a buffer that was transferred says so', () => {
  completeLibrary();
  const buffer = new ArrayBuffer(8) as ArrayBuffer & { detached: boolean; transfer(): ArrayBuffer };
  expect(buffer.detached).toBe(false);
  expect(new ArrayBuffer(0)).toMatchObject({ detached: false });
  expect(buffer.transfer().byteLength).toBe(8);
  expect(buffer.detached).toBe(true);
});

describe('what this Node does not have is said so', () => {
  const ADVICE = "Do you need to change your target library? Try changing the 'lib' compiler option to 'esnext' or later.";
  test.each([
    ['esnext.array', "Property 'fromAsync' does not exist on type 'ArrayConstructor'", `. ${ADVICE}`],
    ['esnext.collection', "Property 'union' does not exist on type 'Set<number>'", `. ${ADVICE}`],
    ['esnext.iterator', "Property 'toArray' does not exist on type 'ArrayIterator<number>'", '.'],
    ['esnext.iterator', "'Iterator' only refers to a type, but is being used as a value here", '.'],
    ['esnext.promise', "Property 'try' does not exist on type 'PromiseConstructor'", `. ${ADVICE}`],
    ['esnext.float16', "Cannot find name 'Float16Array'", ". Did you mean 'Float32Array'?"],
    ['esnext.error', "Property 'isError' does not exist on type 'ErrorConstructor'", '.'],
    ['esnext.disposable', "Cannot find name 'DisposableStack'", '.'],
    ['esnext.sharedmemory', "Property 'pause' does not exist on type 'Atomics'", '.'],
  ])('of %s: %s', (library, said, rest) => {
    const { present, since } = LATER.find((later) => later.library === library)!;
    // Between two long-term lines is one that may have it.
    if (MAJOR >= since) expect(present()).toBe(true);
    if (MAJOR < since - 1) expect(present()).toBe(false);
    const words = inPlainWords(said + rest);
    const lacks = `${said}: Node ${process.versions.node}, which runs the cells, does not have it. Node ${since} and newer have it.`;
    if (!present()) expect(words).toBe(lacks);
    else expect(words).toBe(`${said}${rest === `. ${ADVICE}` ? '.' : rest}`);
  });

  test('and nothing else is', () => {
    for (const text of [
      "Property 'map' does not exist on type 'number'.",
      "Property 'fromAsink' does not exist on type 'ArrayConstructor'. Did you mean 'fromAsync'?",
      "Cannot find name 'itertools'.",
      "Type 'string' is not assignable to type 'number'.",
    ]) {
      expect(inPlainWords(text)).toBe(text);
    }
  });
});

test.each([
  [
    "Cannot find name 'document'. Do you need to change your target library? Try changing the 'lib' compiler option to include 'dom'.",
    /display\.html/,
  ],
  ["Cannot find name 'window'.", /no page/],
  [
    "Cannot find name '$'. Do you need to install type definitions for jQuery? Try `npm i --save-dev @types/jquery` and then add 'jquery' to the types field in your tsconfig.",
    /no page/,
  ],
  ["Cannot find name 'prompt'.", /await input/],
  [
    "Cannot find name 'describe'. Do you need to install type definitions for a test runner? Try `npm i --save-dev @types/jest` or `npm i --save-dev @types/mocha` and then add 'jest' or 'mocha' to the types field in your tsconfig.",
    /import \{ describe \} from "node:test"/,
  ],
  [
    "Cannot find name 'Bun'. Do you need to install type definitions for Bun? Try `npm i --save-dev @types/bun` and then add 'bun' to the types field in your tsconfig.",
    /^Cannot find name 'Bun'\.$/,
  ],
])('advice for projects is not for cells: %s', (text, expected) => {
  expect(inPlainWords(text)).toMatch(expected);
  expect(inPlainWords(text)).not.toMatch(/tsconfig|compiler option/);
});
