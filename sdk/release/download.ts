/** A large file by HTTPS. What an interrupted download has brought is kept, and the next one goes on from there. */
import { createWriteStream, promises as fs } from 'node:fs';
import { isIPv4 } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { readOrNothing, writeFileAtomically } from '../cache.js';
import type { Work } from '../progress.js';

/** The address cannot be fetched, or what comes from there is not what was asked for. The message says what to do. */
export class DownloadError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DownloadError';
  }
}

/** Redirections of one request. */
const MOST_HOPS = 10;

/** How a server names this version of a file (RFC 9110, 8.8): a download goes on only with the same one. */
interface Version {
  url: string;
  tag: string;
}

/**
 * Fetches `url` into `file`, and follows redirections. Until all is there, it is in `file.part`.
 * @param work its progress counts bytes
 * @throws DownloadError, or the signal's reason
 */
export async function download(url: string, file: string, { onProgress, signal }: Work = {}): Promise<void> {
  const part = `${file}.part`;
  const { response, begun } = await goOn(url, part, signal);
  await keepVersion(part, url, response);
  const length = Number(response.headers.get('content-length') ?? 0);
  const total = length > 0 ? begun + length : 0;
  let done = begun;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      done += chunk.length;
      onProgress?.({ label: `fetching ${inMegabytes(done)}${total ? ` of ${inMegabytes(total)}` : ''}`, done, total });
      yield chunk;
    }
  };
  try {
    const file = createWriteStream(part, { flags: begun > 0 ? 'a' : 'w' });
    await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), counted, file, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new DownloadError(
      `the connection broke after ${inMegabytes(done)} (${reasonOf(error)}): type the same again to go on from there`,
    );
  }
  if (total > 0 && done !== total)
    throw new DownloadError(`only ${inMegabytes(done)} of ${inMegabytes(total)} came: type the same again to go on from there`);
  await fs.rename(part, file);
  await forget(part);
}

/** The answer that brings what `part` has not. `begun`: the bytes of `part` that stay. */
async function goOn(url: string, part: string, signal?: AbortSignal): Promise<{ response: Response; begun: number }> {
  const version = await knownVersion(part, url);
  const size = version ? ((await fs.stat(part).catch(() => undefined))?.size ?? 0) : 0;
  const headers = version && size > 0 ? { range: `bytes=${size}-`, 'if-range': version.tag } : {};
  const response = await request(url, headers, signal);
  if (response.ok) return { response, begun: response.status === 206 ? size : 0 };
  await response.body?.cancel();
  if (response.status !== 416 || size === 0) throw refused(url, response);
  // The server's file is no longer than what is here: it is another one.
  await forget(part);
  return goOn(url, part, signal);
}

const refused = (url: string, { status, statusText }: Response): DownloadError =>
  new DownloadError(`${url} cannot be fetched: the server says ${status} ${statusText}`.trim());

/** A small text; undefined where the server has none. @throws DownloadError, or the signal's reason */
export async function fetchText(url: string, signal?: AbortSignal): Promise<string | undefined> {
  const response = await request(url, {}, signal);
  if (response.ok) return response.text();
  await response.body?.cancel();
  if (response.status === 404) return undefined;
  throw refused(url, response);
}

/** Follows redirections, each to where it may lead: whoever is on the way of one without encryption could send us anywhere. */
async function request(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  let address = url;
  for (let hops = 0; hops < MOST_HOPS; hops++) {
    requireSafe(address);
    const response = await requestOne(address, headers, signal);
    const next = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (next === null) return response;
    await response.body?.cancel();
    address = new URL(next, address).href;
  }
  throw new DownloadError(`${url} cannot be fetched: it leads from one address to the next, ${MOST_HOPS} times`);
}

async function requestOne(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, redirect: 'manual', ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw new DownloadError(`${url} cannot be reached (${reasonOf(error)}): is this computer on the network?`);
  }
}

/**
 * Without encryption anybody on the way can change a file; on the way to this computer itself there is nobody.
 * @throws DownloadError for an address that is not fetched
 */
export function requireSafe(url: string): void {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new DownloadError(`'${url}' is not an address: it begins with https://`);
  }
  const { protocol, hostname } = parsed;
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback)) return;
  throw new DownloadError(`${url} is not fetched: the address must begin with https://`);
}

/** What `part` was begun with; undefined where it cannot go on. */
async function knownVersion(part: string, url: string): Promise<Version | undefined> {
  try {
    const version = JSON.parse((await readOrNothing(`${part}.json`)) ?? 'null') as Partial<Version> | null;
    return version?.url === url && typeof version.tag === 'string' ? { url, tag: version.tag } : undefined;
  } catch {
    return undefined;
  }
}

async function keepVersion(part: string, url: string, { headers }: Response): Promise<void> {
  // A weak tag may stay the same when bytes change.
  const tag = [headers.get('etag'), headers.get('last-modified')].find((each) => each !== null && !each.startsWith('W/'));
  if (tag) await writeFileAtomically(`${part}.json`, JSON.stringify({ url, tag } satisfies Version));
  else await fs.rm(`${part}.json`, { force: true });
}

async function forget(part: string): Promise<void> {
  await Promise.all([part, `${part}.json`].map((path) => fs.rm(path, { force: true })));
}

const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** `fetch` hides the reason in the cause of its error. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
