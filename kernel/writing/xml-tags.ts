/** XML as it is while somebody writes it: tags that are not finished, values without their last quote. */

export interface TagAttribute {
  name: string;
  start: number;
  value: string;
  /** Where the value's text begins and ends, without quotes; absent until there is a quote. */
  valueStart?: number;
  valueEnd?: number;
}

export interface Tag {
  name: string;
  /** Of the `<`. */
  start: number;
  nameEnd: number;
  /** After the `>`; of an unfinished tag, where the next one begins. */
  end: number;
  kind: 'opening' | 'closing' | 'empty';
  finished: boolean;
  attributes: TagAttribute[];
}

export interface Tags {
  tags: Tag[];
  /** Comments and their like: nothing in them is a tag. */
  opaque: { start: number; end: number }[];
}

const OPAQUE_FORMS = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['<!', '>'],
] as const;

/** All tags of a text, whatever state it is in. */
export function scanTags(text: string): Tags {
  const tags: Tag[] = [];
  const opaque: Tags['opaque'] = [];
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const form = OPAQUE_FORMS.find(([open]) => text.startsWith(open, at));
    if (!form) {
      const tag = readTag(text, at);
      tags.push(tag);
      at = tag.end;
      continue;
    }
    const close = text.indexOf(form[1], at + form[0].length);
    const end = close < 0 ? text.length : close + form[1].length;
    // At the very end of `-->` one writes on outside.
    opaque.push({ start: at, end: close < 0 ? end + 1 : end });
    at = end;
  }
  return { tags, opaque };
}

const TAG_NAME = /\/?([A-Za-z_][\w.:-]*)?/y;
const BLANK = /\s*/y;
/** A value ends with its line at the latest: an attribute may not hold `<`, and nobody breaks a line in one. */
const ATTRIBUTE = /([A-Za-z_][\w.:-]*)(\s*=\s*(?:"([^"<\n]*)"?|'([^'<\n]*)'?)?)?/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function readTag(text: string, start: number): Tag {
  const [head = '', name = ''] = match(TAG_NAME, text, start + 1) ?? [];
  const nameEnd = start + 1 + head.length;
  const attributes: TagAttribute[] = [];
  const tag = { name, start, nameEnd, attributes, kind: head.startsWith('/') ? 'closing' : 'opening' } as const;
  for (let at = nameEnd; ;) {
    at += match(BLANK, text, at)?.[0].length ?? 0;
    if (at >= text.length || text[at] === '<') return { ...tag, end: at, finished: false };
    if (text[at] === '>') return { ...tag, end: at + 1, finished: true };
    if (text.startsWith('/>', at)) return { ...tag, end: at + 2, finished: true, kind: 'empty' };
    const found = match(ATTRIBUTE, text, at);
    if (found) attributes.push(attributeOf(found, at));
    // What can be no attribute is passed over.
    at += found?.[0].length ?? 1;
  }
}

function attributeOf([whole, name = '', , double, single]: RegExpExecArray, start: number): TagAttribute {
  const value = double ?? single;
  if (value === undefined) return { name, start, value: '' };
  const valueStart = start + whole.search(/["']/) + 1;
  return { name, start, value, valueStart, valueEnd: valueStart + value.length };
}

/** What the cursor is on. `written` is the part of it before the cursor. */
export type XmlPlace = { ancestors: Tag[]; written: string } & (
  | { kind: 'element' | 'closing'; tag: Tag; attribute?: undefined }
  | { kind: 'attribute'; tag: Tag; attribute?: TagAttribute }
  | { kind: 'value'; tag: Tag; attribute: TagAttribute }
  | { kind: 'text' }
);

/** Undefined inside comments. */
export function placeAt(text: string, position: number, { tags, opaque } = scanTags(text)): XmlPlace | undefined {
  if (opaque.some(({ start, end }) => start < position && position < end)) return undefined;
  const ancestors: Tag[] = [];
  for (const tag of tags) {
    // Right after a finished tag is text; right after an unfinished one, it goes on.
    if (tag.start < position && (tag.finished ? position < tag.end : position <= tag.end)) return inTag(text, position, tag, ancestors);
    if (tag.start >= position) break;
    if (tag.kind === 'opening') ancestors.push(tag);
    if (tag.kind === 'closing') {
      const opened = ancestors.findLastIndex(({ name }) => name === tag.name);
      if (opened >= 0) ancestors.length = opened;
    }
  }
  return { kind: 'text', ancestors, written: '' };
}

function inTag(text: string, position: number, tag: Tag, ancestors: Tag[]): XmlPlace {
  if (position <= tag.nameEnd) {
    const closing = tag.kind === 'closing';
    return { kind: closing ? 'closing' : 'element', tag, ancestors, written: text.slice(tag.start + (closing ? 2 : 1), position) };
  }
  for (const attribute of tag.attributes) {
    const { valueStart, valueEnd, start, name } = attribute;
    if (valueStart !== undefined && valueEnd !== undefined && valueStart <= position && position <= valueEnd) {
      return { kind: 'value', tag, attribute, ancestors, written: text.slice(valueStart, position) };
    }
    if (start <= position && position <= start + name.length)
      return { kind: 'attribute', tag, attribute, ancestors, written: text.slice(start, position) };
  }
  return { kind: 'attribute', tag, ancestors, written: '' };
}

export const valueOf = (tag: Tag | undefined, name: string): string | undefined =>
  tag?.attributes.find((attribute) => attribute.name === name)?.value;
