import type { DomainState } from '../session/thread-states.js';
import { explainIdle } from './waits.js';

const state = (domain: string, doing: DomainState['doing']): DomainState => ({ domain, priority: 1, pc: 0n, frame: 0n, link: 0n, doing });
const waits = { kind: 'waits', calls: true } as const;
const idle = { waiting: true };
const awaited = { awaited: true };

test('all wait, and something was to be printed', () => {
  expect(explainIdle([state('a', waits), state('b', waits)], idle, awaited)).toMatch(
    /^All protection domains wait: .* Was one forgotten\?/,
  );
  expect(explainIdle([state('a', waits)], idle, awaited)).toMatch(/^'a' waits for a notification or an interrupt/);
});

test('otherwise nothing is said', () => {
  expect(explainIdle([state('a', waits)], idle, {})).toBeUndefined();
  expect(explainIdle([state('a', waits)], { waiting: false }, awaited)).toBeUndefined();
  expect(explainIdle([state('a', waits), state('b', { kind: 'stopped' })], idle, awaited)).toBeUndefined();
  expect(explainIdle([], idle, awaited)).toBeUndefined();
});
