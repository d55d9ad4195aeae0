/** Bytes as base64 (RFC 4648, section 4, with padding). */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = '='.charCodeAt(0);
const codes = Uint8Array.from(DIGITS, (digit) => digit.charCodeAt(0));
const NONE = 0xff;
const values = new Uint8Array(128).fill(NONE);
codes.forEach((code, value) => (values[code] = value));

const ascii = new TextDecoder('latin1');

export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let from = 0; from < bytes.length; from += 3) {
    const triple = (bytes[from]! << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    text[at++] = codes[triple >>> 18]!;
    text[at++] = codes[(triple >>> 12) & 63]!;
    text[at++] = codes[(triple >>> 6) & 63]!;
    text[at++] = codes[triple & 63]!;
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  text.fill(PADDING, at - missing, at);
  return ascii.decode(text);
}

/** Undefined for what `toBase64` cannot have written. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let [bits, count, at] = [0, 0, 0];
  for (let i = 0; i < digits; i++) {
    const value = values[text.charCodeAt(i)] ?? NONE;
    if (value === NONE) return undefined;
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at++] = bits >>> count;
    bits &= (1 << count) - 1;
  }
  return bits === 0 ? bytes : undefined;
}
