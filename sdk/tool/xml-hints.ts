/** What is probably meant where a system description is not well-formed. */
import { ELEMENTS, isElementName } from './elements.js';
import { nearest } from './nearest.js';

/** Why a closing tag does not close what is open. `where`: the line and column of what is open. */
export function closingHint(opened: string, closing: string, where: string): string {
  if (!isElementName(opened)) {
    const meant = isElementName(closing) ? closing : nearest(opened, Object.keys(ELEMENTS));
    return `there is no element '${opened}' (${where})${meant ? `: did you mean <${meant}>?` : ''}`;
  }
  if (!isElementName(closing)) {
    return `'${closing}' is not an element: did you mean </${opened}>, for the '${opened}' on ${where}?`;
  }
  if (ELEMENTS[opened].children.length === 0) return `the '${opened}' on ${where} holds nothing: end its tag with />`;
  return `'${opened}' was opened on ${where}: close it first, with </${opened}> or by ending its tag with />`;
}

/** What is wrong with a start tag from `at` on, where neither an attribute nor its end follows. */
export function damageHint(text: string, at: number): string {
  const [line = ''] = text
    .slice(at, at + 400)
    .replace(/^\s*/, '')
    .split('\n', 1);
  const before = text.slice(0, at);
  return swallowedValue(before) ?? damagedAttribute(line, before) ?? GENERAL;
}

const GENERAL = 'attributes look like name="value", with quotes, a space before each, and no < inside; a tag ends with > or />';

/** A value whose last quote is missing ends at the next one, and that begins the next value. */
function swallowedValue(before: string): string | undefined {
  const [, name, value] = /([\w:.-]+)\s*=\s*"([^"\s]*)\s+[\w:.-]+\s*=\s*"$/.exec(before.slice(before.lastIndexOf('<'))) ?? [];
  return name && `a quote is missing: write ${name}="${value}"`;
}

function damagedAttribute(line: string, before: string): string | undefined {
  const [, name, after = ''] = /^([\w:.-]+)\s*(=?.*)$/.exec(line) ?? [];
  if (!name) return undefined;
  if (/^=\s*[\u2018-\u201f\u00ab\u00bb]/.test(after)) return `these quotes are for prose: write ${name}="..." with straight ones`;
  const bare = /^=\s*([^\s"'<>/]+)/.exec(after)?.[1];
  if (bare !== undefined) return `put the value in quotes: write ${name}="${bare}"`;
  if (/^=\s*["']/.test(after)) {
    return /["']$/.test(before) ? `put a space before ${name}` : `a quote is missing at the end: write ${name}="..."`;
  }
  return after.startsWith('=') ? undefined : `${name} has no value: write ${name}="..."`;
}
