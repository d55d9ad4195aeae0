import { resolveReferences } from './references.js';

/** The characters that a name may begin with (XML 1.0, section 2.3), without the colon; for patterns with the flag `u`. */
const NAME_START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF' +
  '\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
/** Those that may follow. */
const NAME_PART = `\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040${NAME_START}`;
/** A name in which colons mean nothing: that of a processing instruction. */
export const XML_NAME = `[:${NAME_START}][:${NAME_PART}]*`;
const PLAIN_NAME = `[${NAME_START}][${NAME_PART}]*`;
/** That of an element or an attribute, with at most one prefix, which may be empty. */
export const QUALIFIED_NAME = `(?:(?:${PLAIN_NAME})?:)?${PLAIN_NAME}`;
const START_NAME = new RegExp(`<(${QUALIFIED_NAME})`, 'yu');
const ATTRIBUTE = new RegExp(`([ \\t\\n]+)(${QUALIFIED_NAME})([ \\t\\n]*=[ \\t\\n]*)("[^"<]*"|'[^'<]*')`, 'yu');
const TAG_END = /[ \t\n]*(\/?)>/y;

export interface StartTag {
  name: string;
  /** In order. */
  attributes: RawAttribute[];
  /** How it ends; `damaged`: it does not, and what follows `end` is neither an attribute nor the end. */
  kind: 'opening' | 'empty' | 'damaged';
  /** Offset after its last character. */
  end: number;
}

export interface RawAttribute {
  name: string;
  /** With its references resolved. */
  value: string;
  /** Offset of the name in the source. */
  offset: number;
  /** Offset of the value's first quote. */
  valueOffset: number;
  /** Offset after the value's last quote. */
  end: number;
}

/** The start tag at `offset`, as far as it is well-formed; undefined where there is not even a name. */
export function readStartTag(text: string, offset: number): StartTag | undefined {
  const name = matchAt(START_NAME, text, offset)?.[1];
  if (name === undefined) return undefined;
  const attributes: RawAttribute[] = [];
  let at = offset + 1 + name.length;
  for (;;) {
    const match = matchAt(ATTRIBUTE, text, at);
    if (!match) break;
    const [whole, blank = '', attribute = '', sign = '', quoted = ''] = match;
    const start = at + blank.length;
    at += whole.length;
    attributes.push({
      name: attribute,
      value: resolveReferences(quoted.slice(1, -1).replace(/[\t\n]/g, ' ')),
      offset: start,
      valueOffset: start + attribute.length + sign.length,
      end: at,
    });
  }
  const close = matchAt(TAG_END, text, at);
  if (!close) return { name, attributes, kind: 'damaged', end: at };
  return { name, attributes, kind: close[1] === '' ? 'opening' : 'empty', end: at + close[0].length };
}

/** What a sticky pattern finds at an offset. */
export function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}
