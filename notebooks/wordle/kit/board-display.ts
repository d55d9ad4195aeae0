import { PNG } from 'pngjs';
import { escapeHtml, type MimeBundle } from 'virtbook/kernel';
import { type Board, isFull, isSolved, type Letter, type LetterState } from './board.js';
import { GLYPH_HEIGHT, glyphPixel, GLYPH_WIDTH } from './font.js';

interface Look {
  background: string;
  foreground: string;
  border: string;
  /** Says the state without colour. */
  symbol: string;
  name: string;
}

/** Each cell with a letter sets both of its colours, so it reads on light and dark pages. One without shows the page. */
const looks: Record<LetterState, Look> = {
  correct: { background: '#1a7f37', foreground: '#ffffff', border: '#1a7f37', symbol: '\u2713', name: 'right place' },
  present: { background: '#9a6700', foreground: '#ffffff', border: '#9a6700', symbol: '\u2022', name: 'other place' },
  absent: { background: '#57606a', foreground: '#ffffff', border: '#57606a', symbol: '\u2715', name: 'not in the word' },
  typed: { background: '#ffffff', foreground: '#1f2328', border: '#57606a', symbol: '', name: 'typed' },
  empty: { background: '#f6f8fa', foreground: '#57606a', border: '#afb8c1', symbol: '', name: 'empty' },
};

/** The board without an image, for cells: a console would open an image in a program of its own, and not show the text. */
export function plainBoardBundle(board: Board): MimeBundle & { data: { 'text/html': string } } {
  return { data: { 'text/html': boardHtml(board), 'text/plain': boardText(board) } };
}

/** A board that will be drawn again in a moment: the image takes longest to make. */
export const passingBoardBundle = plainBoardBundle;

/** The board as one display: a table, an image for where tables lose their colours, and plain text. */
export function boardBundle(board: Board): MimeBundle {
  const image = boardImage(board);
  return {
    data: { 'text/html': boardHtml(board), 'image/png': image.base64, 'text/plain': boardText(board) },
    metadata: { 'image/png': { width: image.width, height: image.height }, vscode_altText: boardText(board) },
  };
}

/** `[C]` is in its place, `(R)` is elsewhere in the word, ` a ` is not in it, `_` waits for a letter. */
export function boardText(board: Board): string {
  const cell = ({ character, state }: Letter) =>
    state === 'correct'
      ? `[${character}]`
      : state === 'present'
        ? `(${character})`
        : state === 'absent'
          ? ` ${character.toLowerCase()} `
          : state === 'typed'
            ? ` ${character} `
            : ' _ ';
  const rows = board.rows.map((row) => row.map(cell).join(' ').trimEnd());
  return [...rows, '', '[X] right place  (X) other place  x not in the word', ...statusLine(board)].join('\n');
}

function statusLine(board: Board): string[] {
  if (isSolved(board)) return ['Solved.'];
  return isFull(board) ? ['No guesses left.'] : [];
}

function boardHtml(board: Board): string {
  const td = ({ character, state }: Letter) => {
    const look = looks[state];
    const background = character === ' ' ? 'transparent' : look.background;
    const style =
      `width:2.4em;height:2.4em;padding:0;text-align:center;vertical-align:middle;font:bold 1.2em monospace;` +
      `background-color:${background};color:${look.foreground};border:2px solid ${look.border}`;
    const symbol = look.symbol ? `<sup style="font-size:0.6em">${look.symbol}</sup>` : '';
    return `<td style="${style}" title="${look.name}" aria-label="${character === ' ' ? look.name : `${escapeHtml(character)}, ${look.name}`}">${character === ' ' ? '&nbsp;' : escapeHtml(character)}${symbol}</td>`;
  };
  const rows = board.rows.map((row) => `<tr style="background-color:transparent">${row.map(td).join('')}</tr>`).join('');
  const legend = (['correct', 'present', 'absent'] as const).map((state) => `${looks[state].symbol} ${looks[state].name}`).join(', ');
  const status = statusLine(board)
    .map((line) => `<strong>${line}</strong> `)
    .join('');
  return (
    `<table title="Wordle board" role="table" aria-label="Wordle board" style="border-collapse:separate;border-spacing:4px;margin:0">${rows}</table>` +
    `<div style="font-size:0.85em;margin:0.3em 0">${status}${legend}</div>`
  );
}

const colourOf = (hex: string): [number, number, number] => [
  parseInt(hex.slice(1, 3), 16),
  parseInt(hex.slice(3, 5), 16),
  parseInt(hex.slice(5, 7), 16),
];

function boardImage(board: Board): { base64: string; width: number; height: number } {
  const cell = 40;
  const gap = 4;
  const border = 2;
  const scale = 4;
  const width = gap + (board.rows[0]?.length ?? 0) * (cell + gap);
  const height = gap + board.rows.length * (cell + gap);
  const png = new PNG({ width, height });
  const fill = (x: number, y: number, w: number, h: number, colour: string) => {
    const pixel = Buffer.from([...colourOf(colour), 255]);
    for (let row = y; row < y + h; row++) png.data.fill(pixel, (row * width + x) * 4, (row * width + x + w) * 4);
  };
  fill(0, 0, width, height, '#ffffff');
  board.rows.forEach((row, rowIndex) =>
    row.forEach(({ character, state }, columnIndex) => {
      const look = looks[state];
      const x = gap + columnIndex * (cell + gap);
      const y = gap + rowIndex * (cell + gap);
      fill(x, y, cell, cell, look.border);
      fill(x + border, y + border, cell - 2 * border, cell - 2 * border, look.background);
      const left = x + (cell - GLYPH_WIDTH * scale) / 2;
      const top = y + (cell - GLYPH_HEIGHT * scale) / 2;
      for (let gy = 0; gy < GLYPH_HEIGHT; gy++) {
        for (let gx = 0; gx < GLYPH_WIDTH; gx++) {
          if (glyphPixel(character, gx, gy))
            fill(Math.floor(left) + gx * scale, Math.floor(top) + gy * scale, scale, scale, look.foreground);
        }
      }
      drawMark(fill, x, y, cell, state);
    }),
  );
  return { base64: PNG.sync.write(png, { colorType: 2, filterType: 0, deflateStrategy: 0 }).toString('base64'), width, height };
}

/** A bar under a letter in its place, a square in the corner for one from elsewhere: states show in grey, too. */
function drawMark(
  fill: (x: number, y: number, w: number, h: number, colour: string) => void,
  x: number,
  y: number,
  cell: number,
  state: LetterState,
): void {
  if (state === 'correct') fill(x + 8, y + cell - 5, cell - 16, 2, '#ffffff');
  if (state === 'present') fill(x + cell - 8, y + 4, 4, 4, '#ffffff');
}
