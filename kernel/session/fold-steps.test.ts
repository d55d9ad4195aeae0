import { foldSteps } from './fold-steps.js';
import type { Step } from './trace-model.js';

const step = (text: string, kind: Step['kind'] = 'calls'): Step => ({ kind, time: 0, from: 'a', to: 'b', text, count: 1 });
const folded = (...texts: string[]): string[] =>
  foldSteps(texts.map((text) => step(text))).map(({ text, count }) => (count > 1 ? `${text} x${count}` : text));

test('rows that come again stand once', () => {
  expect(folded('a', 'b', 'b', 'b', 'c')).toEqual(['a', 'b x3', 'c']);
  expect(folded('x', 'a', 'b', 'a', 'b', 'a', 'b', 'a')).toEqual(['x', 'a x3', 'b x3', 'a']);
  expect(folded('a', 'a', 'b', 'a', 'a', 'b')).toEqual(['a x2', 'a x2', 'b x2']);
  expect(folded()).toEqual([]);
});

test('faults at one address after the other are one loop', () => {
  const steps = [0x8000, 0x8004, 0x8008].map((address) => step(`data abort, write 0x${address.toString(16)}`, 'faults'));
  expect(foldSteps(steps).map(({ text, count }) => [text, count])).toEqual([['data abort, write 0x8000 and others', 3]]);
});
