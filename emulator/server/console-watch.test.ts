import { asksWhatFollows, ConsoleWatch, type WantedText } from './console-watch.js';

/** What has been shown at each stop. */
function stops(wanted: Partial<WantedText> & { source: string }, console: string): string[] {
  const watch = new ConsoleWatch({ flags: 'u', ...wanted });
  const bytes = new TextEncoder().encode(console);
  const found: string[] = [];
  for (const [index, byte] of bytes.entries()) if (watch.byte(byte)) found.push(new TextDecoder().decode(bytes.subarray(0, index + 1)));
  return found;
}

test.each<[string, Partial<WantedText> & { source: string }, string, string[]]>([
  ['at the character that completes it', { source: 'step 3' }, 'step 2\r\nstep 3 of 9\r\n', ['step 2\r\nstep 3']],
  ['once for each line', { source: 'a' }, 'aa\nba a\n', ['a', 'aa\nba']],
  ['with the flags', { source: 'READY', flags: 'gi' }, 'is ready\nready', ['is ready', 'is ready\nready']],
  ['after the bytes of a character', { source: '•' }, '• one\n', ['•']],
  ['through colours', { source: 'one two' }, '\x1b[31mone\x1b[0m two\n', ['\x1b[31mone\x1b[0m two']],
  ['not through the name of a window', { source: 'name' }, '\x1b]0;name\x07a name\n', ['\x1b]0;name\x07a name']],
  ['not over line ends', { source: 'a.*b', flags: 's' }, 'a\nb\n', []],
  ['not of what is written over', { source: 'ab' }, 'a\rb\rab\n', ['a\rb\rab']],
  ['with what the line has shown before', { source: 'step 3', line: 'ste' }, 'p 3\n', ['p 3']],
  ['at the line end, where more text could undo it', { source: 'step 3$' }, 'step 30\nstep 3\n', ['step 30\nstep 3\n']],
])('stops %s', (_what, wanted, console, expected) => {
  expect(stops(wanted, console)).toEqual(expected);
});

test('a line without end is looked at piece by piece', () => {
  expect(stops({ source: 'end' }, `${'x'.repeat(10_000)}end`)).toHaveLength(1);
});

test.each<[string, boolean]>([
  ['step 3', false],
  ['^\\[ *\\d+\\.\\d+\\] \\$ ', false],
  ['\\bready', false],
  ['[$]5', false],
  ['(?<!un)ready', false],
  ['ready\\b', true],
  ['3(?!0)', true],
  ['a$|b', true],
])('%s asks what follows: %s', (source, asks) => {
  expect(asksWhatFollows(source)).toBe(asks);
});
