/**
 * What a page has loaded, in the browser's storage, so that the next visit needs no network. The service worker of a site looks
 * there: JupyterLite's own, or that of light pages (`service-worker.ts`).
 */

/** As JupyterLite's service worker calls it. */
export const KEPT = 'precache';

/** Undefined where this page has no such storage: it has it with https and on this computer. */
const kept = async (): Promise<Cache | undefined> => (typeof caches === 'undefined' ? undefined : caches.open(KEPT).catch(() => undefined));

/** A file that never changes under its address: from the storage, or from the site. @throws where it is in neither */
export async function findFile(url: string): Promise<{ response: Response; isKept: boolean }> {
  const known = await (await kept())?.match(url);
  return known ? { response: known, isKept: true } : { response: await fetch(url), isKept: false };
}

/** Whether an earlier visit has left this file. */
export const isKept = async (url: string): Promise<boolean> => (await (await kept())?.match(url)) !== undefined;

/** Keeps a file; where there is no room for it, in another way. Where there is none for that, the next visit loads it again. */
export async function keepFile(url: string, response: Response, otherwise: () => Response): Promise<void> {
  const store = await kept();
  await store?.put(url, response).catch(() => store.put(url, otherwise()).catch(() => undefined));
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
