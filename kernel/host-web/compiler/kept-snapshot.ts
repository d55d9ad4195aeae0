/** The compiler's machine as it is after its start, in the browser's storage: the next page need not boot it. */

/** The name of the storage, and what addresses in it begin with. */
const STORE = 'virtbook-compiler';

const addressOf = (identity: string): string => `/${STORE}/${identity}`;

/** Undefined where there is none, or where this page has no such storage. */
export async function keptSnapshot(identity: string): Promise<Uint8Array | undefined> {
  try {
    const kept = await (await caches.open(STORE)).match(addressOf(identity));
    return kept && new Uint8Array(await kept.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** Keeps it in the place of all others. Where there is no room, the next page boots. */
export async function keepSnapshot(identity: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    const store = await caches.open(STORE);
    for (const other of await store.keys()) await store.delete(other);
    await store.put(addressOf(identity), new Response(bytes));
  } catch (error) {
    console.warn(`virtbook: the compiler's machine is not kept: ${String(error)}`);
  }
}

/** It is damaged, or of another version. */
export async function dropSnapshot(identity: string): Promise<void> {
  await caches
    .open(STORE)
    .then((store) => store.delete(addressOf(identity)))
    .catch(() => undefined);
}
