/** What the kernel loads from the site, packed by gzip whatever the server thinks of it. */

import { UserError } from '../session/user-error.js';
import { dropKept, findFile, keepFile, keepFiles } from './kept-files.js';

/** Where this module is: what it loads is beside it. */
const HERE = import.meta.url;

export const addressOf = (path: string): URL => new URL(path, HERE);

/** What a file is marked with that is kept as it is once it is unpacked: unpacking takes longer than reading does. */
const UNPACKED = 'x-virtbook-unpacked';
/** Bytes up to which files are kept so. What is larger is read seldom, and has a snapshot beside it: the compiler. */
const MOST_UNPACKED = 2 ** 25;

/**
 * @param received called with the number of packed bytes that have come, again and again
 * @throws UserError that says which file is missing
 */
export async function load(path: string, received?: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const url = addressOf(path);
  const { response, isKept } = await findFile(url.href).catch((error: unknown) => {
    throw notLoaded(url, error instanceof Error ? error.message : String(error));
  });
  if (!response.ok || !response.body) throw notLoaded(url, `${response.status} ${response.statusText}`);
  try {
    if (response.headers.has(UNPACKED)) return new Uint8Array(await response.arrayBuffer());
    const counted = received ? new Response(response.body.pipeThrough(counting(received))) : response;
    const packed = new Uint8Array(await counted.arrayBuffer());
    const bytes = await unpacked(packed);
    // Beside what is made of it: a response has a copy of its own.
    const asItCame = (): Response => new Response(packed);
    if (!isKept) void keepFile(url.href, bytes.length <= MOST_UNPACKED ? unpackedResponse(bytes) : asItCame(), asItCame);
    return bytes;
  } catch (error) {
    // It is not whole: the next time it comes from the site.
    await dropKept(url.href);
    throw notLoaded(url, error instanceof Error ? error.message : String(error));
  }
}

const unpackedResponse = (bytes: Uint8Array<ArrayBuffer>): Response => new Response(bytes, { headers: { [UNPACKED]: 'yes' } });

/** Its size is known: the last four bytes of what gzip has packed. So there is no second copy of the whole on the way. @throws where it is not whole */
async function unpacked(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (packed.length < 4) throw new Error('it is not whole');
  const bytes = new Uint8Array(new DataView(packed.buffer).getUint32(packed.length - 4, true));
  let at = 0;
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  for (const reader = stream.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes.set(value, at);
    at += value.length;
  }
  if (at !== bytes.length) throw new Error('it is not whole');
  return bytes;
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
