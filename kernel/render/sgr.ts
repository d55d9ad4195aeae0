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
export function applySgr(style: Style, parameters: number[]): Style {
  let next: { -readonly [K in keyof Style]: Style[K] } = { ...style };
  for (let i = 0; i < parameters.length; i++) {
    const code = parameters[i];
    if (code === 0) next = { ...plainStyle };
    else if (code === 1) next.bold = true;
    else if (code === 2) next.faint = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 7) next.inverse = true;
    else if (code === 22) next.bold = next.faint = false;
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code === 27) next.inverse = false;
    else if (code === 39) next.foreground = '';
    else if (code === 49) next.background = '';
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) next.foreground = String(code);
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) next.background = String(code);
    else if (code === 38 || code === 48) {
      const length = parameters[i + 1] === 5 ? 3 : parameters[i + 1] === 2 ? 5 : 1;
      const colour = parameters.slice(i, i + length);
      if (length > 1 && colour.length === length) {
        if (code === 38) next.foreground = colour.join(';');
        else next.background = colour.join(';');
      }
      i += length - 1;
    }
  }
  return sameStyle(next, plainStyle) ? plainStyle : next;
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

/** The escape sequence that selects the style, coming from the plain one. */
export function openStyle(style: Style): string {
  const codes: string[] = [];
  if (style.bold) codes.push('1');
  if (style.faint) codes.push('2');
  if (style.italic) codes.push('3');
  if (style.underline) codes.push('4');
  if (style.inverse) codes.push('7');
  if (style.foreground) codes.push(style.foreground);
  if (style.background) codes.push(style.background);
  return codes.length ? `\x1b[${codes.join(';')}m` : '';
}

export const closeStyle = '\x1b[0m';

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
    style = applySgr(style, sgrParameters(match[1]));
    position = match.index + match[0].length;
  }
  if (position < text.length) runs.push({ text: text.slice(position), style });
  return runs;
}

/** Colours for what virtbook itself writes: errors and reports. */
export const paint = {
  red: (text: string) => `\x1b[31m${text}${closeStyle}`,
  boldRed: (text: string) => `\x1b[1;31m${text}${closeStyle}`,
  green: (text: string) => `\x1b[32m${text}${closeStyle}`,
  yellow: (text: string) => `\x1b[33m${text}${closeStyle}`,
  cyan: (text: string) => `\x1b[36m${text}${closeStyle}`,
  faint: (text: string) => `\x1b[2m${text}${closeStyle}`,
  bold: (text: string) => `\x1b[1m${text}${closeStyle}`,
};
