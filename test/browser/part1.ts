/** Part 1 as `virtbook execute` runs it, for comparison with what pages make of it. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../sdk/root.js';
import { virtbook } from './light-site.js';
import { PageKernel } from './page-kernel.js';

/** Notebooks have texts in lines. */
type Text = string | string[];
const joined = (text: Text): string => (typeof text === 'string' ? text : text.join(''));

export interface ExecutedCell {
  source: string;
  outputs: unknown;
}

/** Executes it. @param image called with its image while that is there */
export function executePart1(image?: (path: string) => void): ExecutedCell[] {
  const scratch = mkdtempSync(join(tmpdir(), 'virtbook-'));
  try {
    // A notebook writes its files where it is.
    mkdirSync(join(scratch, 'executed'));
    copyFileSync(join(packageRoot(), 'notebooks', 'part1', 'part1.ipynb'), join(scratch, 'executed', 'part1.ipynb'));
    virtbook(scratch, 'execute', join('executed', 'part1.ipynb'), '-o', join(scratch, 'part1.ipynb'));
    image?.(join(scratch, 'executed', '.virtbook', 'part1', 'loader.img'));
    const { cells } = JSON.parse(readFileSync(join(scratch, 'part1.ipynb'), 'utf8')) as {
      cells: { cell_type: string; source: Text; outputs: unknown }[];
    };
    return cells
      .filter(({ cell_type: type }) => type === 'code')
      .map(({ source, outputs }) => ({ source: joined(source), outputs: plain(outputs) }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const plain = (outputs: unknown): unknown =>
  JSON.parse(
    JSON.stringify(outputs, (key, value: unknown) => {
      if (key === 'execution_count') return undefined;
      return ['text', 'text/plain', 'text/html'].includes(key) ? joined(value as Text) : value;
    }),
  );

/** Runs the same cells in the kernel of a light page, and expects the same outputs, byte for byte. */
export async function expectInPage(page: Page, cells: readonly ExecutedCell[]): Promise<void> {
  const about = JSON.parse((await page.locator('#virtbook').textContent()) ?? '{}') as { kernel: string };
  const kernel = await PageKernel.start(page, about.kernel);
  for (const { source, outputs: expected } of cells) {
    const { status, outputs } = await kernel.run(source);
    expect([source, status, plain(outputs)]).toEqual([source, 'ok', expected]);
  }
}
