import { differences } from './compare.js';
import { diffLines } from '../../kernel/render/line-diff.js';
import { PART4 } from './rules.js';
import { isShuffle } from './shuffle.js';

describe('lines', () => {
  test('lead from one text to the other', () => {
    const left = ['a', 'b', 'c', 'd', 'x'];
    const right = ['a', 'c', 'b', 'd', 'e'];
    const diff = diffLines(left, right);
    expect(diff.filter(({ kind }) => kind !== 'right').map(({ text }) => text)).toEqual(left);
    expect(diff.filter(({ kind }) => kind !== 'left').map(({ text }) => text)).toEqual(right);
    expect(diff.filter(({ kind }) => kind === 'same')).toHaveLength(3);
  });

  test('are shown with what stands around a difference, and with their control characters', () => {
    const lines = ['1', '2', '3', '4', '5', '6'];
    expect(differences(lines.join('\n'), lines.with(4, '\x1b[0m5\r').join('\n'), [])).toBe(
      ['- QEMU', '+ our machine', '  ...', '  2', '  3', '  4', '- 5', '+ \\x1b[0m5\\x0d', '  6'].join('\n'),
    );
    expect(differences('a\nb', 'a\nb', [])).toBeUndefined();
  });
});

describe('a shuffle', () => {
  test.each([
    ['abxcy', ['abc', 'xy'], true],
    ['aab', ['ab', 'a'], true],
    ['abab', ['ab', 'ab'], true],
    ['acb', ['abc'], false],
    ['abx', ['abc', 'x'], false],
    ['abcc', ['abc', 'x'], false],
    ['', [], true],
  ])('%s of %p: %p', (text, parts, expected) => {
    expect(isShuffle(text, parts)).toBe(expected);
  });

  test('of long texts that begin alike is found in time', () => {
    const part = 'ab'.repeat(200);
    expect(isShuffle(part + part, [part, part])).toBe(true);
    expect(isShuffle(`${part}${part.slice(0, -1)}c`, [part, part])).toBe(false);
  });
});

describe('part 4', () => {
  const console = (middle: string): string =>
    `MON|INFO: completed system invocations\r\n${middle}[    0.000000] Booting Linux on physical CPU\r\n`;
  const whole = 'SERIAL SERVER: starting\r\nWORDLE SERVER: starting\r\nCLIENT: starting\r\nvmm|INFO: 1\r\nvmm|INFO: 2\r\n';

  test.each([
    'SERIAL SERVER: startWORDLE SERVER: starting\r\ning\r\nCLIENT: starting\r\nvmm|INFO: 1\r\nvmm|INFO: 2\r\n',
    'WORDLE SERVER: starting\r\nvmm|INFO: 1\r\nSERIAL SERVER: starting\r\nCLIENT: starting\r\nvmm|INFO: 2\r\n',
  ])('programs may print at once (%#)', (woven) => {
    expect(differences(console(woven), console(whole), PART4)).toBeUndefined();
    expect(differences(console(whole), console(woven), PART4)).toBeUndefined();
  });

  test.each([
    ['a program prints in another order', whole.replace(/(vmm.*1\r\n)(vmm.*2\r\n)/, '$2$1')],
    ['a line is missing', whole.replace('CLIENT: starting\r\n', '')],
    ['a character is another', whole.replace('WORDLE', 'WORDLY')],
  ])('is not the same when %s', (_how, other) => {
    expect(other).not.toBe(whole);
    expect(differences(console(whole), console(other), PART4)).toBeDefined();
  });

  test('kernel errors name the same thread and instruction', () => {
    const line = (thread: string): string => `<<seL4(CPU 0) [decodeInvocation/645 ${thread} "child of: 'rootserver'" @20012c]: ...>>\n`;
    expect(differences(line('T0x80bffbf148'), line('T0x80bffbf000'), PART4)).toContain('T0x80bffbf000');
  });
});

describe('Linux', () => {
  test('may be faster or slower', () => {
    expect(
      differences('[    0.100000] loaded\n[   10.000001] ready', '[    0.000001] loaded\n[    0.100000] ready', PART4),
    ).toBeUndefined();
  });

  test('may print beside the boot, but not twice or never', () => {
    const audit = '[    0.100000] audit: type=2000 audit(0.128:1): state=initialized\n';
    const boot = '[    0.100000] one\n[    0.200000] two\n';
    expect(differences(audit + boot, boot + audit, PART4)).toBeUndefined();
    expect(differences(audit + boot, boot, PART4)).toContain('audit');
    expect(differences(audit + boot, audit + boot + audit, PART4)).toContain('audit');
    expect(differences(audit + boot, boot + audit.replace('initialized', 'lost'), PART4)).toContain('lost');
  });
});
