import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchedRelease, fetchRelease, type FetchRelease } from './release.js';

/** Bytes that cannot be packed, the same each time. */
const noise = (length: number): Buffer =>
  Buffer.concat(Array.from({ length: length / 32 }, (_, n) => createHash('sha256').update(String(n)).digest()));

/** An archive as the project packs it, with a folder around all. */
function archiveOf(folder: string, parts: readonly string[]): Buffer {
  const around = join(folder, 'microkit-sdk-9.9.9');
  for (const part of parts) {
    mkdirSync(join(around, part), { recursive: true });
    writeFileSync(join(around, part, 'file'), noise(400_000));
  }
  const file = join(folder, 'archive.tar.gz');
  expect(spawnSync('tar', ['-czf', file, '-C', folder, 'microkit-sdk-9.9.9']).status).toBe(0);
  const content = readFileSync(file);
  rmSync(around, { recursive: true });
  rmSync(file);
  return content;
}

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

let folder: string;
let server: Server;
let base: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: { url: string; range: string | undefined }[];
let good: Buffer;
const environment = process.env.VIRTBOOK_CACHE;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sdk release '));
  good = archiveOf(folder, ['bin', 'board']);
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', range: request.headers.range });
    answer(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(folder, 'cache '));
  process.env.VIRTBOOK_CACHE = cache;
  asked = [];
  answer = serve(good);
});
afterEach(() => {
  if (environment === undefined) delete process.env.VIRTBOOK_CACHE;
  else process.env.VIRTBOOK_CACHE = environment;
});

/** Serves an archive, its checksum if there is one, and parts of it where they are asked for. */
const serve =
  (content: Buffer, checksum?: string, tag = '"one"') =>
  (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url?.endsWith('.sha256')) {
      response.writeHead(checksum === undefined ? 404 : 200).end(checksum);
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const goesOn = from > 0 && request.headers['if-range'] === tag;
    const rest = goesOn ? content.subarray(from) : content;
    response.writeHead(goesOn ? 206 : 200, { 'content-length': rest.length, etag: tag }).end(rest);
  };

const get = (options: FetchRelease = {}) => fetchRelease('9.9.9', { from: `${base}/sdk.tar.gz`, ...options });
/** What is kept but notes of checksums. */
const kept = (): string[] => readdirSync(join(cache, 'releases')).filter((name) => !name.endsWith('.sha256'));

test('a release comes once, is noted, and is found by its version', async () => {
  expect(await fetchedRelease('9.9.9')).toBeUndefined();
  const steps: string[] = [];
  const first = await get({ onProgress: ({ label, done, total }) => steps.push(`${label} ${done <= total}`) });
  expect(first).toEqual({ folder: join(cache, 'releases', 'microkit-sdk-9.9.9'), sha256: sha256(good), trust: 'first', before: false });
  // And the checksums of what is in it.
  expect(readdirSync(first.folder).sort()).toEqual(['.content.json', 'bin', 'board']);
  expect(steps[0]).toMatch(/^fetching \d+\.\d MB of \d+\.\d MB true$/);
  expect(await fetchedRelease('9.9.9')).toBe(first.folder);
  expect(kept()).toEqual(['microkit-sdk-9.9.9']);
  const requests = asked.length;
  expect(await get()).toMatchObject({ trust: 'noted', before: true });
  expect(asked).toHaveLength(requests);
  await expect(get({ sha256: '0'.repeat(64) })).rejects.toThrow(/^the release in the cache is not the archive that it should be/);
});

test('the name of the archive follows the address of a folder', async () => {
  await get({ from: `${base}/releases/` });
  expect(asked.map(({ url }) => url)[1]).toMatch(/^\/releases\/microkit-sdk-9\.9\.9-(linux|macos)-(x86-64|aarch64)\.tar\.gz$/);
});

test.each([
  ['given', { sha256: '' }, undefined],
  ['beside', {}, '  sdk.tar.gz\n'],
])('the checksum that is %s counts', async (trust, options, beside) => {
  const right = sha256(good);
  answer = serve(good, beside && `${right}${beside}`);
  const wrongOptions = { ...options, ...('sha256' in options && { sha256: 'f'.repeat(64) }) };
  if (beside) answer = serve(good, `${'f'.repeat(64)}${beside}`);
  await expect(get(wrongOptions)).rejects.toThrow(`Its SHA-256 is ${right}; the one`);
  expect(kept()).toEqual([]);
  expect(existsSync(join(cache, 'releases', 'microkit-sdk-9.9.9.sha256'))).toBe(false);
  if (beside) answer = serve(good, `${right}${beside}`);
  await expect(get({ ...options, ...('sha256' in options && { sha256: right.toUpperCase() }) })).resolves.toMatchObject({ trust });
});

test('an archive that has changed since it was fetched first is refused', async () => {
  const { folder: release } = await get();
  rmSync(release, { recursive: true });
  answer = serve(archiveOf(folder, ['bin', 'board', 'doc']));
  await expect(get()).rejects.toThrow('noted when it was fetched first');
  answer = serve(good);
  await expect(get()).resolves.toMatchObject({ trust: 'noted', before: false });
});

test('a connection that breaks is told, and the next download goes on from there', async () => {
  const half = Math.floor(good.length / 2);
  answer = (request, response) => {
    if (request.url?.endsWith('.sha256')) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': good.length, etag: '"one"' });
    response.write(good.subarray(0, half), () => setImmediate(() => response.destroy()));
  };
  await expect(get()).rejects.toThrow(/^the connection broke after .*: type the same again to go on from there$/);
  answer = serve(good);
  await expect(get()).resolves.toMatchObject({ sha256: sha256(good) });
  expect(Number(/\d+/.exec(asked.at(-1)?.range ?? '')?.[0])).toBeGreaterThan(0);
});

test('a download does not go on with another file', async () => {
  const other = archiveOf(folder, ['bin', 'board', 'other']);
  answer = (request, response) => {
    if (request.url?.endsWith('.sha256')) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': other.length, etag: '"other"' });
    response.write(other.subarray(0, 1000), () => setImmediate(() => response.destroy()));
  };
  await expect(get()).rejects.toThrow('the connection broke');
  answer = serve(good);
  await expect(get()).resolves.toMatchObject({ sha256: sha256(good) });
});

test('redirections are followed, but not to where nothing is encrypted', async () => {
  const archive = serve(good);
  answer = (request, response) => {
    if (request.url === '/sdk.tar.gz') response.writeHead(302, { location: '/elsewhere' }).end();
    else archive(request, response);
  };
  await expect(get()).resolves.toMatchObject({ sha256: sha256(good) });
  answer = (_, response) => void response.writeHead(302, { location: 'http://example.org/sdk.tar.gz' }).end();
  await expect(fetchRelease('9.9.8', { from: `${base}/sdk.tar.gz` })).rejects.toThrow(
    'http://example.org/sdk.tar.gz is not fetched: the address must begin with https://',
  );
  answer = (_, response) => void response.writeHead(302, { location: '/sdk.tar.gz' }).end();
  await expect(fetchRelease('9.9.8', { from: `${base}/sdk.tar.gz` })).rejects.toThrow('it leads from one address to the next');
  await expect(fetchRelease('9.9.8', { from: 'http://example.org/sdk.tar.gz' })).rejects.toThrow('the address must begin with https://');
});

test.each<[string, () => Promise<unknown>, string | RegExp]>([
  [
    'nothing there',
    () => ((answer = (_, response) => void response.writeHead(404).end()), get()),
    /sdk\.tar\.gz cannot be fetched: the server says 404/,
  ],
  ['another archive', () => ((answer = serve(archiveOf(folder, ['bin']))), get()), 'the archive is no Microkit SDK: it has no board/'],
  ['no archive', () => ((answer = serve(Buffer.from('<html></html>'))), get()), 'the archive cannot be unpacked'],
  ['nobody there', () => get({ from: 'http://127.0.0.1:1/sdk.tar.gz' }), 'cannot be reached'],
  ['no address', () => get({ from: 'sdk.tar.gz' }), "'sdk.tar.gz' is not an address"],
  ['no version', () => fetchRelease('newest'), "'newest' is not a version: it is written as"],
  ['no checksum', () => get({ sha256: 'abc' }), '--sha256 takes the 64 hexadecimal digits'],
])('%s', async (_, attempt, message) => {
  await expect(attempt()).rejects.toThrow(message);
  expect(await fetchedRelease('9.9.9')).toBeUndefined();
});

test('an interrupt keeps what has come', async () => {
  const interrupt = new AbortController();
  answer = (request, response) => {
    if (request.url?.endsWith('.sha256')) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': good.length, etag: '"one"' });
    response.write(good.subarray(0, 100));
  };
  await expect(get({ signal: interrupt.signal, onProgress: () => interrupt.abort(new Error('interrupted')) })).rejects.toThrow(
    'interrupted',
  );
  expect(kept()).toContain('microkit-sdk-9.9.9.tar.gz.part');
});
