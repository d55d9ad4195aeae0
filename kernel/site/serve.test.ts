import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SiteServer, serveSite } from './serve.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook-'));
let server: SiteServer;
beforeAll(async () => {
  mkdirSync(join(FOLDER, 'site', 'lab'), { recursive: true });
  writeFileSync(join(FOLDER, 'secret'), 'not of the site');
  writeFileSync(join(FOLDER, 'site', 'lab', 'index.html'), '<p>lab</p>');
  writeFileSync(join(FOLDER, 'site', 'with space.js'), 'export {};');
  mkdirSync(join(FOLDER, 'site', 'static', '0123456789abcdef'), { recursive: true });
  writeFileSync(join(FOLDER, 'site', 'static', '0123456789abcdef', 'kernel.js'), 'export {};');
  server = await serveSite(join(FOLDER, 'site'));
});
afterAll(async () => {
  await server.close();
  rmSync(FOLDER, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, server.address), { redirect: 'manual', headers });

test('files have their types, and a folder shows its index', async () => {
  const script = await get('with%20space.js?x=1');
  expect([script.status, script.headers.get('content-type'), await script.text()]).toEqual([200, 'text/javascript', 'export {};']);
  expect(await (await get('lab/')).text()).toBe('<p>lab</p>');
  const folder = await get('lab');
  expect([folder.status, folder.headers.get('location')]).toEqual([301, '/lab/']);
});

test('what a browser has is not sent again', async () => {
  const first = await get('with%20space.js');
  const etag = first.headers.get('etag') ?? '';
  expect((await get('with%20space.js', { 'if-none-match': etag })).status).toBe(304);
});

test('what never changes need not be asked for again', async () => {
  expect((await get('static/0123456789abcdef/kernel.js')).headers.get('cache-control')).toContain('immutable');
  expect((await get('with%20space.js')).headers.get('cache-control')).toBe('no-cache');
});

test.each(['missing', '..%2fsecret', '%2e%2e/secret', '..%5csecret', '%'])('%s is not there', async (path) => {
  expect((await get(path)).status).toBe(404);
});

test('only this computer reaches it', () => expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/));
