import { styledRuns, type Style } from './sgr.js';

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Of pictures that read on light and on dark pages: books made with Sphinx dim all others in the dark. */
export const BOTH_SCHEMES = 'dark-light';

/** The sixteen colours of the terminals that front ends draw, readable on light and on dark pages. */
const palette = [
  '#3e424d',
  '#c9302c',
  '#1a7f37',
  '#9a6700',
  '#1f6feb',
  '#a040c0',
  '#107a7a',
  '#8c959f',
  '#57606a',
  '#e5534b',
  '#2da44e',
  '#d4a72c',
  '#4a90e2',
  '#c060d0',
  '#20a0a0',
  '#afb8c1',
];

function colourOf(sgr: string, base: number): string | undefined {
  if (!sgr) return undefined;
  const [code = 0, , first = 0, green, blue] = sgr.split(';').map(Number);
  if (green !== undefined && blue !== undefined) return `rgb(${first & 255},${green & 255},${blue & 255})`;
  if (sgr.includes(';')) return extendedColour(first & 255);
  return palette[code >= base + 60 ? code - base - 60 + 8 : code - base];
}

/** The 256-colour cube that xterm defined. */
function extendedColour(index: number): string | undefined {
  if (index < 16) return palette[index];
  if (index >= 232) {
    const level = 8 + 10 * (index - 232);
    return `rgb(${level},${level},${level})`;
  }
  const level = (n: number) => (n === 0 ? 0 : 55 + 40 * n);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}

/** The colours of text and ground. A ground always has a text colour with it. */
function coloursOf(style: Style, ink?: (index: number) => string): { foreground: string | undefined; background: string | undefined } {
  const foreground = colourOf(style.foreground, 30);
  const background = colourOf(style.background, 40);
  if (style.inverse) return { foreground: background ?? '#f6f8fa', background: foreground ?? '#1f2328' };
  // On a background of its own, a text keeps the colour that goes with that.
  if (background) return { foreground: foreground ?? '#1f2328', background };
  const known = ink && foreground ? palette.indexOf(foreground) : -1;
  return { foreground: ink && known >= 0 ? ink(known) : foreground, background };
}

function css(style: Style, ink?: (index: number) => string): string {
  const { foreground, background } = coloursOf(style, ink);
  return [
    foreground && `color:${foreground}`,
    background && `background-color:${background}`,
    style.bold && 'font-weight:bold',
    style.faint && 'opacity:0.7',
    style.italic && 'font-style:italic',
    style.underline && 'text-decoration:underline',
  ]
    .filter(Boolean)
    .join(';');
}

/**
 * Text with SGR codes as HTML with inline styles; to be put into a `pre`.
 * @param ink what a page that has light and dark colours gives for one of the sixteen of a terminal
 */
export function ansiToHtml(text: string, ink?: (index: number) => string): string {
  return styledRuns(text)
    .map((run) => {
      const style = css(run.style, ink);
      return style ? `<span style="${style}">${escapeHtml(run.text)}</span>` : escapeHtml(run.text);
    })
    .join('');
}
