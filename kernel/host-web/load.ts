/** What the kernel loads from the site, packed by gzip whatever the server thinks of it. */

/** Where this module is: what it loads is beside it. */
const HERE = import.meta.url;

export const addressOf = (path: string): URL => new URL(path, HERE);

/** @throws Error that says which file is missing */
export async function load(path: string): Promise<Uint8Array> {
  const url = addressOf(path);
  const response = await fetch(url).catch((error: unknown) => {
    throw new Error(`${url.href} could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!response.ok || !response.body) throw new Error(`${url.href} could not be loaded: ${response.status} ${response.statusText}`);
  const unpacked = response.body.pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}
