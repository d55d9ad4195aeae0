/** Many files as one: the length of a list (32 bits, little-endian), the list as JSON, then the files in its order. */

/** Paths with `/` between their parts. */
export type PackedFiles = ReadonlyMap<string, Uint8Array>;

export function packFiles(files: PackedFiles): Uint8Array {
  const list = new TextEncoder().encode(JSON.stringify([...files].map(([path, { length }]) => [path, length])));
  const bytes = new Uint8Array(4 + list.length + [...files.values()].reduce((sum, { length }) => sum + length, 0));
  new DataView(bytes.buffer).setUint32(0, list.length, true);
  bytes.set(list, 4);
  let at = 4 + list.length;
  for (const content of files.values()) {
    bytes.set(content, at);
    at += content.length;
  }
  return bytes;
}

/** @throws Error for anything else than what `packFiles` has made */
export function unpackFiles(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 4 + (bytes.length < 4 ? Infinity : view.getUint32(0, true));
  if (start > bytes.length) throw new Error('this is not a pack of files, or it is not whole');
  const list = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start))) as [path: string, length: number][];
  const files = new Map<string, Uint8Array>();
  let at = start;
  for (const [path, length] of list) {
    if (at + length > bytes.length) throw new Error('this pack of files is not whole');
    files.set(path, bytes.subarray(at, (at += length)));
  }
  return files;
}
