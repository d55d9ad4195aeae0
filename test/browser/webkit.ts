/** WebKit as Debian has it: GTK's small browser, driven by the W3C's WebDriver, on a display that nobody sees. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.js';
import { PATIENCE } from '../support/until.js';

/** Debian's places of the browser, by version of the library. */
const BROWSERS = ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0'].map((name) => `/usr/lib/${multiarch()}/${name}/MiniBrowser`);

function multiarch(): string {
  return (
    spawnSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).stdout.trim() ||
    `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
  );
}

/** One window. */
export class WebKit {
  private constructor(
    private readonly driver: ChildProcess,
    private readonly home: string,
    private readonly session: string,
  ) {}

  /** @throws Error that says what is missing, or what the driver says */
  static async start(): Promise<WebKit> {
    const binary = BROWSERS.find((path) => existsSync(path));
    if (binary === undefined) throw new Error('WebKit is missing: apt-get install webkit2gtk-driver xvfb');
    const home = mkdtempSync(join(tmpdir(), 'virtbook webkit '));
    const port = await freePort();
    // A profile of its own; without a graphics card.
    const env = { ...process.env, HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home, LIBGL_ALWAYS_SOFTWARE: '1' };
    const driver = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], { env, stdio: 'ignore', detached: true });
    const lost = new Promise<never>((_, reject) => {
      driver.once('error', reject);
      driver.once('exit', (status) => reject(new Error(`the driver of WebKit has ended with ${String(status)}`)));
    });
    // Later nobody waits for it.
    lost.catch(() => undefined);
    const address = `http://127.0.0.1:${port}`;
    try {
      await Promise.race([lost, listens(address)]);
      const options = { binary, args: ['--automation'] };
      const made = await ask(`${address}/session`, { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } });
      const { sessionId } = made as { sessionId: string };
      const browser = new WebKit(driver, home, `${address}/session/${sessionId}`);
      await ask(`${browser.session}/timeouts`, { script: PATIENCE, pageLoad: PATIENCE });
      return browser;
    } catch (error) {
      end(driver, home);
      throw error;
    }
  }

  async goto(url: string): Promise<void> {
    await ask(`${this.session}/url`, { url });
  }

  /** @param script the body of an asynchronous function */
  async evaluate(script: string): Promise<unknown> {
    const body = `const done = arguments[arguments.length - 1];
      (async () => { ${script} })().then((value) => done({ value }), (error) => done({ error: String(error && error.stack || error) }));`;
    const { value, error } = (await ask(`${this.session}/execute/async`, { script: body, args: [] })) as {
      value?: unknown;
      error?: string;
    };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async close(): Promise<void> {
    await fetch(this.session, { method: 'DELETE' }).catch(() => undefined);
    end(this.driver, this.home);
  }
}

async function listens(address: string): Promise<void> {
  for (const end = Date.now() + PATIENCE; ;) {
    const { ok } = await fetch(`${address}/status`).catch(() => ({ ok: false }));
    if (ok) return;
    if (Date.now() > end) throw new Error('the driver of WebKit does not listen');
    await new Promise((later) => setTimeout(later, 50));
  }
}

/** With the display and the browser, which are of its group. */
function end({ pid }: ChildProcess, home: string): void {
  if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

/** @throws Error with what the driver says */
async function ask(address: string, body: object): Promise<unknown> {
  const response = await fetch(address, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const { value } = (await response.json()) as { value: { error?: string; message?: string } | null };
  if (!response.ok) throw new Error(`${address}: ${value?.error ?? response.status}: ${value?.message ?? ''}`);
  return value;
}
