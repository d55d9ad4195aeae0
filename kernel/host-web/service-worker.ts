/** The service worker of a site of light pages: what has been loaded is there without a network. JupyterLite brings one of its own. */
import { UNCHANGING } from '../site/places.js';
import { KEPT } from './kept-files.js';

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && new URL(request.url).origin === worker.location.origin) event.respondWith(answer(event));
});

/** What never changes, from the storage if it is there; otherwise the network's answer, which is kept, or without a network what was kept before. */
async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const store = await caches.open(KEPT);
  const unchanging = UNCHANGING.test(request.url);
  const known = unchanging ? await store.match(request) : undefined;
  if (known) return known;
  try {
    const response = await fetch(request);
    // The page does not wait for it. The kernel keeps what it loads itself.
    if (response.status === 200 && !(unchanging && request.url.endsWith('.bin'))) {
      event.waitUntil(store.put(request, response.clone()).catch(() => undefined));
    }
    return response;
  } catch (error) {
    const kept = await store.match(request, { ignoreSearch: request.mode === 'navigate' });
    if (kept) return kept;
    throw error;
  }
}
