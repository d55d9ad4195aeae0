/** Files of code that the engine has made, for the next process. The engine believes what it is given: so a digest is before it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Bytes of SHA-256. */
const DIGEST_SIZE = 32;

const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();

/** What is to be written. */
export const toEngineFile = (code: Uint8Array): Buffer => Buffer.concat([sha256(code), code]);

/** Undefined when there is nothing, or not what was written. */
export function readEngineFile(path: string): Buffer | undefined {
  try {
    const content = readFileSync(path);
    const code = content.subarray(DIGEST_SIZE);
    return sha256(code).equals(content.subarray(0, DIGEST_SIZE)) ? code : undefined;
  } catch {
    return undefined;
  }
}
