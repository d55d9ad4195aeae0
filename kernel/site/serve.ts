/** A folder of static files over HTTP, for this computer alone. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { UNCHANGING } from './places.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/vnd.microsoft.icon',
  '.ipynb': 'application/json',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

export interface SiteServer {
  readonly address: string;
  close(): Promise<void>;
}

/** @param port 0 for any that is free. Rejects when it cannot be listened on. */
export async function serveSite(folder: string, port = 0): Promise<SiteServer> {
  const server = createServer((request, response) => {
    void answer(folder, request.url ?? '/', request.headers['if-none-match'], response).catch(() => response.writeHead(500).end());
  });
  await listen(server, port);
  const { port: given } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${given}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

async function answer(folder: string, url: string, known: string | undefined, response: ServerResponse): Promise<void> {
  const path = pathOf(folder, url);
  const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
  if (path === undefined || !found) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such file.\n');
  if (found.isDirectory()) {
    if (!url.split('?')[0]?.endsWith('/')) return void response.writeHead(301, { location: `${url.split('?')[0]}/` }).end();
    return answer(folder, `${url.split('?')[0]}index.html`, known, response);
  }
  const etag = `"${found.size.toString(16)}-${Math.round(found.mtimeMs).toString(16)}"`;
  const cache = UNCHANGING.test(url) ? 'max-age=31536000, immutable' : 'no-cache';
  const headers = { etag, 'cache-control': cache, 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' };
  if (known === etag) return void response.writeHead(304, headers).end();
  response.writeHead(200, { ...headers, 'content-length': found.size });
  createReadStream(path).pipe(response);
}

/** Undefined for an address that leads out of the folder. */
function pathOf(folder: string, url: string): string | undefined {
  try {
    const path = normalize(join(folder, decodeURIComponent(url.split('?')[0] ?? '/')));
    return path === folder || path.startsWith(folder + sep) ? path : undefined;
  } catch {
    return undefined;
  }
}
