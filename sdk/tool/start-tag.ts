import { resolveReferences } from './references.js';

/** XML 1.0 names, section 2.3 (without the astral planes, which no system description needs). */
export const XML_NAME =
  '[:A-Z_a-z\\u00C0-\\u02FF\\u0370-\\u1FFF\\u2070-\\uD7FF\\uF900-\\uFFFD][-.:\\w\\u00B7-\\u203F\\u2070-\\uD7FF\\uF900-\\uFFFD]*';
const START_NAME = new RegExp(`<(${XML_NAME})`, 'y');
const ATTRIBUTE = new RegExp(`([ \\t\\n]+)(${XML_NAME})([ \\t\\n]*=[ \\t\\n]*)("[^"<]*"|'[^'<]*')`, 'y');
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
