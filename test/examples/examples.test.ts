/**
 * The examples, with the packed tarball alone: Linux has equal states at its end in Node and in a page.
 *
 * @peers chromium debian
 * @seconds 60
 * @long
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ensureGuest, type Guest } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';
import { launchChromium } from '../browser/browsers.js';
import { dhcpGuest } from '../support/guests.js';
import { PATIENCE } from '../support/until.js';
import { Installed } from './installed.js';

jest.setTimeout(5 * PATIENCE);

const APPEND = 'console=ttyAMA0 cryptomgr.notests';
/** What both examples say at the end. */
const END = /(\w+) after (\d+) instructions, state digest ([0-9a-f]+)/;

let installed: Installed;
let guest: Guest;
let server: ChildProcess | undefined;
let browser: Browser | undefined;

beforeAll(async () => {
  guest = await ensureGuest(dhcpGuest);
  installed = new Installed();
}, 10 * PATIENCE);
afterAll(async () => {
  await browser?.close();
  server?.kill();
  installed.remove();
});

function inNode(): string {
  installed.example('boot-image');
  const args = ['boot.mjs', guest.kernel, '--initrd', guest.initrd, '--append', APPEND];
  return execFileSync(process.execPath, args, { cwd: installed.folder, encoding: 'utf8', maxBuffer: 2 ** 24 });
}

async function serve(): Promise<string> {
  const process_ = spawn(process.execPath, ['serve.mjs', '0'], { cwd: installed.folder, stdio: ['ignore', 'pipe', 'inherit'] });
  server = process_;
  for await (const chunk of process_.stdout) {
    const [url] = /http:\S+/.exec(String(chunk)) ?? [];
    if (url) return url;
  }
  throw new Error('the server says no address');
}

async function inPage(): Promise<{ console: string; state: string }> {
  installed.example('web-page');
  cpSync(guest.kernel, join(installed.folder, 'Image'));
  cpSync(guest.initrd, join(installed.folder, 'initrd'));
  const url = await serve();
  browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`${url}?${new URLSearchParams({ image: 'Image', initrd: 'initrd', append: APPEND }).toString()}`);
  const state = page.locator('#state');
  await state.filter({ hasText: /./ }).waitFor({ timeout: 4 * PATIENCE });
  return { console: await page.locator('#console').innerText(), state: await state.innerText() };
}

test('Linux boots and powers off in Node and in Chromium, in the same state', async () => {
  const node = inNode();
  expect(node).toContain('Linux version');
  expect(END.exec(node)).toMatchObject({ 1: 'powerOff' });
  const page = await inPage();
  expect(page.state).toBe(END.exec(node)?.[0]);
  expect(page.console).toContain('Linux version');
});

test('the package has types for all that it exports', () => {
  mkdirSync(join(installed.folder, 'types'), { recursive: true });
  writeFileSync(
    join(installed.folder, 'types', 'check.mts'),
    `import { startMachine, type Machine, type MachineOptions, type HostModule } from 'virtbook/emulator';
import { startMachine as startInPage } from 'virtbook/emulator/web';
import { buildSystem, readSystem } from 'virtbook/sdk';
import type { Kit } from 'virtbook/kernel';

const hosts: HostModule[] = [{ module: 'host.js' }];
const options: MachineOptions = { ramSize: 2 ** 28, virtualization: false, loaders: [], networkHosts: hosts, seed: 1, pacing: 'simulated' };
const machines: Promise<Machine>[] = [startMachine(options), startInPage(options)];
const kit: Kit = {};
export { buildSystem, kit, machines, readSystem };
`,
  );
  const compiler = join(packageRoot(), 'node_modules', 'typescript', 'bin', 'tsc');
  const types = join(packageRoot(), 'node_modules', '@types');
  const args = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'node16', '--target', 'es2022', '--lib', 'es2023,dom'];
  execFileSync(process.execPath, [compiler, ...args, '--types', 'node', '--typeRoots', types, 'types/check.mts'], {
    cwd: installed.folder,
    stdio: 'inherit',
  });
});
