/** Runs that a page has kept in its browser's storage, as somebody in the page sees them. */
import type { Page } from 'playwright-core';
import { PATIENCE } from '../support/until.js';

/** Of all sites and versions of sites: names of files, with their folders. */
const FILES = `async () => {
  const found = [];
  const all = await (await navigator.storage.getDirectory()).getDirectoryHandle('virtbook-runs');
  for await (const site of all.values())
    for await (const version of site.values())
      for await (const [name, file] of version.entries()) found.push({ name, file });
  return found;
}`;

/** Waits until so many are kept, whole: the record of one is written last. */
export async function runsAreKept(page: Page, count = 1): Promise<void> {
  await page.evaluate(`(async () => {
    const files = ${FILES};
    const end = Date.now() + ${PATIENCE};
    for (;;) {
      if ((await files()).filter(({ name }) => name.endsWith('.json')).length >= ${count}) return;
      if (Date.now() > end) throw new Error('no run is kept');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })()`);
}

/** The next visit boots. */
export async function forgetRuns(page: Page): Promise<void> {
  await page.evaluate(`navigator.storage.getDirectory().then((all) => all.removeEntry('virtbook-runs', { recursive: true }))`);
}

/** Changes a byte in the middle of each machine. */
export async function damageRuns(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    for (const { name, file } of await (${FILES})()) {
      if (name.endsWith('.json')) continue;
      const size = (await file.getFile()).size;
      const writer = await file.createWritable({ keepExistingData: true });
      await writer.write({ type: 'write', position: size >> 1, data: Uint8Array.of(0xa5, 0x5a) });
      await writer.close();
    }
  })()`);
}
