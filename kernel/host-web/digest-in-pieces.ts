/** What a large file is known by: the browser's own digest takes its bytes at once, and a file of megabytes is read in pieces. */
import { closeSync, openSync, readSync } from 'node:fs';

const PIECE = 2 ** 20;

/** SHA-256 of the SHA-256 of the file's pieces. Only where a page has the browser's storage, it has the browser's digests. */
export async function digestInPieces(path: string): Promise<string> {
  const digests: Uint8Array[] = [];
  const piece = new Uint8Array(PIECE);
  const file = openSync(path, 'r');
  try {
    for (let count; (count = readSync(file, piece, 0, PIECE, digests.length * PIECE)) > 0;)
      digests.push(new Uint8Array(await crypto.subtle.digest('SHA-256', piece.subarray(0, count))));
  } finally {
    closeSync(file);
  }
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.concat(digests))).toString('hex');
}
