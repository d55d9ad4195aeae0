/** Gives bytes back at once: who makes little JavaScript has seldom garbage collected. Nobody may use them any more. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === byteLength) (buffer as { transfer?: (length: number) => unknown }).transfer?.(0);
}
