/** The service worker of a site of light pages: what has been loaded is there without a network. JupyterLite brings one of its own. */
import { KEPT } from './kept-files.js';

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && new URL(request.url).origin === worker.location.origin) event.respondWith(answer(request));
});

/** The network's answer, which is kept; without a network, what was kept before. */
async function answer(request: Request): Promise<Response> {
  const store = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok && response.status === 200) await store.put(request, response.clone()).catch(() => undefined);
    return response;
  } catch (error) {
    const kept = await store.match(request, { ignoreSearch: request.mode === 'navigate' });
    if (kept) return kept;
    throw error;
  }
}
