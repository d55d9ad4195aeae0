/**
 * JSON whose whole numbers keep all their digits. Metadata may have numbers of 64 bits, such as a time in nanoseconds, and
 * JavaScript's would lose the last of them when a notebook is written again.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Such a number is a text that begins with this, which no person types. */
const MARK = '\uE000integer:';
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/** As `JSON.parse`, but a whole number that JavaScript has not is a text, which `formatExactly` writes as the number that it was. */
export function parseExactly(text: string): unknown {
  return JSON.parse(/\d{16}/.test(text) ? text.replace(TOKEN, (token) => (isLost(token) ? JSON.stringify(MARK + token) : token)) : text);
}

const isLost = (token: string): boolean => /^-?\d{16,}$/.test(token) && String(Number(token)) !== token;

/** As Jupyter indents it. */
export const formatExactly = (value: unknown): string => JSON.stringify(value, undefined, 1).replace(MARKED, '$1');
