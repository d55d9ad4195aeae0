/** Network byte order, and the Internet checksum (RFC 1071). */

/** A byte; 0 after the end. */
export function read8(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

export function read16(bytes: Uint8Array, offset: number): number {
  return (read8(bytes, offset) << 8) | read8(bytes, offset + 1);
}

export function read32(bytes: Uint8Array, offset: number): number {
  return ((read16(bytes, offset) << 16) | read16(bytes, offset + 2)) >>> 0;
}

export function write16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >> 8;
  bytes[offset + 1] = value;
}

export function write32(bytes: Uint8Array, offset: number, value: number): void {
  write16(bytes, offset, value >>> 16);
  write16(bytes, offset + 2, value & 0xffff);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

/** The Internet checksum over the parts in turn. Every part but the last must have an even length. */
export function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    // An odd byte at the end counts as one with a zero after it.
    for (let i = 0; i < part.length; i += 2) sum += read16(part, i);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** The pseudo header that UDP and TCP checksums cover (RFC 768, RFC 9293 section 3.1). */
export function pseudoHeader(source: number, destination: number, protocol: number, length: number): Uint8Array {
  const header = new Uint8Array(12);
  write32(header, 0, source);
  write32(header, 4, destination);
  header[9] = protocol;
  write16(header, 10, length);
  return header;
}

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as Latin-1 text: never fails, one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
