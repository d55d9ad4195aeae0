import { PNG } from 'pngjs';
import { BoardReader, isSolved, parseBoard, parseRow, withJudgedRows } from './board.js';
import { boardBundle, boardText, plainBoardBundle } from './board-display.js';

const EMPTY = '[ ] [ ] [ ] [ ] [ ] ';
const THERE = '[t\x1b[0m] [\x1b[39;103mh\x1b[0m] [\x1b[39;103me\x1b[0m] [r\x1b[0m] [\x1b[39;103me\x1b[0m] ';
const HELLO = '[\x1b[32;1;40mh\x1b[0m] [\x1b[32;1;40me\x1b[0m] [\x1b[32;1;40ml\x1b[0m] [\x1b[32;1;40ml\x1b[0m] [\x1b[32;1;40mo\x1b[0m] ';

describe('Wordle rows', () => {
  test('colours give the states', () => {
    expect(parseRow(THERE)?.map((l) => l.character + l.state)).toEqual(['Ttyped', 'Hpresent', 'Epresent', 'Rtyped', 'Epresent']);
    expect(parseRow(HELLO)?.every((l) => l.state === 'correct')).toBe(true);
    expect(parseRow(EMPTY)?.every((l) => l.state === 'empty')).toBe(true);
  });

  test('a row may follow other text', () => {
    expect(parseRow(`vmm|INFO: sta${THERE}`)).toEqual(parseRow(THERE));
  });

  test.each(['', '[    0.000000] Booting Linux', '[a] [b] [c]', '  [60000000..c0000000]', `${EMPTY} and more`])('%j is no row', (line) => {
    expect(parseRow(line)).toBeUndefined();
  });
});

describe('boards', () => {
  test('letters beside coloured ones, and in rows before the last, have been judged', () => {
    const board = parseBoard(['[a] [b] [c] [d] [e] ', THERE, '[x] [ ] [ ] [ ] [ ] ', EMPTY, EMPTY]);
    expect(board?.rows[0]?.map((l) => l.state)).toEqual(Array(5).fill('absent'));
    expect(board?.rows[1]?.map((l) => l.state)).toEqual(['absent', 'present', 'present', 'absent', 'present']);
    expect(board?.rows[2]?.[0]?.state).toBe('typed');
  });

  test('a row of five wrong letters is judged when RETURN was pressed', () => {
    const board = parseBoard(['[a] [b] [c] [d] [e] ', EMPTY, EMPTY, EMPTY, EMPTY])!;
    expect(board.rows[0]?.[0]?.state).toBe('typed');
    expect(withJudgedRows(board, 1).rows[0]?.[0]?.state).toBe('absent');
  });

  test('the reader finds boards in the log and in redraws', () => {
    const reader = new BoardReader();
    expect(reader.text(`Welcome\n${EMPTY}\n${EMPTY}\n${EMPTY}\n`)).toBeUndefined();
    expect(reader.text(`${EMPTY}\n${EMPTY.slice(0, 3)}`)).toBeUndefined();
    expect(reader.text(`${EMPTY.slice(3)}\nvmm|INFO\n`)?.rows).toHaveLength(5);
    expect(reader.redraw([THERE, HELLO, EMPTY, EMPTY, EMPTY])).toBe(reader.board);
    expect(isSolved(reader.board!)).toBe(true);
    expect(reader.redraw(['something else'])).toBeUndefined();
  });
});

describe('the display of a board', () => {
  const board = parseBoard([THERE, HELLO, EMPTY, EMPTY, EMPTY])!;

  test('plain text reads without colour and is ASCII', () => {
    expect(boardText(board).split('\n').slice(0, 3)).toEqual([' t  (H) (E)  r  (E)', '[H] [E] [L] [L] [O]', ' _   _   _   _   _']);
    expect(boardText(board)).toMatch(/^[\x20-\x7e\n]*$/);
    expect(boardText(board)).toContain('Solved.');
  });

  test('html says each state by colour, symbol and title; no svg, script or style element', () => {
    const html = boardBundle(board).data['text/html'] as string;
    expect(html.match(/title="right place"/g)).toHaveLength(5);
    expect(html.match(/title="other place"/g)).toHaveLength(3);
    expect(html).not.toMatch(/<(svg|script|style)\b/);
    expect(Object.keys(boardBundle(board).data)).not.toContain('image/svg+xml');
  });

  test('the image is a picture of the same board', () => {
    const png = PNG.sync.read(Buffer.from(boardBundle(board).data['image/png'] as string, 'base64'));
    const pixel = (column: number, row: number) => [
      ...png.data.subarray(((4 + row * 44 + 4) * png.width + 4 + column * 44 + 4) * 4).subarray(0, 3),
    ];
    expect(pixel(0, 1)).toEqual([0x1a, 0x7f, 0x37]);
    expect(pixel(1, 0)).toEqual([0x9a, 0x67, 0x00]);
    expect(pixel(0, 0)).toEqual([0x57, 0x60, 0x6a]);
  });

  test('the image is small enough for a notebook with many boards', () => {
    expect((boardBundle(board).data['image/png'] as string).length).toBeLessThan(5000);
  });

  test('in a cell there is no image, which a console would open elsewhere instead of showing the text', () => {
    expect(Object.keys(plainBoardBundle(board).data).sort()).toEqual(['text/html', 'text/plain']);
  });

  test('is the same every time', () => {
    expect(boardBundle(board)).toEqual(boardBundle(board));
  });
});
