/** The browsers of this computer, without a window. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, firefox } from 'playwright-core';
import { packageRoot } from '../../sdk/root.js';

/** The first of these programs that is there. @throws Error that says what to install */
function programOf(names: readonly string[], browser: string): string {
  const found = names.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()).find(Boolean);
  if (!found) throw new Error(`${browser} is missing: \`npm test\` as root installs it on Debian; elsewhere put it on the PATH`);
  return found;
}

/** @throws Error that says what to install */
export const chromiumProgram = (): string => programOf(['chromium', 'chromium-browser', 'google-chrome'], 'Chromium');

/** @param args more of its options */
export function launchChromium(...args: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumProgram(), args: ['--no-sandbox', ...args] });
}

/** One that keeps in a folder what it has loaded, and has no process in reserve for the next page, nor for menus of its own window. */
export function persistentChromium(profile: string): Promise<BrowserContext> {
  const args = ['--no-sandbox', '--disable-features=SpareRendererForSitePerProcess,PreloadTopChromeWebUI'];
  return chromium.launchPersistentContext(profile, { executablePath: chromiumProgram(), args });
}

/** Playwright drives a Firefox that is not its own build by WebDriver BiDi, where it is asked for one of Mozilla's. See firefox-bridge.mjs. */
export function launchFirefox(): Promise<Browser> {
  const env = { ...process.env, FIREFOX: programOf(['firefox-esr', 'firefox'], 'Firefox') };
  const executablePath = join(packageRoot(), 'test', 'browser', 'firefox-bridge.mjs');
  // Without a window its pages count as in the background, where Firefox gives timers of workers less and less time.
  const firefoxUserPrefs = { 'dom.timeout.enable_budget_timer_throttling': false, 'dom.workers.throttling.enabled': false };
  return firefox.launch({ executablePath, channel: 'moz-firefox', env, firefoxUserPrefs });
}
