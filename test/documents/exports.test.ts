/**
 * An executed chapter as page and PDF: nbconvert's and our own.
 *
 * @peers jupyter chromium pandoc debian
 * @seconds 40
 * @long
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jupyterPython, runProgram } from '../notebooks/chapter.js';
import { executedChapter } from '../notebooks/executed-chapter.js';
import { heightOf, isTooWide, lookOf, openAll, Reader, seriousViolations } from './reader.js';

jest.setTimeout(60_000);

let folder: string;
let reader: Reader;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook exports '));
  const { notebook, page } = await executedChapter();
  copyFileSync(notebook, join(folder, 'part4.ipynb'));
  copyFileSync(page, join(folder, 'own.html'));
  reader = await Reader.start();
}, 90_000);
afterAll(async () => {
  // Not there where its start has failed.
  await (reader as Reader | undefined)?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Runs nbconvert, and gives the text that it made. */
function convert(format: string, file: string, ...options: string[]): string {
  runProgram(jupyterPython(), ['-m', 'nbconvert', '--to', format, ...options, join(folder, 'part4.ipynb'), '--output', join(folder, file)]);
  return readFileSync(join(folder, file), 'utf8');
}

/** Prints a page as a browser does, and gives the words on it. */
async function printed(file: string): Promise<string> {
  const page = await reader.open(join(folder, file), 'light', 1000);
  const pdf = join(folder, `${file}.pdf`);
  await page.pdf({ path: pdf, printBackground: true });
  await page.close();
  return runProgram('pdftotext', ['-layout', pdf, '-']);
}

describe('our page', () => {
  test.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
  ] as const)('in %s colours, %d pixels wide, is one that everybody can read', async (scheme, width) => {
    const page = await reader.open(join(folder, 'own.html'), scheme, width);
    expect((await lookOf(page)).pictures).toEqual(Array<string>(2).fill('system diagram'));
    expect(await isTooWide(page)).toBe(false);
    await openAll(page);
    expect((await lookOf(page)).pictures).toEqual(Array<string>(4).fill('system diagram'));
    expect(await isTooWide(page)).toBe(false);
    expect(await seriousViolations(page, 'body')).toEqual([]);
    await page.close();
  });

  test('is at most nine screens of a thousand pixels before anything is opened', async () => {
    const page = await reader.open(join(folder, 'own.html'), 'light', 1280);
    const height = await heightOf(page);
    expect(height).toBeGreaterThan(3000);
    expect(height).toBeLessThanOrEqual(9000);
    await openAll(page);
    expect(await heightOf(page)).toBeGreaterThan(height + 3000);
    await page.close();
  });

  test('opens what is folded for a link that leads into it, and long code by a click or by keys', async () => {
    const page = await reader.open(join(folder, 'own.html'), 'light', 1280, '#cell-id=check-repair');
    await page.locator('[id="cell-id=check-repair"]').getByText('repair: done.').waitFor();
    expect(await page.locator('details.folded').first().getAttribute('open')).not.toBeNull();
    const code = page.locator('[id="cell-id=system-without-channel"]');
    const heightOfCode = async (): Promise<number> => (await code.locator('pre').first().boundingBox())?.height ?? NaN;
    const short = await heightOfCode();
    await code.getByText(/^all \d+ lines$/).click();
    expect(await heightOfCode()).toBeGreaterThan(3 * short);
    await code.getByRole('checkbox').press('Space');
    expect(await heightOfCode()).toBe(short);
    await page.close();
  });

  test('is printed whole: code is wrapped, diagrams fit', async () => {
    const text = (await printed('own.html')).replace(/\s+/g, ' ');
    expect(text).toContain('so it expects one contiguous block, and the Ethernet card');
    expect(text).toContain('calls wordle_server, id 1');
    // Also what is folded on a screen: a task with its solution, the rest of long code, and of a boot.
    expect(text).toContain('broken.system is the description of this chapter');
    expect(text).toContain('which hands it on to Linux');
    expect(text).toMatch(/case VMM_CHANNEL: take_word\(request\)/);
    expect(text).toContain('Booting Linux on physical CPU');
  });
});

describe('nbconvert', () => {
  test('makes a page without a fault in its code, and with outputs that everybody can read', async () => {
    const html = convert('html', 'page.html');
    expect(html).not.toContain('class="err"');
    const page = await reader.open(join(folder, 'page.html'), 'light', 1280);
    expect((await lookOf(page)).pictures).toEqual(Array<string>(4).fill('system diagram'));
    expect(await seriousViolations(page, '.jp-OutputArea-output')).toEqual([]);
    await page.close();
  });

  test('makes the page that its webpdf prints', async () => {
    // webpdf does the printing with a browser that it downloads: here the one that is there does it.
    convert('html', 'webpdf.html', '--template', 'webpdf');
    expect(await printed('webpdf.html')).toMatch(/calls wordle_server, id 1[\s\S]*Transfer word to virtual-machine monitor/);
  });

  test('makes LaTeX that needs no other program for pictures', () => {
    const latex = convert('latex', 'paper.tex');
    expect(latex).toContain('Transfer word to virtual-machine monitor');
    expect(latex).toMatch(/virtual machine linux {2}priority 100/);
    expect(latex).not.toMatch(/\\includegraphics\{|\\adjustimage|\\PY\{err\}/);
  });
});
