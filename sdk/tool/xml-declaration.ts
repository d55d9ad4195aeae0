/**
 * The first line of many XML files. What it must look like is what the XML reader of Microkit's tool asks: names in this order, a value
 * for each, and the values are not looked at. That reader takes `<?xml` for a declaration only where a space follows it; anything else of
 * that name is a processing instruction, which may say anything.
 */
import { matchAt, QUALIFIED_NAME } from './start-tag.js';

/** How a declaration begins. */
export const DECLARATION = '<?xml ';

const BLANKS = /[ \t\n]*/y;
const NAME = new RegExp(QUALIFIED_NAME, 'yu');
const SIGN = /[ \t\n]*=[ \t\n]*/y;
const VALUE = /"[^"<]*"|'[^'<]*'/y;
const HINT = 'write <?xml version="1.0" encoding="UTF-8"?>';

/** What is wrong with a declaration, and where. */
export interface DeclarationFault {
  offset: number;
  message: string;
  hint: string;
}

/** The offset after the declaration that a text begins with, or what is wrong with it. */
export function readDeclaration(text: string): { end: number } | DeclarationFault {
  let at = DECLARATION.length - 1;
  const blanks = (): number => matchAt(BLANKS, text, at)?.[0].length ?? 0;
  const fault = (message: string): DeclarationFault => ({ offset: at, message, hint: HINT });
  at += blanks();
  for (const name of ['version', 'encoding', 'standalone']) {
    if (!text.startsWith(name, at)) {
      if (name === 'version') return fault("expected 'version' in the XML declaration");
      continue;
    }
    at += matchAt(NAME, text, at)?.[0].length ?? 0;
    const sign = matchAt(SIGN, text, at)?.[0];
    if (sign === undefined) return fault(`expected '=' after '${name}' in the XML declaration`);
    at += sign.length;
    const value = matchAt(VALUE, text, at)?.[0];
    if (value === undefined) return fault(`'${name}' in the XML declaration has no value in quotes`);
    at += value.length;
    const between = blanks();
    if (between === 0 && name !== 'standalone' && at < text.length && !text.startsWith('?>', at)) {
      return fault(`expected a blank after the '${name}' of the XML declaration`);
    }
    at += between;
  }
  if (!text.startsWith('?>', at)) return fault("expected '?>' at the end of the XML declaration");
  return { end: at + '?>'.length };
}

/** Why a declaration that begins at `at` is not where it may be. */
export function misplacedDeclaration(text: string, at: number): string {
  return text.startsWith(DECLARATION)
    ? 'the file has one already: remove this one'
    : `it must be the first thing in the file: remove ${text.slice(0, at).trim() === '' ? 'the blanks and lines' : 'what is'} before it, or the declaration`;
}
