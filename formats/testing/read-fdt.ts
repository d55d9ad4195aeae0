/** Reads a blob back, by the specification's structure block and nothing of the writer. */
export function fdtProperties(bytes: Uint8Array): Map<string, Buffer> {
  const blob = Buffer.from(bytes);
  const u32 = (at: number): number => blob.readUInt32BE(at);
  expect([u32(0), u32(4), u32(20), u32(24)]).toEqual([0xd00dfeed, blob.length, 17, 16]);
  const [structure, strings] = [u32(8), u32(12)];
  expect(structure % 4).toBe(0);
  expect(u32(16) % 8).toBe(0);
  const text = (at: number): string => blob.toString('latin1', at, blob.indexOf(0, at));
  const properties = new Map<string, Buffer>();
  const path: string[] = [];
  for (let at = structure; ;) {
    const token = u32(at);
    at += 4;
    if (token === 1) {
      const name = text(at);
      path.push(name);
      at += (name.length + 4) & ~3;
    } else if (token === 2) path.pop();
    else if (token === 3) {
      const size = u32(at);
      properties.set(`${path.join('/')}:${text(strings + u32(at + 4))}`, blob.subarray(at + 8, at + 8 + size));
      at += 8 + ((size + 3) & ~3);
    } else {
      expect([token, at, path]).toEqual([9, structure + u32(36), []]);
      return properties;
    }
  }
}
