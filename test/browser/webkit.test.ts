/**
 * WebKit, by Debian's WebKitGTK: a machine that boots Linux has the states that it has in Node, and a light page runs, is edited, says what
 * is wrong, and has what was written after a reload.
 *
 * @peers webkit debian
 * @seconds 90
 * @apart
 */
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { PATIENCE } from '../support/until.js';
import { lightSite } from './light-site.js';
import { machineStates } from './machine-states.js';
import { WebKit } from './webkit.js';

jest.setTimeout(5 * PATIENCE);

let browser: WebKit;
beforeAll(async () => (browser = await WebKit.start()), 2 * PATIENCE);
afterAll(() => (browser as WebKit | undefined)?.close());

test('a machine has the states that it has in Node', async () => {
  const states = await machineStates();
  try {
    await browser.goto(states.address);
    expect(await browser.evaluate(states.script)).toEqual(states.inNode);
  } finally {
    await states.close();
  }
});

describe('a light page', () => {
  let server: SiteServer;
  beforeAll(async () => (server = await serveSite(await lightSite())), 10 * PATIENCE);
  afterAll(() => server.close());

  /** In the page: cells by a text in them, and what waits for what one of them shows. */
  const TOOLS = `const cellWith = (text) => [...document.querySelectorAll('.cell.code')].find((cell) => cell.querySelector('.input').innerText.includes(text));
    const run = (cell) => [...cell.querySelectorAll('button')].find(({ textContent }) => textContent.includes('Run')).click();
    const shown = async (cell, pattern) => {
      for (const end = Date.now() + ${PATIENCE}; ; await new Promise((later) => setTimeout(later, 50))) {
        const text = cell.querySelector('[aria-live]').innerText;
        if (pattern.test(text)) return text;
        if (Date.now() > end) throw new Error('the cell shows ' + text);
      }
    };
    const write = (cell, text) => {
      const input = cell.querySelector('.input');
      input.focus();
      getSelection().selectAllChildren(input);
      document.execCommand('insertText', false, text);
    };`;
  const inPage = (script: string): Promise<unknown> => browser.evaluate(`${TOOLS}\n${script}`);

  test('runs the chapter, with what its machine says', async () => {
    await browser.goto(new URL('part1.html', server.address).href);
    const text =
      await inPage(`for (const text of ['%chapter part1', '%%system hello.system', '%%file hello.c', '%build part1']) run(cellWith(text));
      return shown(cellWith('%build part1'), /HELLO: I am a protection domain/);`);
    expect(text).toContain('LDR|INFO');
  });

  test('runs TypeScript that a reader writes', async () => {
    const text = await inPage(`const cell = cellWith('%chapter part1');
      write(cell, 'const six: number = 6; six * 7');
      run(cell);
      return shown(cell, /42/);`);
    expect(String(text).trim()).toBe('42');
  });

  test('has what was written after a reload', async () => {
    await browser.goto(new URL('part1.html', server.address).href);
    expect(await inPage(`return cellWith('six * 7').querySelector('.input').innerText;`)).toContain('const six: number = 6; six * 7');
  });
});
