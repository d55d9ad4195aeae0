/** A host for tests: an HTTP server that counts the pages it serves. */
import { hostEnvironment } from '../host-module.js';
import type { VirtualHost } from '../virtual-host.js';

export const PAGE_HOST = 'pages.example';
export const PAGE_PATH = '/count';

/** `onPage` is called with each page as it is served. */
export function pageServer(onPage?: (page: string) => void): VirtualHost {
  const { http, httpPort, text } = hostEnvironment(0);
  let count = 0;
  const service = http(({ path, method }) => {
    if (path !== PAGE_PATH) return text(404, `Nothing is served at ${path}.\n`);
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'A page is fetched with GET.\n', { Allow: 'GET, HEAD' });
    if (method === 'HEAD') return text(200, 'page 000\n');
    const page = `page ${String(++count).padStart(3, '0')}`;
    onPage?.(page);
    return text(200, `${page}\n`);
  });
  return {
    names: [PAGE_HOST, `www.${PAGE_HOST}`],
    tcp: new Map([[httpPort, service]]),
    memory: { saveState: () => ({ count }), restoreState: (state) => void (count = state.integer('count')) },
  };
}
