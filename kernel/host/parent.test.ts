import { parentCheck, type ThisProcess } from './parent.js';

const refused = (code: string): never => {
  throw Object.assign(new Error(code), { code });
};

test('an orphan has another parent', () => {
  const self = { platform: 'linux' as const, ppid: 7, kill: () => refused('ESRCH') };
  const hasEnded = parentCheck(self);
  expect(hasEnded()).toBe(false);
  self.ppid = 1;
  expect(hasEnded()).toBe(true);
});

test.each<[string, () => true, boolean]>([
  ['is there', () => true, false],
  ['belongs to somebody else', () => refused('EPERM'), false],
  ['is gone', () => refused('ESRCH'), true],
])('on Windows, a parent that %s', (_what, kill, ended) => {
  const asked: number[] = [];
  const self: ThisProcess = { platform: 'win32', ppid: 7, kill: (pid) => (asked.push(pid), kill()) };
  expect(parentCheck(self)()).toBe(ended);
  expect(asked).toEqual([7]);
});
