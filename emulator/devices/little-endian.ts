/** Numbers as the guest's memory has them. */

/** 16 bits; zeros after the end. */
export function read16(bytes: Uint8Array, offset = 0): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
}
