/** JupyterLab as `virtbook lab` starts it, or Notebook 7 beside it, in a browser without a window, used as a reader uses them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { packageRoot } from '../../sdk/root.js';
import { freePort } from '../support/free-port.js';
import { PATIENCE } from '../support/until.js';

const ROOT = packageRoot();
const ENVIRONMENT = join(ROOT, 'dist', 'python');
const TOKEN = 'reader';

/** The cells of the notebook in front, as JupyterLab has them: only those in sight are in the page. */
export interface CodeCell {
  source: string;
  executionCount: number | null;
  /** By which the editor knows its language. */
  mimeType: string;
  outputs: { output_type: string; text?: string; ename?: string; data?: Record<string, unknown> }[];
}

/** Both are made of the same parts. */
export type FrontEnd = 'lab' | 'notebook';

/** What is used of their application object. */
interface App {
  commands: { execute(id: string, args?: object): Promise<unknown> };
  shell: {
    currentWidget: {
      sessionContext: { session?: { kernel?: { status: string; id: string } } };
      content: {
        activeCellIndex: number;
        scrollToItem(index: number, align: string): Promise<void>;
        model: {
          cells: Iterable<{
            type: string;
            mimeType: string;
            executionCount: number | null;
            sharedModel: { getSource(): string; setSource(text: string): void };
            outputs: { toJSON(): CodeCell['outputs'] };
          }>;
        };
      };
    } | null;
  };
}
declare global {
  // What `expose_app_in_browser` puts there.
  var jupyterapp: App;
}

export function browserProgram(): string {
  const found = ['chromium', 'chromium-browser', 'google-chrome']
    .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim())
    .find(Boolean);
  if (!found) throw new Error('a browser is missing: `npm test` as root installs chromium on Debian; elsewhere put it on the PATH');
  return found;
}

export class Lab {
  private constructor(
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    readonly page: Page,
    private readonly url: string,
    readonly faults: string[],
  ) {}

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
      const browser = await chromium.launch({ executablePath: browserProgram(), args: ['--no-sandbox'] });
      const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
      return new Lab(server, browser, page, url, faults);
    } catch (error) {
      if (server.pid) process.kill(-server.pid, 'SIGKILL');
      throw error;
    }
  }

  /** Opens a notebook, and waits for its kernel: JupyterLab runs nothing before. */
  async open(name: string, frontEnd: FrontEnd = 'lab'): Promise<void> {
    await this.page.goto(`${this.url}/${frontEnd === 'lab' ? 'lab/tree' : 'notebooks'}/${name}?token=${TOKEN}`);
    await this.page.waitForFunction(
      () => (globalThis.jupyterapp as App | undefined)?.shell.currentWidget?.sessionContext.session?.kernel?.status === 'idle',
      null,
      { timeout: PATIENCE },
    );
    const news = this.page.getByRole('button', { name: 'No', exact: true });
    if (await news.count()) await news.first().click();
  }

  async menu(name: string, entry: string | RegExp): Promise<void> {
    await this.page.getByRole('menuitem', { name, exact: true }).click();
    await this.page
      .getByRole('menuitem', typeof entry === 'string' ? { name: entry, exact: true } : { name: entry })
      .first()
      .click();
  }

  cells(): Promise<CodeCell[]> {
    return this.page.evaluate(() =>
      [...(globalThis.jupyterapp.shell.currentWidget?.content.model.cells ?? [])]
        .filter(({ type }) => type === 'code')
        .map((cell) => ({
          source: cell.sharedModel.getSource(),
          mimeType: cell.mimeType,
          executionCount: cell.executionCount,
          outputs: cell.outputs.toJSON(),
        })),
    );
  }

  /** Waits until a cell has its number, and gives it as it is then. `index` counts code cells, from the end where negative. */
  async executed(index: number, milliseconds = PATIENCE): Promise<CodeCell> {
    for (const end = Date.now() + milliseconds; ;) {
      const cell = (await this.cells()).at(index);
      if (cell?.executionCount) return cell;
      if (Date.now() > end) throw new Error(`the cell has not ended: ${String(JSON.stringify(cell)).slice(0, 2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Writes a cell below all others and runs it, without waiting for its end. */
  async run(source: string): Promise<void> {
    await this.page.evaluate(async (text) => {
      const { commands, shell } = globalThis.jupyterapp;
      const notebook = shell.currentWidget?.content;
      if (!notebook) throw new Error('no notebook is open');
      notebook.activeCellIndex = [...notebook.model.cells].length - 1;
      await commands.execute('notebook:insert-cell-below');
      [...notebook.model.cells].at(-1)?.sharedModel.setSource(text);
      // It does not resolve before the cell has ended.
      void commands.execute('notebook:run-cell');
      await notebook.scrollToItem(notebook.activeCellIndex, 'start');
    }, source);
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
