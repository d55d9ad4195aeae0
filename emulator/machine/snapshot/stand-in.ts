/** What is left of an image that is in RAM, where nobody keeps its bytes: what snapshots say of it. */
export interface ImageDescription {
  length: number;
  sha256: string;
}

const known = new WeakMap<Uint8Array, ImageDescription>();

/** Empty bytes in the place of the image's. No machine can begin with them. */
export function standIn(image: ImageDescription): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(0);
  known.set(bytes, image);
  return bytes;
}

/** Undefined for bytes that stand for nothing but themselves. */
export const standsFor = (bytes: Uint8Array): ImageDescription | undefined => known.get(bytes);
