import { formatExactly, parseExactly } from './exact-json.js';

const through = (text: string): string => formatExactly(parseExactly(text)).replace(/\n */g, '');

test.each([
  '{"time":1764471234567890123}',
  '[18446744073709551615,-9223372036854775808,9223372036854775809]',
  '["1764471234567890123","a \\"1764471234567890123\\" b",1764471234567890123]',
  '{"1764471234567890123":9007199254740993}',
])('%s keeps its digits', (text) => {
  expect(through(text)).toBe(text.replace(/:(?=[\d"])/g, ': '));
});

test('what JavaScript has is a number', () => {
  expect(parseExactly('[9007199254740992,1e30,0.125,-0,12]')).toEqual([2 ** 53, 1e30, 0.125, -0, 12]);
});

test('what is no JSON is refused', () => {
  for (const text of ['01764471234567890123', '[1764471234567890123', '"1764471234567890123'])
    expect(() => parseExactly(text)).toThrow(SyntaxError);
});
