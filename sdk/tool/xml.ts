/**
 * System descriptions as trees, in one pass over their text. Whatever the XML standard calls not well-formed is refused with
 * its place: a system description is not to be guessed at.
 */
import { SystemDescriptionError, type Complainer } from './complaint.js';
import { wrongReference, resolveReferences } from './references.js';
import type { Position } from './source.js';
import { matchAt, QUALIFIED_NAME, readStartTag, XML_NAME, type RawAttribute, type StartTag } from './start-tag.js';
import { DECLARATION, misplacedDeclaration, readDeclaration } from './xml-declaration.js';
import { closingHint, damageHint } from './xml-hints.js';

export interface XmlAttribute {
  /** Without its prefix. */
  name: string;
  /** It has a prefix: Microkit's tool looks at its name and not at its value. */
  prefixed: boolean;
  value: string;
  at: Position;
}

export interface XmlElement {
  kind: 'element';
  name: string;
  attributes: XmlAttribute[];
  children: XmlNode[];
  at: Position;
  /** Offsets in the source: of its start tag and after that, of its closing tag and after that; of an empty element all but the first are its end. */
  range: { start: number; tagEnd: number; closing: number; end: number };
}

/** Character data; neighbouring text and CDATA are one node. */
export interface XmlText {
  kind: 'text';
  text: string;
}

/** Or a processing instruction. Kept because it separates one text from the next. */
export interface XmlComment {
  kind: 'comment';
}

export type XmlNode = XmlElement | XmlText | XmlComment;

export interface XmlDocument {
  root: XmlElement;
  /** Where the first text is that is directly in the root element. */
  strayText?: Position | undefined;
}

export function childElements(parent: XmlElement): XmlElement[] {
  return parent.children.filter((node) => node.kind === 'element');
}

/** The elements of a well-formed document. Throws `SystemDescriptionError` for any other text. */
export function parseXml(complain: Complainer): XmlDocument {
  return new XmlParser(complain).parse();
}

/** Nothing to be seen, in the sense of Unicode. */
export const isBlank = (text: string): boolean => !/\P{White_Space}/u.test(text);

const END_TAG = new RegExp(`</(${QUALIFIED_NAME})[ \\t\\n]*>`, 'yu');

const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;
const INSTRUCTION = new RegExp(`<\\?(${XML_NAME})`, 'yu');
const CDATA = '<![CDATA[';
/** Elements around each other. No description needs more, and whoever walks the tree is to have room for it. */
const DEEPEST = 101;
/** The prefix that attributes may always have, and what it stands for. */
const XML_PREFIX = 'xml';
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
/** Of the declarations themselves. */
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';
const NONE: ReadonlyMap<string, string> = new Map();

interface OpenElement {
  element: XmlElement;
  /** With its prefix. */
  name: string;
  offset: number;
  /** Namespaces by the prefixes that may be used in it. */
  prefixes: ReadonlyMap<string, string>;
}

class XmlParser {
  private readonly open: OpenElement[] = [];
  private root: XmlElement | undefined;
  private strayText: number | undefined;
  /** Comes after all other complaints, wherever it is. */
  private unknownPrefix: SystemDescriptionError | undefined;
  private readonly text: string;

  constructor(private readonly complain: Complainer) {
    this.text = complain.source.text;
  }

  parse(): XmlDocument {
    const bad = FORBIDDEN.exec(this.text);
    if (bad) throw this.malformed(bad.index, 'a control character that XML does not allow', 'save the file as plain UTF-8 text');
    let at = 0;
    while (at < this.text.length) at = this.text[at] === '<' ? this.markup(at) : this.characters(at);
    const unclosed = this.open.at(-1);
    if (unclosed) {
      throw this.malformed(unclosed.offset, `element '${unclosed.name}' is never closed`, `write </${unclosed.name}> where it ends`);
    }
    if (!this.root) throw this.malformed(0, 'the document has no root element', 'write <system> ... </system>');
    if (this.unknownPrefix) throw this.unknownPrefix;
    return { root: this.root, strayText: this.strayText === undefined ? undefined : this.complain.source.positionAt(this.strayText) };
  }

  /** Returns the offset after what is at `at`; so do the others. */
  private markup(at: number): number {
    const { text } = this;
    if (text.startsWith('<!--', at)) return this.comment(at);
    if (text.startsWith(CDATA, at)) return this.characterSection(at);
    if (text.startsWith('<?', at)) return this.instruction(at);
    if (text.startsWith('<!', at)) {
      throw this.malformed(at, 'XML with DTD detected', 'a system description has no <!DOCTYPE> and no entities of its own: remove it');
    }
    return text[at + 1] === '/' ? this.endTag(at) : this.startTag(at);
  }

  private comment(at: number): number {
    const end = this.text.indexOf('--', at + 4);
    if (end < 0) throw this.malformed(at, 'a comment is never closed', 'end it with -->');
    if (this.text[end + 2] !== '>') throw this.malformed(end, "'--' inside a comment", 'XML allows -- in a comment only as its end, -->');
    this.add({ kind: 'comment' });
    return end + 3;
  }

  private instruction(at: number): number {
    const { text } = this;
    if (text.startsWith(DECLARATION, at)) {
      if (at !== 0) throw this.malformed(at, 'unexpected XML declaration', misplacedDeclaration(text, at));
      const read = readDeclaration(text);
      if ('message' in read) throw this.malformed(read.offset, read.message, read.hint);
      return read.end;
    }
    if (!matchAt(INSTRUCTION, text, at)) {
      throw this.malformed(at + 2, 'a processing instruction has no name', 'write <?name ...?>, or &lt; where a < is meant as text');
    }
    const end = this.endOf(at, '?>', 'a processing instruction is never closed');
    this.add({ kind: 'comment' });
    return end;
  }

  private characterSection(at: number): number {
    if (this.open.length === 0) throw this.malformed(at, 'text outside of the root element');
    const end = this.endOf(at, ']]>', 'a CDATA section is never closed');
    const content = this.text.slice(at + CDATA.length, end - 3);
    if (this.open.length === 1 && !isBlank(content)) this.strayText ??= at;
    this.addText(content);
    return end;
  }

  private endOf(at: number, mark: string, message: string): number {
    const end = this.text.indexOf(mark, at);
    if (end < 0) throw this.malformed(at, message, `end it with ${mark}`);
    return end + mark.length;
  }

  private characters(at: number): number {
    const found = this.text.indexOf('<', at);
    const end = found < 0 ? this.text.length : found;
    const run = this.text.slice(at, end);
    const outside = this.open.length === 0 ? /[^ \t\n]/.exec(run) : undefined;
    if (outside)
      throw this.malformed(at + outside.index, 'text outside of the root element', 'everything goes into <system> ... </system>');
    const stray = this.open.length === 1 ? /\P{White_Space}/u.exec(run) : undefined;
    if (stray) this.strayText ??= at + stray.index;
    const close = run.indexOf(']]>');
    if (close >= 0) throw this.malformed(at + close, "']]>' outside of a CDATA section", 'write ]]&gt;');
    this.references(at, end);
    this.addText(resolveReferences(run));
    return end;
  }

  private endTag(at: number): number {
    const [whole, name] = matchAt(END_TAG, this.text, at) ?? [];
    if (whole === undefined || name === undefined) throw this.malformed(at, 'a closing tag is damaged', 'a closing tag looks like </name>');
    const opened = this.open.pop();
    if (!opened) throw this.malformed(at, `closing tag '${name}' has no opening tag`);
    if (opened.name !== name) {
      const { line, column } = opened.element.at;
      throw this.malformed(
        at,
        `expected '${opened.name}' closing tag, not '${name}'`,
        closingHint(opened.name, name, `line ${line}, column ${column}`),
      );
    }
    const end = at + whole.length;
    Object.assign(opened.element.range, { closing: at, end });
    return end;
  }

  private startTag(at: number): number {
    const tag = readStartTag(this.text, at);
    if (!tag) throw this.malformed(at, "a '<' that starts no tag", 'write &lt; where a < is meant as text');
    if (this.open.length === 0 && this.root) {
      throw this.malformed(at, `a second root element '${tag.name}'`, 'everything goes into one <system> ... </system>');
    }
    const names = new Set<string>();
    for (const { name, offset, valueOffset, end } of tag.attributes) {
      if (names.has(name)) throw this.malformed(offset, `attribute '${name}' is already defined`, 'keep one of them');
      names.add(name);
      this.references(valueOffset, end);
    }
    if (tag.kind === 'damaged') throw this.damagedTag(tag);
    const opened = this.element(tag, at);
    this.add(opened.element);
    if (tag.kind === 'opening') this.open.push(opened);
    if (this.open.length > DEEPEST) throw this.malformed(at, `elements are nested more than ${DEEPEST} deep`, 'close those that are open');
    return tag.end;
  }

  private damagedTag({ name, end }: StartTag): SystemDescriptionError {
    const blank = /^[ \t\n]*/.exec(this.text.slice(end, end + 4096))?.[0].length ?? 0;
    return this.malformed(Math.min(end + blank, this.text.length), `the tag of element '${name}' is damaged`, damageHint(this.text, end));
  }

  /** Namespaces are allowed and mean nothing, but a prefix has to be declared. */
  private element(tag: StartTag, offset: number): OpenElement {
    const { source } = this.complain;
    tag.attributes.forEach((attribute) => this.checkNamespace(attribute));
    // An element may have neither `xml` nor `xmlns` for a prefix, declared or not.
    const declared = tag.attributes
      .flatMap(({ name, value }): [string, string][] => (name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), value]] : []))
      .filter(([prefix]) => prefix !== XML_PREFIX && prefix !== 'xmlns');
    const outer = this.open.at(-1)?.prefixes ?? NONE;
    const prefixes = declared.length > 0 ? new Map([...outer, ...declared]) : outer;
    const element: XmlElement = {
      kind: 'element',
      name: this.local(tag.name, offset, prefixes),
      attributes: this.ownAttributes(tag, prefixes),
      children: [],
      at: source.positionAt(offset),
      range: { start: offset, tagEnd: tag.end, closing: tag.end, end: tag.end },
    };
    return { element, name: tag.name, offset, prefixes };
  }

  /** Those that declare no namespace. Two are the same where their names are, and what their prefixes stand for. */
  private ownAttributes(tag: StartTag, prefixes: ReadonlyMap<string, string>): XmlAttribute[] {
    const known = new Map([...prefixes, [XML_PREFIX, XML_NAMESPACE]]);
    const names = new Set<string>();
    const isOwn = ({ name }: RawAttribute): boolean => name !== 'xmlns' && !name.startsWith('xmlns:');
    return tag.attributes.filter(isOwn).map(({ name: qualified, value, offset }) => {
      const name = this.local(qualified, offset, known);
      const prefixed = qualified.indexOf(':') > 0;
      const whole = prefixed ? `{${known.get(qualified.slice(0, qualified.indexOf(':')))}}${name}` : name;
      if (names.has(whole)) throw this.malformed(offset, `attribute '${name}' is already defined`, 'keep one of them');
      names.add(whole);
      return { name, prefixed, value, at: this.complain.source.positionAt(offset) };
    });
  }

  private checkNamespace({ name, value, offset }: RawAttribute): void {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) return;
    const hint = 'remove it: namespaces mean nothing here';
    if (value === XMLNS_NAMESPACE) throw this.malformed(offset, `the namespace '${value}' must not be declared`, hint);
    if ((value === XML_NAMESPACE) === (name === `xmlns:${XML_PREFIX}`)) return;
    const message =
      value === XML_NAMESPACE ? `the namespace of '${XML_PREFIX}' has another prefix` : `'${XML_PREFIX}' stands for another namespace`;
    throw this.malformed(offset, message, hint);
  }

  private local(qualified: string, offset: number, prefixes: ReadonlyMap<string, string>): string {
    const colon = qualified.indexOf(':');
    if (colon < 0) return qualified;
    const prefix = qualified.slice(0, colon);
    if (prefix !== '' && !prefixes.has(prefix)) {
      this.unknownPrefix ??= this.malformed(offset, `an unknown namespace prefix '${prefix}'`, 'write the name without a prefix');
    }
    return qualified.slice(colon + 1);
  }

  /** What is outside of the root element is not kept. */
  private add(node: XmlNode): void {
    const parent = this.open.at(-1)?.element;
    if (parent) parent.children.push(node);
    else if (node.kind === 'element') this.root = node;
  }

  private addText(text: string): void {
    const last = this.open.at(-1)?.element.children.at(-1);
    if (last?.kind === 'text') last.text += text;
    else this.add({ kind: 'text', text });
  }

  private references(from: number, to: number): void {
    const wrong = wrongReference(this.text, from, to);
    if (wrong) throw this.malformed(wrong.offset, wrong.message, wrong.hint);
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
