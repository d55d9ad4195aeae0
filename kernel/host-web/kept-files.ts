/**
 * What a page has loaded, in the browser's storage, so that the next visit needs no network. The service worker of a site looks
 * there: JupyterLite's own, or that of light pages (`service-worker.ts`).
 */

/** As JupyterLite's service worker calls it. */
export const KEPT = 'precache';

/** Undefined where this page has no such storage: it has it with https and on this computer. */
const kept = async (): Promise<Cache | undefined> => (typeof caches === 'undefined' ? undefined : caches.open(KEPT).catch(() => undefined));

/** A file that never changes under its address: from the storage, or from the site, and then it is kept. @throws where it is in neither */
export async function fetchKept(url: string): Promise<Response> {
  const known = await (await kept())?.match(url);
  if (known) return known;
  const response = await fetch(url);
  // Beside what is made of it.
  if (response.ok) void keep(url, response.clone());
  return response;
}

/** Whether an earlier visit has left this file. */
export const isKept = async (url: string): Promise<boolean> => (await (await kept())?.match(url)) !== undefined;

async function keep(url: string, response: Response): Promise<void> {
  // Where there is no room, the next visit loads it again.
  await (await kept())?.put(url, response).catch(() => undefined);
}

export async function dropKept(url: string): Promise<void> {
  await (await kept())?.delete(url).catch(() => false);
}

/** Keeps these files and drops what earlier versions of the site have kept. @param older of addresses: which belong to those */
export async function keepFiles(urls: Iterable<string>, older?: (url: string) => boolean): Promise<void> {
  const store = await kept();
  if (!store) return;
  for (const { url } of await store.keys()) if (older?.(url)) await store.delete(url);
  for (const url of new Set(urls)) {
    if (!(await store.match(url))) await store.add(url).catch(() => undefined);
  }
}
