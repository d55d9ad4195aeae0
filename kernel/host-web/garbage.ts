/** Bytes, and buffers of so many, at whose allocation an engine looks for what nobody uses any more. Nothing is written to them: they take no memory. */
const PRESSURE = 2 ** 28;
const BUFFERS = 8;

/**
 * Has the engine soon give back buffers that nobody uses any more. It does so when much was allocated outside of its own heap, and would let
 * a hundred megabytes of replaced images stay; it has no other way to ask.
 */
export function collectSoon(): void {
  const held: ArrayBuffer[] = [];
  try {
    while (held.length < BUFFERS) held.push(new ArrayBuffer(PRESSURE));
  } catch {
    // There is no room for so much: then it has looked already.
  }
}
