/** A reader at a light page. */
import type { Locator, Page } from 'playwright-core';
import { PATIENCE } from '../support/until.js';

export class LightReader {
  constructor(readonly page: Page) {}

  /** The first cell with this text. */
  cellWith(text: string): Locator {
    return this.page.locator('.cell.code').filter({ hasText: text }).first();
  }

  async run(cell: Locator): Promise<void> {
    await cell.getByRole('button', { name: 'Run' }).click();
  }

  /** Waits until the outputs of a cell have a text. */
  async shows(cell: Locator, text: string | RegExp): Promise<void> {
    await cell.locator('[aria-live]').filter({ hasText: text }).waitFor({ timeout: PATIENCE });
  }

  /** Writes code into a cell, runs it, and waits for what it shows. */
  async says(cell: Locator, code: string, text: string | RegExp): Promise<void> {
    await this.write(cell, code);
    await this.run(cell);
    await this.shows(cell, text);
  }

  /** Ends a worker of the page as a browser does, without a word to anybody. @param script how its address ends */
  async loseWorker(script: string): Promise<void> {
    const worker = this.page.workers().find((each) => each.url().endsWith(script));
    if (!worker)
      throw new Error(
        `no worker runs ${script}: ${this.page
          .workers()
          .map((each) => each.url())
          .join(', ')}`,
      );
    // Of a worker that is gone nothing comes back.
    await worker.evaluate('setTimeout(() => close())').catch(() => undefined);
  }

  /** What the page says about itself. */
  async tells(role: 'status' | 'alert', text: string | RegExp): Promise<void> {
    await this.page.getByRole(role).filter({ hasText: text }).waitFor({ timeout: PATIENCE });
  }

  /** Waits until no cell runs or waits. */
  async idle(): Promise<void> {
    await this.page.waitForFunction('[...document.querySelectorAll(".count")].every((each) => each.textContent !== "[*]")', null, {
      timeout: PATIENCE,
    });
  }

  /** Writes at the end of a cell. */
  async append(cell: Locator, text: string): Promise<void> {
    await this.into(cell);
    await this.page.keyboard.press('Control+End');
    await this.page.keyboard.press('Enter');
    await this.page.keyboard.type(text);
  }

  /** Writes another text into a cell. */
  async write(cell: Locator, text: string): Promise<void> {
    await this.into(cell);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
  }

  private into(cell: Locator): Promise<void> {
    return cell.getByRole('textbox').click();
  }
}
