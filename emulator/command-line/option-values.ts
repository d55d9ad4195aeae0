/** A command line that cannot be honoured. The message names the option and what would be understood. */
export class QemuOptionError extends Error {
  override readonly name = 'QemuOptionError';
}

/** The value of an option such as `-device`: a first word, and `key=value` pairs after commas. */
export interface OptionValue {
  first: string;
  parameters: Map<string, string>;
}

const TRUE = ['on', 'yes', 'true', 'y'];
const FALSE = ['off', 'no', 'false', 'n'];
const UNITS: Record<string, number> = { '': 1, B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Splits at commas; a doubled comma stands for one that belongs to the value. */
export function splitCommas(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (const [piece] of text.matchAll(/,,|,|[^,]+/g)) {
    if (piece === ',') {
      parts.push(part);
      part = '';
    } else {
      part += piece === ',,' ? ',' : piece;
    }
  }
  return [...parts, part];
}

/**
 * Reads the value of `option`. A first part without `=` is the value of `firstKey`; `firstKey=` may be written out, and
 * anywhere. A later part without `=` is a switch turned on. The last of several equal keys counts.
 */
export function parseOptionValue(option: string, text: string, firstKey: string, known: readonly string[]): OptionValue {
  const parameters = new Map<string, string>();
  splitCommas(text).forEach((part, index) => {
    const equals = part.indexOf('=');
    if (part === '') throw new QemuOptionError(`${option} ${text}: there is nothing before or after a comma`);
    if (equals < 0 && index === 0) parameters.set(firstKey, part);
    else if (equals < 0) parameters.set(part, 'on');
    else parameters.set(part.slice(0, equals), part.slice(equals + 1));
  });
  for (const key of parameters.keys()) {
    if (key !== firstKey && !known.includes(key)) {
      const choice = known.length === 0 ? 'none is supported' : `supported: ${known.join(', ')}`;
      throw new QemuOptionError(`${option} ${text}: unknown parameter '${key}' (${choice})`);
    }
  }
  return { first: parameters.get(firstKey) ?? '', parameters };
}

export function parseSwitch(option: string, key: string, text: string): boolean {
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  throw new QemuOptionError(`${option}: '${key}' is on or off, not '${text}'`);
}

/** Bytes, from a number with an optional unit (K, M, G, T); without one, in `defaultUnit`. */
export function parseSize(option: string, text: string, defaultUnit: string): number {
  const match = /^(0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)([bBkKmMgGtT]?)$/.exec(text);
  if (!match) throw new QemuOptionError(`${option}: '${text}' is not a size such as 512M or 2G`);
  const unit = UNITS[(match[2] || defaultUnit).toUpperCase()] ?? 1;
  return Math.floor(Number(match[1]) * unit);
}

/** A whole number in decimal, or in hexadecimal after 0x. */
export function parseNumber(option: string, key: string, text: string): number {
  const value = /^(0[xX][0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new QemuOptionError(`${option}: '${key}' is a number, not '${text}'`);
  return value;
}

/** Refuses a word that is not among the choices, and names them. */
export function requireWord(option: string, word: string, choices: readonly string[]): void {
  if (choices.includes(word)) return;
  throw new QemuOptionError(`${option} '${word}' is not supported (supported: ${choices.join(', ')})`);
}
