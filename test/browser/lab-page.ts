/** A page with JupyterLab or Notebook in it, wherever it is from, used as a reader uses it. Its application has to be exposed. */
import type { Page } from 'playwright-core';
import { PATIENCE } from '../support/until.js';

/** The cells of the notebook in front, as JupyterLab has them: only those in sight are in the page. */
export interface CodeCell {
  source: string;
  executionCount: number | null;
  /** By which the editor knows its language. */
  mimeType: string;
  outputs: { output_type: string; text?: string; ename?: string; data?: Record<string, unknown> }[];
}

/** What is used of an element of the page. */
interface PageElement {
  getBoundingClientRect(): { top: number };
  querySelectorAll(images: 'img'): Iterable<{ decode(): Promise<void> }>;
}

/** What is used of their application object. */
interface App {
  commands: { execute(id: string, args?: object): Promise<unknown> };
  shell: {
    currentWidget: {
      sessionContext: { session?: { kernel?: { status: string; id: string } } };
      content: {
        activeCellIndex: number;
        scrollToItem(index: number, align: string): Promise<void>;
        node: PageElement;
        /** `windowingMode`: whether only cells near the window are laid out. */
        notebookConfig: { windowingMode: string };
        widgets: readonly { node: PageElement; ready: Promise<void>; model: { sharedModel: { getSource(): string } } }[];
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
  var requestAnimationFrame: (painted: (time: number) => void) => number;
}

export class LabPage {
  constructor(
    readonly page: Page,
    /** What went wrong in the page. */
    readonly faults: string[] = [],
  ) {
    page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  }

  /** Waits for the kernel of the notebook in front: JupyterLab runs nothing before. */
  async kernelIsIdle(): Promise<void> {
    await this.page.waitForFunction(
      () => (globalThis.jupyterapp as App | undefined)?.shell.currentWidget?.sessionContext.session?.kernel?.status === 'idle',
      null,
      { timeout: PATIENCE },
    );
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
}
