/** JupyterLab as `virtbook lab` starts it, or Notebook 7 beside it, in a browser without a window, used as a reader uses them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { packageRoot } from '../../sdk/root.js';
import { freePort } from '../support/free-port.js';
import { PATIENCE } from '../support/until.js';
import { launchChromium } from './browsers.js';
import { LabPage } from './lab-page.js';

const ROOT = packageRoot();
const ENVIRONMENT = join(ROOT, 'dist', 'python');
const TOKEN = 'reader';

/** Both are made of the same parts. */
export type FrontEnd = 'lab' | 'notebook';

export class Lab extends LabPage {
  private constructor(
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    page: Page,
    private readonly url: string,
  ) {
    super(page);
  }

  /** @param folder where the reader works; all that JupyterLab keeps goes there, too */
  static async start(folder: string): Promise<Lab> {
    if (!existsSync(join(ENVIRONMENT, 'complete')))
      throw new Error('JupyterLab is missing: `npm test` installs it where python3 with venv and pip is at hand');
    const port = await freePort();
    const kept = (name: string) => join(folder, '.jupyter', name);
    const server = spawn(
      process.execPath,
      [
        join(ROOT, 'bin', 'virtbook.js'),
        'lab',
        folder,
        '--',
        '--no-browser',
        '--allow-root',
        `--port=${port}`,
        `--IdentityProvider.token=${TOKEN}`,
        '--LabApp.expose_app_in_browser=True',
        '--JupyterNotebookApp.expose_app_in_browser=True',
      ],
      {
        env: {
          ...process.env,
          PATH: `${join(ENVIRONMENT, 'bin')}${delimiter}${process.env.PATH}`,
          JUPYTER_RUNTIME_DIR: kept('runtime'),
          JUPYTER_CONFIG_DIR: kept('config'),
          JUPYTER_DATA_DIR: kept('data'),
          JUPYTERLAB_SETTINGS_DIR: kept('settings'),
          JUPYTERLAB_WORKSPACES_DIR: kept('workspaces'),
        },
        stdio: ['ignore', 'ignore', 'pipe'],
        // With a group of its own, kernels included, it can be ended whole.
        detached: true,
      },
    );
    let log = '';
    server.stderr.on('data', (data: Buffer) => (log += String(data)));
    const url = `http://127.0.0.1:${port}`;
    try {
      for (const end = Date.now() + PATIENCE; ;) {
        const answer = await fetch(`${url}/api/status?token=${TOKEN}`).catch(() => undefined);
        if (answer?.ok) break;
        if (Date.now() > end || server.exitCode !== null) throw new Error(`JupyterLab does not answer:\n${log}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      const browser = await launchChromium();
      const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
      return new Lab(server, browser, page, url);
    } catch (error) {
      if (server.pid) process.kill(-server.pid, 'SIGKILL');
      throw error;
    }
  }

  /** Opens a notebook, and waits for its kernel: JupyterLab runs nothing before. */
  async open(name: string, frontEnd: FrontEnd = 'lab'): Promise<void> {
    await this.page.goto(`${this.url}/${frontEnd === 'lab' ? 'lab/tree' : 'notebooks'}/${name}?token=${TOKEN}`);
    await this.kernelIsIdle();
    const news = this.page.getByRole('button', { name: 'No', exact: true });
    if (await news.count()) await news.first().click();
  }

  async close(): Promise<void> {
    await this.browser.close();
    const group = this.server.pid;
    if (group === undefined) return;
    process.kill(-group, 'SIGTERM');
    // JupyterLab ends its kernels first. What is left of the group after that is ended by force.
    for (const end = Date.now() + PATIENCE; Date.now() < end && (await fetch(this.url).catch(() => undefined));)
      await new Promise((resolve) => setTimeout(resolve, 100));
    this.server.stderr?.destroy();
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // Nothing is left.
    }
  }
}
