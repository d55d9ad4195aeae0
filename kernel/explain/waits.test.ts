import type { DomainState } from '../session/thread-states.js';
import { readSystem } from '../../sdk/tool/read.js';
import { explainBudgets, explainDroppedFaults, explainIdle, explainOwnWait } from './waits.js';

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

describe('a budget that is used up', () => {
  const description = readSystem(
    `<system><protection_domain name="a" priority="9" budget="100" period="1000000"><program_image path="a.elf" /></protection_domain>
     <protection_domain name="b" priority="1"><program_image path="b.elf" /></protection_domain></system>`,
    't.system',
  );
  const ready = { kind: 'ready', begun: true } as const;
  const more = (domain: string, priority: number, doing: DomainState['doing']): DomainState => ({ ...state(domain, doing), priority });

  test('the processor waits, or works for a less urgent domain', () => {
    const words = /^'a' has used up its budget, 100 us in each 1000000 us, .* raise budget or lower period .* in t\.system\.$/;
    expect(explainBudgets(description, [more('a', 9, ready), more('b', 1, waits)], idle)).toEqual([expect.stringMatching(words)]);
    expect(explainBudgets(description, [more('a', 9, ready), more('b', 1, { kind: 'runs' })], { waiting: false })).toHaveLength(1);
  });

  test('others are not told that', () => {
    expect(explainBudgets(description, [more('a', 9, waits), more('b', 1, ready)], idle)).toEqual([]);
    expect(explainBudgets(description, [more('a', 9, ready), more('b', 10, { kind: 'runs' })], { waiting: false })).toEqual([]);
    expect(explainBudgets(undefined, [more('a', 9, ready)], idle)).toEqual([]);
  });
});

test('a guest whose fault nobody answered', () => {
  expect(explainDroppedFaults([{ guest: 'linux', monitor: 'vmm' }])).toEqual([
    expect.stringMatching(
      /^'linux' is stopped for good: 'vmm' took a fault of it, .* fault\(\) in 'vmm' sets \*reply_msginfo and returns seL4_True\.$/,
    ),
  ]);
  expect(explainDroppedFaults([])).toEqual([]);
});

test('a domain that waits in a function that should return', () => {
  expect(explainOwnWait('a', { name: 'init', line: 'a.c:6', address: 0n })).toMatch(
    /^'a' waits in init, a\.c:6, by a system call of its own: .* Return from init\(\) instead: /,
  );
  expect(explainOwnWait('a', undefined)).toBeUndefined();
});
