/** A device tree read back from its blob: nodes by path, properties as bytes in hexadecimal. */
export type FlatTree = Map<string, Map<string, string>>;

export function readFdt(blob: Uint8Array): FlatTree {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (bytes.readUInt32BE(0) !== 0xd00dfeed) throw new Error('not a device tree blob');
  let at = bytes.readUInt32BE(8);
  const strings = bytes.readUInt32BE(12);
  const text = (from: number): string => bytes.toString('latin1', from, bytes.indexOf(0, from));
  const aligned = (offset: number): number => (offset + 3) & ~3;
  const tree: FlatTree = new Map();
  const path: string[] = [];
  for (;;) {
    const token = bytes.readUInt32BE(at);
    at += 4;
    if (token === 1) {
      const name = text(at);
      at = aligned(at + name.length + 1);
      path.push(name);
      tree.set(path.join('/'), new Map());
    } else if (token === 2) {
      path.pop();
    } else if (token === 3) {
      const length = bytes.readUInt32BE(at);
      const name = text(strings + bytes.readUInt32BE(at + 4));
      tree.get(path.join('/'))!.set(name, bytes.toString('hex', at + 8, at + 8 + length));
      at = aligned(at + 8 + length);
    } else if (token === 9) {
      return tree;
    } else if (token !== 4) {
      throw new Error(`unknown token ${token} at ${at - 4}`);
    }
  }
}
