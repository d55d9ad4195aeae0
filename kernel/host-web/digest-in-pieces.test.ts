import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestInPieces } from './digest-in-pieces.js';

test('a file is known by all of its bytes, and by their order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  const digestOf = (bytes: Uint8Array): Promise<string> => {
    const file = join(folder, 'file');
    writeFileSync(file, bytes);
    return digestInPieces(file);
  };
  const bytes = new Uint8Array(2.5 * 2 ** 20);
  try {
    const digests = new Set([await digestOf(bytes), await digestOf(bytes.subarray(1)), await digestOf(new Uint8Array(0))]);
    for (const place of [0, 2 ** 20 - 1, 2 ** 20, 2 ** 21 + 5, bytes.length - 1]) {
      const other = bytes.slice();
      other[place] = 1;
      digests.add(await digestOf(other));
    }
    expect(digests.size).toBe(8);
    expect([...digests].every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
    expect(digests).toContain(await digestOf(bytes.slice()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
