/** A C file as a list of named parts: functions, variables, types, macros. Not a compiler. */
import { type Piece, pieces, skippedEnd } from './c-header.js';

/** One definition, declaration or directive at the outermost level of a file. */
export interface CItem {
  /** The same for what replaces each other; undefined for what has no name, for example `#if`. */
  key: string | undefined;
  /** As a reader calls it. */
  name: string;
  directive: boolean;
  /** Of the comment directly above it, or of the item itself where it has none. */
  start: number;
  /** Of the item without that comment. */
  own: number;
  /** After it, and after a comment at the end of its last line. */
  end: number;
  /** There is a blank line before it. */
  apart: boolean;
  /** Of the item without its comment, counted from 0. */
  line: number;
  /** It ends as such a part must: not in the middle of a body. */
  whole: boolean;
}

/** A comment that belongs to nothing: there is a blank line between it and what follows. */
export interface LooseComment {
  start: number;
  line: number;
}

/** The parts of a file in their order. Lines end with line feeds. */
export function itemsOf(text: string): { items: CItem[]; loose: LooseComment[] } {
  const items: CItem[] = [];
  const loose: LooseComment[] = [];
  let comment: Piece | undefined;
  let lastLine = -1;
  const drop = (): void => {
    if (comment) loose.push({ start: comment.start, line: comment.line });
    comment = undefined;
  };
  for (const piece of pieces(text)) {
    const last = items.at(-1);
    if (piece.kind === 'comment') {
      // What follows an item on its line is about that one.
      if (last && piece.line === lastLine) last.end = piece.end;
      else if (!comment || piece.apart) {
        drop();
        comment = piece;
      }
      continue;
    }
    if (piece.apart) drop();
    const above = comment;
    comment = undefined;
    items.push({
      ...named(piece),
      directive: piece.kind === 'directive',
      start: above?.start ?? piece.start,
      own: piece.start,
      end: piece.end,
      apart: (above ?? piece).apart,
      line: piece.line,
      whole: piece.kind === 'directive' || (/[;}]$/.test(piece.text) && isBalanced(piece.text)),
    });
    lastLine = piece.endLine;
  }
  drop();
  return { items, loose };
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const skipped = skippedEnd(text, at);
    if (skipped === undefined) {
      if (text[at] === '{') depth++;
      if (text[at] === '}') depth--;
    }
    at = skipped ?? at + 1;
  }
  return depth === 0;
}

type Named = Pick<CItem, 'key' | 'name'>;
const called = (kind: string, name: string, shown = name): Named => ({ key: `${kind} ${name}`, name: shown });

function named(piece: Piece): Named {
  return (piece.kind === 'directive' ? directive(piece.text) : declaration(piece.text)) ?? { key: undefined, name: firstLine(piece.text) };
}

const firstLine = (text: string): string => text.split('\n', 1).join().trim();

function directive(text: string): Named | undefined {
  const macro = /^#\s*define\s+(\w+)/.exec(text)?.[1];
  if (macro !== undefined) return called('macro', macro);
  const header = /^#\s*include\s+([<"][^>"]+[>"])/.exec(text)?.[1];
  return header === undefined ? undefined : called('include', header, `#include ${header}`);
}

function declaration(text: string): Named | undefined {
  const plain = text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/__attribute__\s*\(\([\s\S]*?\)\)+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const body = plain.search(/[{=]/);
  const head = (body < 0 ? plain : plain.slice(0, body)).replace(/;$/, '').trim();
  const opened = plain[body] === '{';
  if (head.startsWith('typedef')) return typeName(plain);
  if (/^(?:static |const )*(?:struct|union|enum)(?: \w+)?$/.test(head)) return structure(plain, head, opened);
  return pointer(head) ?? (head.includes('(') ? functionName(head, opened) : variable(head));
}

function typeName(plain: string): Named | undefined {
  const name = /\(\s*\*\s*(\w+)\s*\)/.exec(plain)?.[1] ?? /(\w+)\s*(?:\[[^\]]*\]\s*)*;$/.exec(plain)?.[1];
  return name === undefined ? undefined : called('typedef', name);
}

function structure(plain: string, head: string, opened: boolean): Named | undefined {
  const [, kind = '', tag] = /(struct|union|enum)(?: (\w+))?$/.exec(head) ?? [];
  if (!opened) return tag === undefined ? undefined : called(`${kind} declaration`, tag, `declaration of ${kind} ${tag}`);
  // What follows the braces is a variable of the type.
  const declared = /\}\s*(\w+)[^{}]*;$/.exec(plain)?.[1];
  if (declared !== undefined) return called('variable', declared);
  if (tag !== undefined) return called(kind, tag, `${kind} ${tag}`);
  const first = /\{ ?(\w+)/.exec(plain)?.[1];
  return first === undefined ? undefined : called(kind, first, `${kind} of ${first}`);
}

/** A variable that points to a function. */
function pointer(head: string): Named | undefined {
  const name = /^[^(]*(?<!\w)\s*\(\s*\*\s*(\w+)/.exec(head)?.[1];
  return name === undefined ? undefined : called('variable', name);
}

/** `asm("...")` and macros that look like calls have no type before their name, and are none. */
function functionName(head: string, opened: boolean): Named | undefined {
  const name = /^[\w\s*]*[\s*](\w+)\s*\(/.exec(head)?.[1];
  if (name === undefined) return undefined;
  return opened ? called('function', name, `${name}()`) : called('prototype', name, `declaration of ${name}()`);
}

function variable(head: string): Named | undefined {
  const name = /([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*$/.exec(head)?.[1];
  return name !== undefined && /[\s*]/.test(head) ? called('variable', name) : undefined;
}
