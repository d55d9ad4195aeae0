import { XMLParser } from 'fast-xml-parser';
import { Complainer, SystemDescriptionError } from './complaint.js';
import { Position } from './source.js';
import { readStartTag, resolveReferences, WellFormedness } from './well-formed.js';

export interface XmlAttribute {
  name: string;
  value: string;
  at: Position;
}

export interface XmlElement {
  kind: 'element';
  name: string;
  attributes: XmlAttribute[];
  children: XmlNode[];
  at: Position;
}

/** Character data; neighbouring text and CDATA are one node. */
export interface XmlText {
  kind: 'text';
  text: string;
}

/** Kept because it separates one text from the next. */
export interface XmlComment {
  kind: 'comment';
}

export type XmlNode = XmlElement | XmlText | XmlComment;

const COMMENT = '#comment';
const CDATA = '#cdata';
const TEXT = '#text';
const ATTRIBUTES = ':@';

/** What the library hands back for each node in document order: one key with the name, and its metadata by a symbol. */
type OrderedNode = Record<string, unknown> & Record<symbol, { startIndex?: number } | undefined>;

/**
 * The root element of a well-formed document, and the place of the first text that stands straight in it. Throws
 * `SystemDescriptionError` for any other text.
 */
export function parseXml(complain: Complainer): { root: XmlElement; strayText?: Position } {
  const strayOffset = new WellFormedness(complain).check();
  // Attributes and references are read from the source itself: the library knows no position for the first, renames some,
  // and is lenient about the second.
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: true,
    processEntities: false,
    captureMetaData: true,
    trimValues: false,
    parseTagValue: false,
    commentPropName: COMMENT,
    cdataPropName: CDATA,
    textNodeName: TEXT,
  });
  let nodes: OrderedNode[];
  try {
    nodes = parser.parse(complain.source.text) as OrderedNode[];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SystemDescriptionError(
      complain.diagnostic('error', message, { line: 1, column: 1 }),
      `Could not parse '${complain.source.file}': ${message}`,
    );
  }
  const root = convert(nodes, complain, new Set(['xml'])).find((node) => node.kind === 'element');
  // Well-formed text has a root; the library has to agree.
  if (root?.kind !== 'element') throw complain.error({ message: 'the document has no root element', at: { line: 1, column: 1 } });
  return { root, strayText: strayOffset === undefined ? undefined : complain.source.positionAt(strayOffset) };
}

function convert(nodes: OrderedNode[], complain: Complainer, prefixes: ReadonlySet<string>): XmlNode[] {
  const metaData = XMLParser.getMetaDataSymbol() as unknown as symbol;
  const result: XmlNode[] = [];
  for (const node of nodes) {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (name === undefined) continue;
    if (name === TEXT || name === CDATA) {
      const text = name === TEXT ? resolveReferences(String(node[TEXT])) : textOf(node[CDATA]);
      const last = result.at(-1);
      if (last?.kind === 'text') last.text += text;
      else result.push({ kind: 'text', text });
    } else if (name === COMMENT || name.startsWith('?')) {
      result.push({ kind: 'comment' });
    } else {
      result.push(element(name, node[name] as OrderedNode[], node[metaData]?.startIndex ?? 0, complain, prefixes));
    }
  }
  return result;
}

function element(name: string, children: OrderedNode[], offset: number, complain: Complainer, outer: ReadonlySet<string>): XmlElement {
  const { source } = complain;
  const raw = readStartTag(source.text, offset);
  // Namespaces are allowed and mean nothing, but a prefix has to be declared.
  const prefixes = new Set(outer);
  for (const { name: attribute } of raw) if (attribute.startsWith('xmlns:')) prefixes.add(attribute.slice(6));
  const local = (qualified: string, at: number): string => {
    const colon = qualified.indexOf(':');
    if (colon < 0) return qualified;
    const prefix = qualified.slice(0, colon);
    if (!prefixes.has(prefix)) {
      throw new SystemDescriptionError(
        complain.diagnostic('error', `an unknown namespace prefix '${prefix}'`, source.positionAt(at), 'write the name without a prefix'),
        `Could not parse '${source.file}': an unknown namespace prefix '${prefix}' at ${source.positionAt(at).line}:${source.positionAt(at).column}`,
      );
    }
    return qualified.slice(colon + 1);
  };
  const attributes = raw
    .filter((attribute) => attribute.name !== 'xmlns' && !attribute.name.startsWith('xmlns:'))
    .map((attribute) => ({
      name: local(attribute.name, attribute.offset),
      value: attribute.value,
      at: source.positionAt(attribute.offset),
    }));
  return {
    kind: 'element',
    name: local(name, offset),
    attributes,
    children: convert(children, complain, prefixes),
    at: source.positionAt(offset),
  };
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return '';
  return (nodes as OrderedNode[]).map((node) => String(node[TEXT] ?? '')).join('');
}

export function childElements(parent: XmlElement): XmlElement[] {
  return parent.children.filter((node): node is XmlElement => node.kind === 'element');
}
