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
