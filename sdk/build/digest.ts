import { createHash, type BinaryLike } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256 of the parts, each with its length, so that no two lists of parts run into each other; in hex. */
export function digest(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part as BinaryLike);
  return hash.digest('hex');
}

/** Builds look at a hundred small files: to wait for each takes several times as long as to read it. */
export async function fileDigest(path: string): Promise<string> {
  return digest(readFileSync(path));
}

/** All files below a folder, relative to it, sorted; none when it is not there. */
export async function filesBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
