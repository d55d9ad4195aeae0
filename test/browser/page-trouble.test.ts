/**
 * What goes wrong in a page, in Chromium: one clear message each, and what the reader has written is still there.
 *
 * @peers chromium
 * @seconds 60
 * @apart
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { PATIENCE } from '../support/until.js';
import { launchChromium } from './browsers.js';
import { LightReader } from './light-reader.js';
import { lightSite } from './light-site.js';

jest.setTimeout(3 * PATIENCE);

/** A name of this computer that a browser does not take for it: pages there have no storage, no locks and no UUIDs. */
const ELSEWHERE = 'site.example';
const BUILD = '%build part1';

let server: SiteServer;
let browser: Browser;
let context: BrowserContext;
let reader: LightReader;

beforeAll(async () => {
  server = await serveSite(await lightSite());
  browser = await launchChromium(`--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`);
}, 10 * PATIENCE);
afterAll(async () => {
  await browser.close();
  await server.close();
});
beforeEach(async () => {
  // What one test has stored, another does not have.
  context = await browser.newContext();
  reader = new LightReader(await context.newPage());
});
afterEach(() => context.close());

async function open(before?: (page: Page) => Promise<unknown>, address = server.address): Promise<void> {
  await before?.(reader.page);
  await reader.page.goto(new URL('part1.html', address).href);
}
const first = () => reader.page.locator('.cell.code').first();

/** Builds the chapter's system, which boots. */
async function boot(): Promise<void> {
  for (const text of ['%chapter part1', '%%system hello.system', '%%file hello.c', BUILD]) await reader.run(reader.cellWith(text));
  await reader.shows(reader.cellWith(BUILD), 'HELLO: I am a protection domain');
}

describe('a worker that the browser has ended', () => {
  beforeEach(() => open());
  const FOR_EVER = 'console.log("on"); await new Promise(() => {})';

  test('the kernel: its cell says so, the next one starts another, and what was written stays', async () => {
    await reader.says(first(), FOR_EVER, 'on');
    await reader.loseWorker('/kernel.js');
    await reader.shows(first(), /on[^]*KernelLost: the browser has ended its worker, perhaps for want of memory/);
    await reader.tells('status', 'The next cell starts another.');
    expect(await first().getByRole('textbox').innerText()).toContain(FOR_EVER);
    await reader.says(first(), '6 * 7', '42');
  });

  test("the cells': variables are lost, and it is said", async () => {
    await reader.says(first(), FOR_EVER, 'on');
    await reader.loseWorker('/cells.js');
    await reader.shows(first(), /the TypeScript session was ended by the browser, perhaps for want of memory; its variables are lost/);
    await reader.says(first(), '6 * 7', '42');
  });

  test("the machine's: the run ends, and another can begin", async () => {
    await boot();
    // At the pace of the clock: simulated seconds are over at once.
    await reader.write(first(), '%run part1 --background\n%expect "shown by nobody" --timeout 100000s');
    await reader.run(first());
    await reader.shows(first(), 'runs in the background');
    await reader.loseWorker('host-web/worker.js');
    await reader.shows(first(), /part1 [^]*the machine failed: the browser has ended its worker/);
    await reader.says(first(), '%run part1', 'HELLO: I am a protection domain');
  });
});

test('a page without room keeps what was written while it is open, and says to copy it', async () => {
  await open();
  // All that the browser gives to a site.
  await reader.page.evaluate(`for (let size = 2 ** 22; size >= 1; ) {
    try { localStorage.setItem('other ' + Math.random(), 'x'.repeat(size)); } catch { size /= 2; }
  }`);
  await reader.write(first(), '6 * 7 // and more than there is room for');
  await reader.tells('alert', 'The browser has no room left for your changes: copy them before you close the page.');
  await reader.run(first());
  await reader.shows(first(), '42');
});

test('a browser without what is needed is told what that is', async () => {
  await open((page) => page.addInitScript('delete globalThis.DecompressionStream'));
  await reader.tells('status', 'this browser has no DecompressionStream, which the machine needs: take a newer one to run cells');
});

test('a device with little memory is told so', async () => {
  await open((page) => page.addInitScript('Object.defineProperty(Navigator.prototype, "deviceMemory", { value: 1 })'));
  await reader.tells('alert', 'This device has about 1 GB of memory.');
  await reader.says(first(), '6 * 7', '42');
});

test('a first visit that loses its network says what could not be loaded, and goes on once it is back', async () => {
  await open();
  await context.setOffline(true);
  await reader.write(first(), '6 * 7');
  await reader.run(first());
  await reader.shows(first(), /KernelLost: .*kernel\.js could not be loaded: is there a network\?/);
  await context.setOffline(false);
  await reader.run(first());
  await reader.shows(first(), '42');
});

describe('snapshots', () => {
  test('are there after a reload', async () => {
    await open();
    await boot();
    await reader.says(first(), '%snapshot here', /Snapshot here: part1 with seed \d+ at/);
    expect(await first().innerText()).not.toContain('is gone');
    await reader.page.reload();
    await reader.says(first(), '%restore', /here +part1 with seed/);
    await reader.says(first(), '%restore here', /Restored here: part1 with seed/);
    await reader.says(first(), '%log', 'HELLO: I am a protection domain');
  });

  test('without room are refused, and the machine goes on', async () => {
    await open();
    await boot();
    const session = await context.newCDPSession(reader.page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(server.address).origin, quotaSize: 100_000 });
    await reader.says(first(), '%snapshot large', /the browser has no room left for a snapshot[^]*%snapshot --delete NAME/);
    await reader.says(first(), '%status', 'part1');
    await reader.says(first(), '%snapshot', 'There are no snapshots');
  });

  test('of which one is damaged: it is refused', async () => {
    await open();
    await boot();
    await reader.says(first(), '%snapshot here', 'Snapshot here');
    await reader.page.evaluate(`(async () => {
      const all = await (await navigator.storage.getDirectory()).getDirectoryHandle('virtbook-snapshots');
      for await (const folder of all.values()) for await (const [name, file] of folder.entries()) if (name.endsWith('.snapshot')) {
        const writer = await file.createWritable();
        await writer.write('this is no snapshot');
        await writer.close();
      }
    })()`);
    await reader.says(first(), '%restore here', /here cannot be restored: .*snapshot/);
    await reader.says(first(), '%log', 'HELLO: I am a protection domain');
  });
});

test('a page that the browser freezes goes on where it was', async () => {
  await open();
  await boot();
  const session = await context.newCDPSession(reader.page);
  await reader.write(first(), '%run part1 --until "shown by nobody" --timeout 20s');
  await reader.run(first());
  await reader.shows(first(), 'LDR|INFO');
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await reader.shows(first(), 'the console did not show');
});

test('over http from another computer cells run, and what does not stay is said', async () => {
  await open(undefined, server.address.replace('127.0.0.1', ELSEWHERE));
  await boot();
  await reader.says(first(), '%snapshot here', 'It is gone when the kernel ends: this page may not store files in the browser');
  await reader.says(first(), '%restore here', 'Restored here');
});

test.each([
  ['%gdb', /a page opens no port for GDB[^]*pip install jupyterlab virtbook/],
  ['%sdk 2.3.0', /a page has the embedded SDK alone, and cannot run the tool of another[^]*pip install jupyterlab virtbook/],
  ['%env TOOLCHAIN=zig', /builds in a page do not look at TOOLCHAIN/],
  ["import * as left from 'left-pad'", /a page cannot import 'left-pad': it has no packages/],
])('%s says that a page cannot, and what to do', async (code, text) => {
  await open();
  if (code === '%gdb') await boot();
  await reader.says(first(), code, text);
  await reader.says(first(), '%sdk embedded', 'Builds use the embedded one.');
});
