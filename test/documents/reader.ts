/** Pages that notebooks are made into, in a browser without a window. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../browser/browsers.js';

/** What is used of axe-core's report. */
interface Violation {
  id: string;
  impact: string;
  help: string;
  nodes: { html: string }[];
}
/** Of a page's elements, what is looked at here: the tests' own types are Node's. */
interface Element {
  open: boolean;
  checked: boolean;
  title: string;
  ariaLabel: string | null;
  naturalWidth: number;
  getBoundingClientRect(): { width: number; height: number };
  /** False in what is folded. */
  checkVisibility(): boolean;
}
declare const document: {
  querySelectorAll(selector: string): Iterable<Element>;
  documentElement: { scrollWidth: number; clientWidth: number; scrollHeight: number };
};
declare const getComputedStyle: (element: Element) => { color: string; backgroundColor: string };
declare global {
  // What axe-core's script puts there.
  var axe: { run(context: object, options: object): Promise<{ violations: Violation[] }> };
}

export class Reader {
  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<Reader> {
    return new Reader(await launchChromium());
  }

  /**
   * @param width of the window, in CSS pixels
   * @param place on the page: what follows the address, from its # on
   */
  async open(file: string, scheme: 'light' | 'dark', width: number, place = ''): Promise<Page> {
    if (!existsSync(file)) throw new Error(`there is no ${file}`);
    const page = await this.browser.newPage({ colorScheme: scheme, viewport: { width, height: 1000 } });
    await page.goto(pathToFileURL(file).href + place);
    return page;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** Opens all that is folded. */
export const openAll = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const folded of document.querySelectorAll('details')) folded.open = true;
    for (const box of document.querySelectorAll('.long > input')) box.checked = true;
  });

/** Of the whole page, in CSS pixels. */
export const heightOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollHeight);

/** What axe-core finds serious in the parts of a page that are selected, all that is folded open. */
export async function seriousViolations(page: Page, selector: string): Promise<string[]> {
  await page.addScriptTag({ path: require.resolve('axe-core/axe.min.js') });
  await openAll(page);
  return page.evaluate(async (include) => {
    const { violations } = await globalThis.axe.run({ include: [[include]] }, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  }, selector);
}

/** Whether the page as a whole must be scrolled sideways. */
export const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

/** How a display stands on its page, as whoever looks sees it. */
export interface Look {
  /** Pictures that show something, by their titles. */
  pictures: string[];
  /** Letters of the board with the colours of their cells. */
  letters: string[];
  /** The smallest width and height of a cell of a board, in CSS pixels. */
  cell: number;
}

export function lookOf(page: Page): Promise<Look> {
  return page.evaluate(() => {
    const cells = [...document.querySelectorAll('table[title="Wordle board"] td')];
    return {
      pictures: [...document.querySelectorAll('img[title]')]
        .filter((image) => image.naturalWidth > 0 && image.checkVisibility() && image.getBoundingClientRect().width >= 280)
        .map((image) => image.title),
      letters: cells
        .filter((cell) => cell.ariaLabel?.includes(','))
        .map((cell) => `${cell.ariaLabel} ${getComputedStyle(cell).backgroundColor} ${getComputedStyle(cell).color}`),
      cell: Math.min(...cells.flatMap((cell) => [cell.getBoundingClientRect().width, cell.getBoundingClientRect().height])),
    };
  });
}
