import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { withFlag } from './engine-flags.js';

const collector = (): unknown => runInNewContext('gc');

test('a flag is there for as long as it is wanted', () => {
  expect(typeof withFlag('expose-gc', collector)).toBe('function');
  expect(collector).toThrow('gc is not defined');
});

test('a flag that another thread takes back is set again', () => {
  let others = 3;
  const found = withFlag('expose-gc', () => {
    if (others-- > 0) setFlagsFromString('--no-expose-gc');
    return collector();
  });
  expect(typeof found).toBe('function');
  expect(others).toBe(-1);
});

test('what fails with the flag fails', () => {
  expect(() =>
    withFlag('expose-gc', () => {
      throw new Error('for another reason');
    }),
  ).toThrow('for another reason');
  expect(collector).toThrow('gc is not defined');
});
