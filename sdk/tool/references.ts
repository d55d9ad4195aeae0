/** References in XML text: the five named ones, and characters by number. */

const REFERENCE = /&(?:#(\d+)|#x([0-9A-Fa-f]+)|(\w+));/g;
const REFERENCE_HERE = new RegExp(REFERENCE.source, 'y');

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Text with its references resolved; those that are wrong stay as they are. */
export function resolveReferences(text: string): string {
  return text.includes('&') ? text.replace(REFERENCE, (whole, ...groups: (string | undefined)[]) => meaning(groups) ?? whole) : text;
}

/** The character that a reference stands for, by the groups of `REFERENCE`; undefined where there is none. */
function meaning([decimal, hex, name]: readonly (string | undefined)[]): string | undefined {
  if (name !== undefined) return ENTITIES.get(name);
  const code = decimal === undefined ? parseInt(hex ?? '', 16) : parseInt(decimal, 10);
  if (code > 0xffff_ffff) return undefined;
  // As Microkit's reader has it: what is the number of no character stands for the one that says so.
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return '\uFFFD';
  return isCharacter(code) ? String.fromCodePoint(code) : undefined;
}

function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13;
  return code !== 0xfffe && code !== 0xffff;
}

/** The first reference between two offsets that XML does not know. */
export function wrongReference(text: string, from: number, to: number): { offset: number; message: string; hint: string } | undefined {
  for (let at = text.indexOf('&', from); at >= 0 && at < to; at = text.indexOf('&', at + 1)) {
    REFERENCE_HERE.lastIndex = at;
    const match = REFERENCE_HERE.exec(text);
    if (!match) return { offset: at, message: 'malformed entity reference', hint: 'write &amp; for a plain &' };
    const [whole, ...groups] = match;
    if (meaning(groups) === undefined) {
      const hint = 'XML knows &lt; &gt; &amp; &quot; &apos; and &#number;';
      return { offset: at, message: `unknown entity reference '${whole}'`, hint };
    }
  }
  return undefined;
}
