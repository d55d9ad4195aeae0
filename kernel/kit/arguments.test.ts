import { nearest } from '../session/user-error.js';
import { parseArguments, parseDuration, splitWords } from './arguments.js';
import { parseCell, startsWithMagic, takesWholeCell } from '../magics/cell.js';
import type { Magic } from './magic.js';

const magic: Magic = {
  name: 'demo',
  kind: 'line',
  summary: '',
  details: '',
  positionals: [
    { name: 'A', help: '' },
    { name: 'B', help: '', optional: true, rest: true },
  ],
  options: [
    { name: 'flag', help: '' },
    { name: 'value', value: 'V', help: '' },
  ],
  examples: [],
  execute: async () => undefined,
};

test.each([
  ['a b', ['a', 'b']],
  ['  a\t b  ', ['a', 'b']],
  ['"a b" \'c "d"\' e\\ f', ['a b', 'c "d"', 'e f']],
  ['""', ['']],
  ['C:\\dir \\d+', ['C:\\dir', '\\d+']],
  ['', []],
])('the words of %j', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test.each([
  ['x', { positionals: ['x'], value: undefined, flag: false }],
  ['x y z --flag', { positionals: ['x', 'y', 'z'], value: undefined, flag: true }],
  ['--value 3 x', { positionals: ['x'], value: '3', flag: false }],
  ['--value=--odd x', { positionals: ['x'], value: '--odd', flag: false }],
  ['-value 3 x', { positionals: ['x'], value: '3', flag: false }],
  ['-- --flag', { positionals: ['--flag'], value: undefined, flag: false }],
  ['-5', { positionals: ['-5'], value: undefined, flag: false }],
])('arguments of %j', (line, { positionals, value, flag }) => {
  const args = parseArguments(magic, line);
  expect([args.positionals, args.option('value'), args.has('flag')]).toEqual([positionals, value, flag]);
});

test.each([
  ['', /A is missing/],
  ['x --value', /needs a value/],
  ['x --flag=1', /takes no value/],
  ['x --valeu 1', /did you mean --value/],
])('%j is refused', (line, message) => {
  expect(() => parseArguments(magic, line)).toThrow(message);
});

test.each([
  ['60s', 60e9],
  ['500ms', 5e8],
  ['1.5', 15e8],
  ['2m', 120e9],
])('%s is %d ns', (text, nanoseconds) => {
  expect(parseDuration(magic, 'timeout', text)).toBe(nanoseconds);
});
test.each(['0s', '-1s', 'soon', '1h', ''])('%j is no duration', (text) => {
  expect(() => parseDuration(magic, 'timeout', text)).toThrow(/such as 60s/);
});

test.each([
  ['biuld', 'build'],
  ['gess', 'guess'],
  ['sta', 'status'],
  ['zzzzz', undefined],
  ['r', undefined],
])('nearest to %s', (word, expected) => {
  expect(nearest(word, ['build', 'guess', 'run', 'status', 'stop'])).toBe(expected);
});

describe('cells', () => {
  test('a cell magic keeps its body as it is, a percent sign in it too', () => {
    expect(parseCell('# c\r\n%%file a.c --force\r\nint x\r\n  %run\r\n')).toEqual([
      { kind: 'magic', sign: '%%', name: 'file', rest: 'a.c --force', body: 'int x\n  %run\n' },
    ]);
  });

  test('an indented percent sign is code', () => {
    expect(parseCell('a\n  % b')).toEqual([{ kind: 'code', code: 'a\n  % b' }]);
  });

  test('blank cells are nothing', () => {
    expect(parseCell(' \n\n')).toEqual([]);
  });

  test('a %% magic counts in the first line only', () => {
    expect(parseCell('x\n%%file a')).toEqual([{ kind: 'code', code: 'x\n%%file a' }]);
    expect(takesWholeCell('// c\n%%file a\nx')).toBe(true);
    expect(startsWithMagic('%run')).toBe(true);
    expect(startsWithMagic('x\n%run')).toBe(false);
  });
});
