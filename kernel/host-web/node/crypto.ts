/** Node's `crypto`: digests at once, which a browser's own can only give later. */
import { sha256 } from '@noble/hashes/sha2.js';
import { Buffer } from 'buffer';
import { randomId } from '../random-id.js';

class Hash {
  private readonly hash = sha256.create();

  update(data: string | Uint8Array): this {
    this.hash.update(typeof data === 'string' ? new TextEncoder().encode(data) : data);
    return this;
  }

  digest(encoding?: BufferEncoding): Buffer | string {
    const bytes = Buffer.from(this.hash.digest());
    return encoding === undefined ? bytes : bytes.toString(encoding);
  }
}

export function createHash(name: string): Hash {
  if (name !== 'sha256') throw new Error(`a page has no ${name}`);
  return new Hash();
}

export const randomUUID = randomId;
export const randomBytes = (length: number): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(length)));
/** From 0 to `limit` - 1; `limit` up to 2^32. */
export const randomInt = (limit: number): number => Math.floor((crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32) * limit);
