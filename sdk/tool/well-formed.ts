import { Complainer, SystemDescriptionError } from './complaint.js';
import { ELEMENTS, isElementName } from './elements.js';
import { nearest } from './nearest.js';

/** XML 1.0 names, section 2.3 (without the astral planes, which no system description needs). */
const NAME = '[:A-Z_a-z\\u00C0-\\u02FF\\u0370-\\u1FFF\\u2070-\\uD7FF\\uF900-\\uFFFD][-.:\\w\\u00B7-\\u203F\\u2070-\\uD7FF\\uF900-\\uFFFD]*';
const START_NAME = new RegExp(`<(${NAME})`, 'y');
const END_TAG = new RegExp(`</(${NAME})[ \\t\\n]*>`, 'y');
const ATTRIBUTE = new RegExp(`[ \\t\\n]+(${NAME})[ \\t\\n]*=[ \\t\\n]*("[^"<]*"|'[^'<]*')`, 'y');
const TAG_END = /[ \t\n]*(\/?)>/y;
const REFERENCE = /&(?:#(\d+)|#x([0-9A-Fa-f]+)|(\w+));/y;
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export interface RawAttribute {
  name: string;
  value: string;
  /** Offset of the name in the source. */
  offset: number;
  /** Of name and value together, in UTF-16 units. */
  length: number;
}

/** The start tag at `offset`: attributes in order, with their references resolved. The text must be well-formed there. */
export function readStartTag(text: string, offset: number): RawAttribute[] {
  START_NAME.lastIndex = offset;
  START_NAME.exec(text);
  const attributes: RawAttribute[] = [];
  for (let at = START_NAME.lastIndex; ; at = ATTRIBUTE.lastIndex) {
    ATTRIBUTE.lastIndex = at;
    const match = ATTRIBUTE.exec(text);
    if (!match) return attributes;
    const value = resolveReferences(match[2].slice(1, -1).replace(/[\t\n]/g, ' '));
    const before = match[0].indexOf(match[1]);
    attributes.push({ name: match[1], value, offset: at + before, length: match[0].length - before });
  }
}

/** Character data with its references resolved; those that are wrong stay as they are. */
export function resolveReferences(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9A-Fa-f]+)|(\w+));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : whole;
    const code = decimal !== undefined ? parseInt(decimal, 10) : parseInt(hex ?? '', 16);
    return isCharacter(code) ? String.fromCodePoint(code) : whole;
  });
}

function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13;
  return code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) && code !== 0xfffe && code !== 0xffff;
}

/**
 * Refuses what the XML standard calls not well-formed, with its place. fast-xml-parser is forgiving by design (two
 * roots, unknown entities, `<` in attribute values, cut-off comments pass); a system description is not to be guessed at.
 */
export class WellFormedness {
  private readonly open: { name: string; offset: number }[] = [];
  private rootSeen = false;
  private strayText?: number;
  private readonly text: string;

  constructor(private readonly complain: Complainer) {
    this.text = complain.source.text;
  }

  /** Returns the offset of the first text that stands straight in the root element, if there is one. */
  check(): number | undefined {
    const bad = FORBIDDEN.exec(this.text);
    if (bad) throw this.malformed(bad.index, 'a control character that XML does not allow', 'save the file as plain UTF-8 text');
    let at = 0;
    while (at < this.text.length) at = this.text[at] === '<' ? this.markup(at) : this.characters(at);
    const unclosed = this.open.at(-1);
    if (unclosed) {
      throw this.malformed(unclosed.offset, `element '${unclosed.name}' is never closed`, `write </${unclosed.name}> where it ends`);
    }
    if (!this.rootSeen) throw this.malformed(0, 'the document has no root element', 'write <system> ... </system>');
    return this.strayText;
  }

  private markup(at: number): number {
    const { text } = this;
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('--', at + 4);
      if (end < 0) throw this.malformed(at, 'a comment is never closed', 'end it with -->');
      if (text[end + 2] !== '>') throw this.malformed(end, "'--' inside a comment", 'XML allows -- in a comment only as its end, -->');
      return end + 3;
    }
    if (text.startsWith('<![CDATA[', at)) {
      if (this.open.length === 0) throw this.malformed(at, 'text outside of the root element');
      const end = this.endOf(at, ']]>', 'a CDATA section is never closed');
      if (this.open.length === 1 && this.text.slice(at + 9, end - 3).trim() !== '') this.strayText ??= at;
      return end;
    }
    if (text.startsWith('<?', at)) {
      if (/^<\?xml[ \t\n?]/i.test(text.slice(at, at + 6)) && at !== 0) {
        throw this.malformed(at, 'the XML declaration must be the first thing in the file');
      }
      return this.endOf(at, '?>', 'a processing instruction is never closed');
    }
    if (text.startsWith('<!', at)) {
      throw this.malformed(at, 'XML with DTD detected', 'a system description has no <!DOCTYPE> and no entities of its own: remove it');
    }
    return text[at + 1] === '/' ? this.endTag(at) : this.startTag(at);
  }

  private endOf(at: number, mark: string, message: string): number {
    const end = this.text.indexOf(mark, at);
    if (end < 0) throw this.malformed(at, message, `end it with ${mark}`);
    return end + mark.length;
  }

  private endTag(at: number): number {
    END_TAG.lastIndex = at;
    const match = END_TAG.exec(this.text);
    if (!match) throw this.malformed(at, 'a closing tag is damaged', 'a closing tag looks like </name>');
    const opened = this.open.pop();
    if (!opened) throw this.malformed(at, `closing tag '${match[1]}' has no opening tag`);
    if (opened.name !== match[1]) {
      const { line, column } = this.complain.source.positionAt(opened.offset);
      throw this.malformed(
        at,
        `expected '${opened.name}' closing tag, not '${match[1]}'`,
        closingHint(opened.name, match[1], `line ${line}, column ${column}`),
      );
    }
    return END_TAG.lastIndex;
  }

  private startTag(at: number): number {
    START_NAME.lastIndex = at;
    const name = START_NAME.exec(this.text)?.[1];
    if (name === undefined) throw this.malformed(at, "a '<' that starts no tag", 'write &lt; where a < is meant as text');
    if (this.open.length === 0 && this.rootSeen) {
      throw this.malformed(at, `a second root element '${name}'`, 'everything goes into one <system> ... </system>');
    }
    this.rootSeen = true;
    const names = new Set<string>();
    let next = START_NAME.lastIndex;
    for (;;) {
      ATTRIBUTE.lastIndex = next;
      const match = ATTRIBUTE.exec(this.text);
      if (!match) break;
      const offset = next + match[0].indexOf(match[1]);
      if (names.has(match[1])) throw this.malformed(offset, `attribute '${match[1]}' is already defined`, 'keep one of them');
      names.add(match[1]);
      this.references(ATTRIBUTE.lastIndex - match[2].length, ATTRIBUTE.lastIndex);
      next = ATTRIBUTE.lastIndex;
    }
    TAG_END.lastIndex = next;
    const end = TAG_END.exec(this.text);
    if (!end) throw this.damagedTag(name, next);
    if (end[1] === '') this.open.push({ name, offset: at });
    return TAG_END.lastIndex;
  }

  private damagedTag(name: string, at: number): SystemDescriptionError {
    const rest = /^[ \t\n]*/.exec(this.text.slice(at, at + 4096))?.[0].length ?? 0;
    return this.malformed(Math.min(at + rest, this.text.length), `the tag of element '${name}' is damaged`, damageHint(this.text, at));
  }

  private characters(at: number): number {
    const found = this.text.indexOf('<', at);
    const end = found < 0 ? this.text.length : found;
    const run = this.text.slice(at, end);
    const stray = this.open.length < 2 ? /[^ \t\n]/.exec(run) : undefined;
    if (stray) {
      if (this.open.length === 1) this.strayText ??= at + stray.index;
      else throw this.malformed(at + stray.index, 'text outside of the root element', 'everything goes into <system> ... </system>');
    }
    const close = run.indexOf(']]>');
    if (close >= 0) throw this.malformed(at + close, "']]>' outside of a CDATA section", 'write ]]&gt;');
    this.references(at, end);
    return end;
  }

  private references(from: number, to: number): void {
    for (let at = this.text.indexOf('&', from); at >= 0 && at < to; at = this.text.indexOf('&', at + 1)) {
      REFERENCE.lastIndex = at;
      const match = REFERENCE.exec(this.text);
      if (!match) throw this.malformed(at, 'malformed entity reference', 'write &amp; for a plain &');
      const [whole, decimal, hex, name] = match;
      const known =
        name !== undefined ? Object.hasOwn(ENTITIES, name) : isCharacter(decimal !== undefined ? parseInt(decimal, 10) : parseInt(hex, 16));
      if (!known) throw this.malformed(at, `unknown entity reference '${whole}'`, 'XML knows &lt; &gt; &amp; &quot; &apos; and &#number;');
    }
  }

  private malformed(offset: number, message: string, hint?: string): SystemDescriptionError {
    const { source } = this.complain;
    const at = source.positionAt(offset);
    return new SystemDescriptionError(
      this.complain.diagnostic('error', message, at, hint),
      `Could not parse '${source.file}': ${message} at ${at.line}:${at.column}`,
    );
  }
}

/** Why a closing tag does not close what is open. */
function closingHint(opened: string, closing: string, where: string): string {
  if (!isElementName(opened)) {
    const meant = isElementName(closing) ? closing : nearest(opened, Object.keys(ELEMENTS));
    return `there is no element '${opened}' (${where})${meant ? `: did you mean <${meant}>?` : ''}`;
  }
  if (!isElementName(closing)) {
    return `'${closing}' is no element: did you mean </${opened}>, for the '${opened}' on ${where}?`;
  }
  if (ELEMENTS[opened].children.length === 0) return `the '${opened}' on ${where} holds nothing: end its tag with />`;
  return `'${opened}' was opened on ${where}: close it first, with </${opened}> or by ending its tag with />`;
}

/** What is wrong with a start tag from `at` on, where neither an attribute nor its end follows. */
function damageHint(text: string, at: number): string {
  const line = text
    .slice(at, at + 400)
    .replace(/^\s*/, '')
    .split('\n', 1)[0];
  const [, name, after] = /^([\w:.-]+)\s*(=?.*)$/.exec(line) ?? [];
  const before = text.slice(0, at);
  // A value whose last quote is missing ends at the next one, and that begins the next value.
  const swallowed = /([\w:.-]+)\s*=\s*"([^"\s]*)\s+[\w:.-]+\s*=\s*"$/.exec(before.slice(before.lastIndexOf('<')));
  if (swallowed) return `a quote is missing: write ${swallowed[1]}="${swallowed[2]}"`;
  if (name && /^=\s*[\u2018-\u201f\u00ab\u00bb]/.test(after)) return `these quotes are for prose: write ${name}="..." with straight ones`;
  const bare = name && /^=\s*([^\s"'<>/]+)/.exec(after);
  if (bare) return `put the value in quotes: write ${name}="${bare[1]}"`;
  if (name && /^=\s*["']/.test(after)) {
    return /["']$/.test(before) ? `put a space before ${name}` : `a quote is missing at the end: write ${name}="..."`;
  }
  if (name && !after.startsWith('=')) return `${name} has no value: write ${name}="..."`;
  return 'attributes look like name="value", with quotes, a space before each, and no < inside; a tag ends with > or />';
}
