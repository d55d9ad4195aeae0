/** Pictures of part 4's light page, with no server: for README, and at the width of a phone. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { serveSite } from '../../kernel/site/serve.js';
import { launchChromium } from './browsers.js';
import { LightReader } from './light-reader.js';
import { virtbook } from './light-site.js';

/** The last cell that is run: the picture ends with its output. */
const LAST = '%guess dumpy';
/** Sizes of windows, by what they are called. */
const WINDOWS = { page: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };

async function play(page: Page): Promise<void> {
  const reader = new LightReader(page);
  for (const cell of await page.locator('.cell.code').all()) {
    await reader.run(cell);
    await reader.idle();
    if ((await cell.innerText()).startsWith(LAST)) return;
  }
  throw new Error(`the chapter has no cell ${LAST}`);
}

/** @param work a folder for the site. @param picture writes one of what the page shows */
export async function pagePictures(work: string, picture: (page: Page, name: string) => Promise<void>): Promise<void> {
  const site = join(work, 'site');
  virtbook(work, 'site', site, 'part4', '--light');
  const server = await serveSite(site);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: WINDOWS.page });
    await page.goto(new URL('part4.html', server.address).href);
    await picture(page, 'page-title-light');
    await play(page);
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [name, size] of Object.entries(WINDOWS)) {
        await page.setViewportSize(size);
        await page.locator('.cell.code').filter({ hasText: LAST }).evaluate('(cell) => cell.scrollIntoView({ block: "end" })');
        await picture(page, `${name}-game-${scheme}`);
      }
    }
  } finally {
    await browser.close();
    await server.close();
  }
}
