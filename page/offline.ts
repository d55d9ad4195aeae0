/** A page that was visited once is there without a network. */
import { keepFiles } from '../kernel/host-web/kept-files.js';

/** Has the site's service worker answer for this page. @param script its address */
export async function registerServiceWorker(script: URL): Promise<void> {
  // Pages from a file, and over http from another computer, have none.
  if (!('serviceWorker' in navigator)) return;
  await navigator.serviceWorker.register(script).catch((error: unknown) => console.warn(`virtbook: ${String(error)}`));
}

/** Keeps this page with all that it has loaded from its own server. @param more addresses of other files, from this page */
export function keepPage(...more: string[]): Promise<void> {
  const own = (url: string): boolean => url.startsWith(`${location.origin}/`);
  const loaded = (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
    // Browsers also ask for what is not there.
    .filter(({ responseStatus = 200 }) => responseStatus < 400)
    .map(({ name }) => name);
  const here = location.href.replace(/#.*/, '');
  return keepFiles([here, ...loaded, ...more.map((path) => new URL(path, here).href)].filter(own));
}
