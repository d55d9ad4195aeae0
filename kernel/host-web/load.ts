/** What the kernel loads from the site, packed by gzip whatever the server thinks of it. */

import { UserError } from '../session/user-error.js';
import { dropKept, fetchKept, keepFiles } from './kept-files.js';

/** Where this module is: what it loads is beside it. */
const HERE = import.meta.url;

export const addressOf = (path: string): URL => new URL(path, HERE);

/**
 * @param received called with the number of packed bytes that have come, again and again
 * @throws UserError that says which file is missing
 */
export async function load(path: string, received?: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const url = addressOf(path);
  const response = await fetchKept(url.href).catch((error: unknown) => {
    throw notLoaded(url, error instanceof Error ? error.message : String(error));
  });
  if (!response.ok || !response.body) throw notLoaded(url, `${response.status} ${response.statusText}`);
  const counted = received ? response.body.pipeThrough(counting(received)) : response.body;
  const unpacked = counted.pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  } catch (error) {
    // It is not whole: the next time it comes from the site.
    await dropKept(url.href);
    throw notLoaded(url, error instanceof Error ? error.message : String(error));
  }
}

const notLoaded = (url: URL, why: string): UserError =>
  new UserError('SiteError', `${url.href} could not be loaded: ${why}`, 'It is needed once. Check the network, and run the cell again.');

/** The folder of this version of the site, and what those of others begin with. */
const VERSION = addressOf('.').href;
const VERSIONS = new URL('..', VERSION).href;

/** Keeps what a page loads in any case; files of other versions are dropped. @param programs their paths, beside this module */
export function keepPrograms(programs: readonly string[]): Promise<void> {
  const isOlder = (url: string): boolean => url.startsWith(VERSIONS) && !url.startsWith(VERSION);
  return keepFiles(
    programs.map((path) => addressOf(path).href),
    isOlder,
  );
}

const counting = (received: (bytes: number) => void): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> =>
  new TransformStream({
    transform(chunk, stream) {
      received(chunk.byteLength);
      stream.enqueue(chunk);
    },
  });
