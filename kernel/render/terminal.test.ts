import { Terminal, type TerminalOutput } from './terminal.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const show = (...chunks: string[]): TerminalOutput[] => {
  const terminal = new Terminal();
  return [...chunks.flatMap((chunk) => terminal.feed(bytes(chunk))), ...terminal.flush()];
};
const textOf = (outputs: TerminalOutput[]) => outputs.map((o) => (o.kind === 'text' ? o.text : '')).join('');

const EMPTY_ROW = '[ ] [ ] [ ] [ ] [ ] ';
const table = (first: string) => `${first}\n${`${EMPTY_ROW}\n`.repeat(4)}`;

describe('Terminal', () => {
  test.each([
    ['CR LF and bare LF end a line alike', 'one\r\ntwo\nthree', 'one\ntwo\nthree'],
    ['CR writes over the line', 'abcdef\rXY\n', 'XYcdef\n'],
    ['BS moves back', 'abc\b\bX\n', 'aXc\n'],
    ['DEL shows nothing', 'ab\x7fc\n', 'abc\n'],
    ['tab stops are eight apart', 'a\tb\n', 'a       b\n'],
    ['erase to end of line', 'abcdef\r\x1b[2C\x1b[K!\n', 'ab!\n'],
    ['erase whole line', 'abc\x1b[2K\rx\n', 'x  \n'],
    ['OSC is dropped up to BEL', 'a\x1b]0;title\x07b\n', 'ab\n'],
    ['an unfinished OSC ends with its line', 'a\x1b]0;title\nb\n', 'a\nb\n'],
    ['private modes are dropped', '\x1b[?25lhello\x1b[?25h\n', 'hello\n'],
    ['two-character escapes are dropped', '\x1b=a\x1b(Bb\n', 'ab\n'],
    ['colour is kept and closed on each line', '\x1b[32mgreen\nstill\x1b[0m\n', '\x1b[1;32mgreen\x1b[0m\n\x1b[1;32mstill\x1b[0m\n'],
    ['equal colours make one run', '\x1b[31ma\x1b[31mb\x1b[0mc\n', '\x1b[31mab\x1b[0mc\n'],
    ['bytes that are no UTF-8 become replacement characters', 'caf\u00e9\n', 'caf\u00e9\n'],
  ])('%s', (_name, input, expected) => {
    expect(textOf(show(input))).toBe(expected);
  });

  test('output does not depend on how the bytes are split', () => {
    const log = `\x1b[1mseL4\x1b[0m \u00e9\r\n${table(EMPTY_ROW)}vmm|INFO\r\n\x1b[5A\x1b[0J${table('[a\x1b[0m] [ ] [ ] [ ] [ ] ')}end`;
    const whole = show(log);
    const terminal = new Terminal();
    const single = [...bytes(log)].flatMap((byte) => terminal.feed(Uint8Array.of(byte))).concat(terminal.flush());
    expect(textOf(single)).toBe(textOf(whole));
    expect(single.filter((o) => o.kind === 'redraw')).toEqual(whole.filter((o) => o.kind === 'redraw'));
  });

  test('a table drawn over five rows is one redraw, and no text', () => {
    const row = '[\x1b[32;1;40mc\x1b[0m] [\x1b[39;103ma\x1b[0m] [r\x1b[0m] [ ] [ ] ';
    const outputs = show(table(EMPTY_ROW), `\x1b[5A\x1b[0J${table(row)}`);
    expect(outputs).toEqual([
      { kind: 'text', text: table(EMPTY_ROW) },
      { kind: 'redraw', rows: ['[\x1b[1;32;40mc\x1b[0m] [\x1b[103ma\x1b[0m] [r] [ ] [ ] ', ...Array(4).fill(EMPTY_ROW)] },
    ]);
  });

  test('an unfinished line is not lost to a redraw', () => {
    const outputs = show(`log\n${table(EMPTY_ROW)}half a line\x1b[5A\r\x1b[0J${table(EMPTY_ROW)}next\n`);
    expect(textOf(outputs)).toBe(`log\n${table(EMPTY_ROW)}half a line\nnext\n`);
    expect(outputs.filter((o) => o.kind === 'redraw')).toHaveLength(1);
  });

  test('a prompt shown early is completed, not repeated', () => {
    const terminal = new Terminal();
    expect([...terminal.feed(bytes('login: ')), ...terminal.flush()]).toEqual([{ kind: 'text', text: 'login: ' }]);
    expect(terminal.feed(bytes('root\n'))).toEqual([{ kind: 'text', text: 'root\n' }]);
  });

  test('cursor up beyond the first row stays there', () => {
    expect(show('a\n\x1b[99AX\n')).toEqual([
      { kind: 'text', text: 'a\n' },
      { kind: 'redraw', rows: ['X'] },
    ]);
  });

  test('a flood without line ends is passed on in full', () => {
    expect(textOf(show('x'.repeat(100_000)))).toBe('x'.repeat(100_000));
  });

  test('random bytes never throw, and printable text survives in order', () => {
    let state = 12345;
    const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
    const terminal = new Terminal();
    for (let i = 0; i < 2000; i++) {
      const chunk = Uint8Array.from({ length: random() % 40 }, () =>
        random() % 4 === 0 ? ([27, 91, 65, 74, 10, 13, 8, 53][random() % 8] ?? 0) : random() & 0xff,
      );
      terminal.feed(chunk);
      if (i % 50 === 0) terminal.flush();
    }
    terminal.feed(bytes('\x07\n\n'));
    expect(textOf(terminal.feed(bytes('sentinel\n'))).endsWith('sentinel\n')).toBe(true);
  });
});
