/**
 * Select Graphic Rendition (ECMA-48 section 8.3.117): the only terminal codes that notebook front ends keep.
 * A `Style` is a value: text keeps a reference to the style it was written in.
 */
export interface Style {
  readonly bold: boolean;
  readonly faint: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  /** SGR parameters that select the colour, such as `32` or `38;5;208`; empty for the default. */
  readonly foreground: string;
  readonly background: string;
}

export const plainStyle: Style = Object.freeze({
  bold: false,
  faint: false,
  italic: false,
  underline: false,
  inverse: false,
  foreground: '',
  background: '',
});

/** The style after `ESC [ parameters m`. Codes that no front end shows are ignored. */
export function applySgr(style: Style, parameters: readonly number[]): Style {
  let next = style;
  for (let i = 0; i < parameters.length; i++) {
    const code = parameters[i] ?? 0;
    if (code === 38 || code === 48) {
      const length = colourLength(parameters[i + 1]);
      const colour = parameters.slice(i, i + length);
      if (length > 1 && colour.length === length) next = { ...next, [code === 38 ? 'foreground' : 'background']: colour.join(';') };
      i += length - 1;
    } else next = { ...next, ...changeOf(code) };
  }
  return sameStyle(next, plainStyle) ? plainStyle : next;
}

/** How many parameters an extended colour has, by the second of them: 5 is an index, 2 is red, green and blue. */
function colourLength(form: number | undefined): number {
  if (form === 5) return 3;
  return form === 2 ? 5 : 1;
}

const simpleChanges: Readonly<Record<number, Partial<Style>>> = {
  0: plainStyle,
  1: { bold: true },
  2: { faint: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  22: { bold: false, faint: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  39: { foreground: '' },
  49: { background: '' },
};

/** What a code that stands alone changes. */
function changeOf(code: number): Partial<Style> | undefined {
  // The bright colours are 60 above the others.
  const colour = code >= 90 ? code - 60 : code;
  if (colour >= 30 && colour <= 37) return { foreground: String(code) };
  if (colour >= 40 && colour <= 47) return { background: String(code) };
  return simpleChanges[code];
}

export function sameStyle(a: Style, b: Style): boolean {
  return (
    a === b ||
    (a.bold === b.bold &&
      a.faint === b.faint &&
      a.italic === b.italic &&
      a.underline === b.underline &&
      a.inverse === b.inverse &&
      a.foreground === b.foreground &&
      a.background === b.background)
  );
}

/** Colours that front ends have too light for thin text on white: green, yellow, cyan. In bold, they take darker ones. */
const LIGHT = new Set(['32', '33', '36']);

/** The escape sequence that selects the style, coming from the plain one. Light colours come in bold, so that everybody can read them. */
export function openStyle(style: Style): string {
  const codes: string[] = [];
  if (style.bold || (LIGHT.has(style.foreground) && style.background === '')) codes.push('1');
  if (style.faint) codes.push('2');
  if (style.italic) codes.push('3');
  if (style.underline) codes.push('4');
  if (style.inverse) codes.push('7');
  if (style.foreground) codes.push(style.foreground);
  if (style.background) codes.push(style.background);
  return codes.length ? `\x1b[${codes.join(';')}m` : '';
}

export const CLOSE_STYLE = '\x1b[0m';

const sgrSequence = /\x1b\[([0-9;]*)m/g;

/** The text without its colour codes. */
export function stripSgr(text: string): string {
  return text.replace(sgrSequence, '');
}

/** Parameters of one sequence as numbers; a missing one is 0, as ECMA-48 has it. */
export function sgrParameters(text: string): number[] {
  return text.split(/[;:]/).map((part) => Number(part) || 0);
}

/** Stretches of text that share a style, in order. */
export function styledRuns(text: string): { text: string; style: Style }[] {
  const runs: { text: string; style: Style }[] = [];
  let style = plainStyle;
  let position = 0;
  for (const match of text.matchAll(sgrSequence)) {
    if (match.index > position) runs.push({ text: text.slice(position, match.index), style });
    style = applySgr(style, sgrParameters(match[1] ?? ''));
    position = match.index + match[0].length;
  }
  if (position < text.length) runs.push({ text: text.slice(position), style });
  return runs;
}

/** Colours for what virtbook itself writes: errors and reports. */
export const paint = {
  red: (text: string) => `\x1b[31m${text}${CLOSE_STYLE}`,
  boldRed: (text: string) => `\x1b[1;31m${text}${CLOSE_STYLE}`,
  green: (text: string) => `\x1b[32m${text}${CLOSE_STYLE}`,
  cyan: (text: string) => `\x1b[36m${text}${CLOSE_STYLE}`,
  faint: (text: string) => `\x1b[2m${text}${CLOSE_STYLE}`,
  bold: (text: string) => `\x1b[1m${text}${CLOSE_STYLE}`,
};
