/**
 * A machine that boots Linux has the states that it has in Node in Chromium, and in Firefox: digests of RAM and registers at four times.
 *
 * @peers chromium firefox debian
 * @seconds 40
 * @apart
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startMachine } from '../../emulator/library.js';
import { type SiteServer, serveSite } from '../../kernel/site/serve.js';
import { ensureGuest, type Guest } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';
import { dhcpGuest } from '../support/guests.js';
import { PATIENCE } from '../support/until.js';
import { launchChromium, launchFirefox } from './browsers.js';

jest.setTimeout(3 * PATIENCE);

const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook-'));
let guest: Guest;
let server: SiteServer;
let inNode: string[];

/** The states of a machine at some times. It runs in pages, too: so it names nothing of this file. */
const statesOf = async (start: typeof startMachine, kernel: Uint8Array, initrd: Uint8Array): Promise<string[]> => {
  const machine = await start({
    ramSize: 2 ** 28,
    virtualization: false,
    loaders: [],
    linux: { kernel, initrd, commandLine: 'console=ttyAMA0' },
    network: { mac: '52:54:00:12:34:56' },
    seed: 1,
    pacing: 'simulated',
  });
  const states: string[] = [];
  for (const milliseconds of [50, 50, 100, 150]) {
    const stopped = new Promise<string>((resolve) => {
      machine.onStopped = ({ kind }, { instructions }) => resolve(`${kind} after ${instructions} instructions`);
    });
    await machine.resume({ nanoseconds: milliseconds * 1e6 });
    states.push(`${await stopped}: ${(await machine.digest?.())?.toString(16)}`);
  }
  await machine.dispose();
  return states;
};

beforeAll(async () => {
  guest = await ensureGuest(dhcpGuest);
  cpSync(join(packageRoot(), 'dist', 'emulator'), join(FOLDER, 'emulator'), { recursive: true });
  cpSync(guest.kernel, join(FOLDER, 'Image'));
  cpSync(guest.initrd, join(FOLDER, 'initrd'));
  writeFileSync(join(FOLDER, 'index.html'), '<!doctype html><title>A machine</title>');
  server = await serveSite(FOLDER);
  inNode = await statesOf(startMachine, new Uint8Array(readFileSync(guest.kernel)), new Uint8Array(readFileSync(guest.initrd)));
}, 5 * PATIENCE);
afterAll(async () => {
  await server.close();
  rmSync(FOLDER, { recursive: true, force: true });
});

test('Linux boots in Node', () => {
  expect(inNode.map((state) => state.split(':')[0])).toEqual([50, 100, 200, 350].map((count) => `limit after ${count}000000 instructions`));
  expect(new Set(inNode).size).toBe(4);
});

test.each<[string, () => Promise<Browser>]>([
  ['Chromium', () => launchChromium()],
  ['Firefox', launchFirefox],
])('and in %s with the same states', async (_, launch) => {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(server.address);
    const states = await page.evaluate(`(async () => {
      const { startMachine } = await import('/emulator/host-web/index.js');
      const bytesOf = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
      return (${statesOf.toString()})(startMachine, await bytesOf('/Image'), await bytesOf('/initrd'));
    })()`);
    expect(states).toEqual(inNode);
  } finally {
    await browser.close();
  }
});
