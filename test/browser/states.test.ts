/**
 * A machine that boots Linux has the states that it has in Node in Chromium, and in Firefox: digests of RAM and registers at four times.
 * WebKit's are in webkit.test.ts.
 *
 * @peers chromium firefox debian
 * @seconds 40
 * @apart
 */
import type { Browser } from 'playwright-core';
import { PATIENCE } from '../support/until.js';
import { launchChromium, launchFirefox } from './browsers.js';
import { type MachineStates, machineStates } from './machine-states.js';

jest.setTimeout(3 * PATIENCE);

let states: MachineStates;
beforeAll(async () => (states = await machineStates()), 5 * PATIENCE);
afterAll(() => states.close());

test('Linux boots in Node', () => {
  const { inNode } = states;
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
    await page.goto(states.address);
    expect(await page.evaluate(`(async () => { ${states.script} })()`)).toEqual(states.inNode);
  } finally {
    await browser.close();
  }
});
