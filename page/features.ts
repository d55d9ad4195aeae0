/** What the machine needs and this browser lacks, in words; undefined: it has all. */
export function missingFeature(): string | undefined {
  // An empty function that has a value of 128 bits: WebAssembly's SIMD.
  const simd = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);
  if (typeof Worker !== 'function') return 'web workers';
  if (typeof WebAssembly !== 'object') return 'WebAssembly';
  if (!WebAssembly.validate(simd)) return 'SIMD of WebAssembly';
  if (typeof DecompressionStream !== 'function') return 'DecompressionStream';
  return undefined;
}

/** What a reader can do then. */
export const lacks = (feature: string): string => `this browser has no ${feature}, which the machine needs: take a newer one to run cells`;
