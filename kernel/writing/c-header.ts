/** Enough of C to know what a header offers: declarations, and the comments beside them. Not a compiler. */

export interface CSymbol {
  name: string;
  kind: 'function' | 'type' | 'macro' | 'variable' | 'constant';
  /** As it is declared, in one line if it is short. */
  declaration: string;
  doc?: string | undefined;
  /** The header, as `#include` names it; empty for the file that is being written. */
  header: string;
}

/** A part of a C text, from `start` to `end`. Lines count from 0. */
export interface Piece {
  kind: 'comment' | 'directive' | 'declaration';
  text: string;
  start: number;
  end: number;
  /** There is a blank line before it. */
  apart: boolean;
  line: number;
  endLine: number;
}

/** Everything that a header or a source declares at its outermost level. `header` is what `#include` calls it. */
export function parseC(text: string, header: string): CSymbol[] {
  const symbols: CSymbol[] = [];
  // The guard that keeps a header from being read twice is nobody's to use.
  const guard = /^\s*#ifndef\s+(\w+)\s+#define\s+\1\b/m.exec(text)?.[1];
  let doc: string | undefined;
  let lastLine = -1;
  let last: CSymbol[] = [];
  for (const piece of pieces(text)) {
    if (piece.kind === 'comment') {
      const comment = commentText(piece.text);
      // What follows a declaration on its line is about that one.
      if (piece.line === lastLine) for (const symbol of last) symbol.doc ??= comment;
      else doc = comment;
      continue;
    }
    if (piece.apart) doc = undefined;
    const found = piece.kind === 'directive' ? macro(piece.text) : declared(piece.text);
    last = found
      .filter(({ name }) => name !== guard && !name.startsWith('__'))
      .map((symbol) => ({ ...symbol, header, ...(doc ? { doc } : {}) }));
    symbols.push(...last);
    lastLine = piece.endLine;
  }
  return symbols;
}

const QUOTED = /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?/y;

/** Takes a text apart into comments, directives and declarations, function bodies included in the latter. */
export function* pieces(text: string): Generator<Piece> {
  let at = 0;
  let line = 0;
  let blankLines = 0;
  const advance = (end: number): string => {
    const part = text.slice(at, end);
    line += part.split('\n').length - 1;
    at = end;
    return part;
  };
  while (at < text.length) {
    const space = /\s*/y;
    space.lastIndex = at;
    blankLines = advance(at + (space.exec(text)?.[0].length ?? 0)).split('\n').length - 2;
    if (at >= text.length) return;
    const first = { start: at, line, apart: blankLines > 0 };
    const { kind, end } = nextPiece(text, at);
    const part = advance(end);
    yield { kind, text: part, ...first, end, endLine: line };
  }
}

function nextPiece(text: string, at: number): Pick<Piece, 'kind' | 'end'> {
  const comment = commentEnd(text, at);
  if (comment !== undefined) return { kind: 'comment', end: comment };
  if (text[at] !== '#') return { kind: 'declaration', end: declarationEnd(text, at) };
  const directive = /(?:\\\n|\/\*[\s\S]*?\*\/|[^\n])*/y;
  directive.lastIndex = at;
  return { kind: 'directive', end: at + (directive.exec(text)?.[0].length ?? 1) };
}

/** The position after the comment that begins here, if one does. */
function commentEnd(text: string, at: number): number | undefined {
  const close = text.startsWith('/*', at) ? '*/' : text.startsWith('//', at) ? '\n' : undefined;
  if (!close) return undefined;
  const end = text.indexOf(close, at + 2);
  return end < 0 ? text.length : close === '\n' ? end : end + 2;
}

/** The position after the string or character that begins here, if one does. */
function quotedEnd(text: string, at: number): number | undefined {
  QUOTED.lastIndex = at;
  const match = QUOTED.exec(text);
  return match ? at + match[0].length : undefined;
}

/** The position after the comment, string or character that begins here, if one does. */
export function skippedEnd(text: string, at: number): number | undefined {
  // Asked for each character of a text.
  if (!`/"'`.includes(text.charAt(at))) return undefined;
  const end = commentEnd(text, at) ?? quotedEnd(text, at);
  return end !== undefined && end > at ? end : undefined;
}

/** Comments and strings become blanks, and lines stay where they are. */
export function blankComments(text: string): string {
  let result = '';
  for (let at = 0; at < text.length;) {
    const end = skippedEnd(text, at);
    if (end === undefined) {
      result += text[at++];
      continue;
    }
    result += text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  }
  return result;
}

/** The position after the `;` of a declaration, or after the body of a function. */
function declarationEnd(text: string, start: number): number {
  let depth = 0;
  let isFunction = false;
  let assigned = false;
  for (let at = start; at < text.length;) {
    const skipped = skippedEnd(text, at);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    const character = text.charAt(at++);
    if (character === '=' && depth === 0) assigned = true;
    // A function's body follows its parameters; that of a struct is followed by a semicolon.
    if (character === '{' && depth === 0) isFunction = !assigned && /\)\s*$/.test(text.slice(start, at - 1));
    if ('{(['.includes(character)) depth++;
    if ('})]'.includes(character)) depth--;
    if (depth <= 0 && (character === ';' || (character === '}' && isFunction))) return at;
  }
  return text.length;
}

function macro(text: string): Omit<CSymbol, 'header'>[] {
  const name = /^#\s*define\s+(\w+)/.exec(text)?.[1];
  if (name === undefined) return [];
  const comment = /\/\*([\s\S]*?)\*\//.exec(text);
  const declaration = oneLine(text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\\\n/g, ' '));
  return [{ name, kind: 'macro', declaration, ...(comment ? { doc: commentText(comment[0]) } : {}) }];
}

function declared(text: string): Omit<CSymbol, 'header'>[] {
  const plain = text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
    .replace(/__attribute__\s*\(\([\s\S]*?\)\)+/g, '')
    .trim();
  const constants = enumerators(plain);
  const body = plain.indexOf('{');
  const head = oneLine(body < 0 ? plain : plain.slice(0, body))
    .replace(/;$/, '')
    .trim();
  const whole = plain.replace(/;$/, '').trim();
  if (head.startsWith('typedef')) {
    const name = /\(\s*\*\s*(\w+)\s*\)/.exec(head)?.[1] ?? /(\w+)\s*(?:\[[^\]]*\])?$/.exec(body < 0 ? head : whole)?.[1];
    return [...(name ? [{ name, kind: 'type' as const, declaration: body < 0 ? head : whole }] : []), ...constants];
  }
  const structure = /^(?:struct|union|enum)\s+(\w+)$/.exec(head)?.[1];
  if (structure && body >= 0) return [{ name: structure, kind: 'type', declaration: whole }, ...constants];
  return head === 'enum' ? constants : functionOrVariable(head);
}

/** @param head a declaration up to its body or its end, in one line. */
function functionOrVariable(head: string): Omit<CSymbol, 'header'>[] {
  const [, signature, functionName] =
    /^([A-Za-z_][\w\s*]*?[\s*](\w+)\s*\([^()]*(?:\([^()]*\)[^()]*)*\))/.exec(head.replace(/\b(?:static|inline|extern)\s+/g, '')) ?? [];
  if (signature && functionName && !head.includes('=')) return [{ name: functionName, kind: 'function', declaration: signature }];
  const variable = /([A-Za-z_]\w*)\s*(?:\[[^\]]*\])*\s*(?:=|$)/.exec(head)?.[1];
  return variable && /\s|\*/.test(head) ? [{ name: variable, kind: 'variable', declaration: head.replace(/\s*=.*$/, '') }] : [];
}

function enumerators(text: string): Omit<CSymbol, 'header'>[] {
  const list = /\benum\b[^{;]*\{([^}]*)\}/.exec(text)?.[1] ?? '';
  return list.split(',').flatMap((entry) => {
    const [, name, value = ''] = /^\s*(?:#[^\n]*\n\s*)*([A-Za-z_]\w*)\s*(=[^#]*)?/.exec(entry) ?? [];
    return name === undefined ? [] : [{ name, kind: 'constant' as const, declaration: oneLine(`${name} ${value}`) }];
  });
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A comment's words, without its stars; undefined for a heading such as `---- messages ----`. */
function commentText(comment: string): string | undefined {
  const lines = comment
    .replace(/^\/\*+|\*+\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\*|\/\/+)? ?/, '').trimEnd());
  const text = lines.join('\n').trim();
  return text === '' || /^-{2,}/.test(text) ? undefined : text;
}
