/** Gives bytes back at once: who makes little JavaScript has seldom garbage collected. Nobody may use them any more. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === byteLength) (buffer as { transfer?: (length: number) => unknown }).transfer?.(0);
}

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
