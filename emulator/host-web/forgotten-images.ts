/** Images that are in a machine's RAM, and nowhere else any more: tens of megabytes that only its snapshots have something to say of. */
import type { MachineOptions } from '../machine/options.js';
import { type ImageDescription, standIn } from '../machine/snapshot/stand-in.js';
import type { MachineRequest } from '../server/protocol.js';
import { collectSoon, giveBack } from './give-back.js';

/** Bytes of a field that stands somewhere in the options, and how others are put there. */
interface Place {
  bytes: Uint8Array;
  put: (bytes: Uint8Array) => void;
}

function imagesOf({ loaders, linux }: MachineOptions): Place[] {
  const places: Place[] = loaders.map((image) => ({ bytes: image.bytes, put: (bytes) => (image.bytes = bytes) }));
  if (linux) {
    places.push({ bytes: linux.kernel, put: (bytes) => (linux.kernel = bytes) });
    if (linux.initrd) places.push({ bytes: linux.initrd, put: (bytes) => (linux.initrd = bytes) });
  }
  return places.filter(({ bytes }) => bytes.length > 0);
}

export class ForgottenImages {
  /** What snapshots say of them. */
  private described: Promise<unknown> = Promise.resolve();

  /**
   * Calls `start` with what it waits for, and forgets the images of a machine that has begun with them. Pages over http from another
   * computer have no digests at once, and keep them. A message also holds what it has brought, until the engine collects it.
   */
  async during(request: MachineRequest, start: () => void): Promise<void> {
    if (request.type === 'snapshot' || request.type === 'saveSnapshot') await this.described;
    const subtle = (crypto as Partial<Crypto>).subtle;
    const places = request.type === 'start' && subtle ? imagesOf(request.options) : [];
    // What is digested is as it was asked: the engine takes a copy.
    const digests = places.map(({ bytes }) => subtle!.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
    start();
    if (request.type === 'restore' || request.type === 'restoreFile') setTimeout(collectSoon);
    if (places.length === 0) return;
    const descriptions = places.map(({ bytes, put }): ImageDescription => {
      const description = { length: bytes.length, sha256: '' };
      put(standIn(description));
      giveBack(bytes);
      return description;
    });
    this.described = Promise.all(
      digests.map(async (digest, at) => {
        descriptions[at]!.sha256 = hexadecimal(new Uint8Array(await digest));
      }),
    );
    void this.described.then(collectSoon);
  }
}

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
