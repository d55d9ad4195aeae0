import { nearest } from './nearest.js';

test('who leaves off the end of a word means that word', () => {
  expect(nearest('prio', ['period', 'priority', 'passive'])).toBe('priority');
  expect(nearest('prio', ['period', 'priority', 'prior_art'])).toBe('period');
  expect(nearest('pr', ['period', 'priority'])).toBeUndefined();
});

test('a word with one wrong letter is nearer than one that was only begun', () => {
  expect(nearest('buf', ['bug', 'buffer'])).toBe('bug');
});
