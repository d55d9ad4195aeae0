import { createHmac, getHashes, timingSafeEqual } from 'node:crypto';
import { ConnectionError } from './connection-error.js';

/** Signs and verifies the four JSON frames of a message with the key of the connection file. */
export interface Signer {
  sign(frames: readonly Uint8Array[]): string;
  verify(frames: readonly Uint8Array[], signature: Uint8Array): boolean;
}

/**
 * @param scheme as in a connection file: `hmac-` and the name of a digest.
 * @param key an empty key turns signing off, as the protocol says.
 * @throws ConnectionError when the scheme is not one that this Node can compute.
 */
export function createSigner(scheme: string, key: string): Signer {
  if (key === '') return { sign: () => '', verify: () => true };
  const digest = /^hmac-(\w+)$/.exec(scheme)?.[1];
  // An unknown digest is reported now, not at the first message.
  if (!digest || !getHashes().includes(digest))
    throw new ConnectionError(`unknown signature scheme '${scheme}' in the connection file: expected hmac-sha256`);
  const sign = (frames: readonly Uint8Array[]): string => {
    const hmac = createHmac(digest, key);
    for (const frame of frames) hmac.update(frame);
    return hmac.digest('hex');
  };
  return {
    sign,
    verify(frames, signature) {
      const expected = Buffer.from(sign(frames), 'ascii');
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    },
  };
}
