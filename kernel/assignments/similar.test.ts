import { instructionWord } from './compiled.js';
import { similarPairs, type Work, type Words } from './similar.js';
import { cTokens, tokensOf, xmlTokens } from './tokens.js';

test('names, numbers, texts, comments and layout make no difference to C', () => {
  const one = 'int add(int a, int b)\n{\n    /* sums */ return a + b * 0x10; // "no"\n}\nchar *s = "x\\"y";';
  const other = 'int   plus ( int left,int right ) { return left + right*7; } char *name = "";';
  expect(cTokens(one)).toEqual(cTokens(other));
  expect(cTokens('a->b += c << 2;')).toEqual(['n', '->', 'n', '+=', 'n', '<<', '0', ';']);
  expect(cTokens('int a = b - c;')).not.toEqual(cTokens('int a = b + c;'));
});

test('order of attributes, names and addresses make no difference to a description', () => {
  const one = '<system><map mr="a" vaddr="0x1000" /><!-- <x> --></system>';
  expect(xmlTokens(one)).toEqual(xmlTokens("<system>\n <map\n vaddr='0x2_000' mr='other'></map></system>"));
  expect(xmlTokens(one)).not.toEqual(xmlTokens('<system><map mr="a" /></system>'));
});

const GIVEN = `${Array.from({ length: 30 }, (_, i) => `static int given_${i}(int x) { return x * ${i}; }`).join('\n')}\n`;
const LOOP = 'for (int i = 0; i < 5; i++) { letters[i] = take(i); if (letters[i] < 97 || letters[i] > 122) { bad = 1; break; } }\n';
const WHILE =
  'int at = 5; while (at-- > 0) { char c = (char)get(at); switch (c) { case 0: return -1; default: store(&where[at], c, at + 1); } }\n';
const renamed = LOOP.replace(/letters/g, 'word')
  .replace(/\bi\b/g, 'n')
  .replace(/ /g, '  ')
  .replace(/97/g, "'a'")
  .replace(/bad/g, 'wrong');
const given = new Map([['server.c', [cTokens(GIVEN)]]]);
const work = (name: string, own: string, file = 'server.c'): Work => ({ name, files: new Map([[file, [tokensOf(file, GIVEN + own)]]]) });

test('a copy with other names is found; what all begin with, and another way to the same, is not', () => {
  const works = [work('ada', LOOP + LOOP), work('bob', WHILE), work('eve', renamed + renamed), work('nobody', '')];
  const pairs = similarPairs(works, given, 0.6);
  expect(pairs).toMatchObject([{ names: ['ada', 'eve'], similarity: 1, file: 'server.c', equal: true }]);
});

test('what a large part of the course has says nothing', () => {
  const many = Array.from({ length: 30 }, (_, index) => work(`student-${index}`, LOOP + LOOP));
  expect(similarPairs(many, given, 0.6)).toEqual([]);
});

test('registers, addresses and numbers make no difference to instructions', () => {
  // add x1, x2, #4; add w9, w10, #0x10; sub x1, x2, #4; ldr x0, [sp, #8]; ldr x3, [sp, #16]
  const [add = '', other, sub, load, again] = [0x91001041, 0x11004149, 0xd1001041, 0xf94007e0, 0xf9400be3].map(instructionWord);
  expect(other).toBe(add);
  expect(sub).not.toBe(add);
  expect(again).toBe(load);
  expect(add).toBe('add r, r, #');
});

test('compiled functions are compared one by one, in any order', () => {
  const loop = Array.from({ length: 20 }, (_, index) => `instruction ${index}`);
  const other = Array.from({ length: 20 }, (_, index) => `other ${index}`);
  const compiled = (name: string, ...functions: string[][]): Work => ({ name, files: new Map<string, Words>([['server.c.o', functions]]) });
  const pairs = similarPairs([compiled('ada', loop, other), compiled('eve', other, loop), compiled('bob', other)], new Map(), 0.9);
  expect(pairs).toMatchObject([{ names: ['ada', 'eve'], similarity: 1, equal: true, file: 'server.c.o' }]);
});
