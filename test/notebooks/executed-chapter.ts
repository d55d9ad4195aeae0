/** The chapter, executed in this process: once in a run of the tests, for all suites that look at the result. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeNotebook } from '../../kernel/notebook/execute.js';
import { ensureDirectory } from '../../sdk/cache.js';
import { chapterEvaluator, CHAPTER_PATH } from './chapter.js';

/** For cells that name no seed. */
export const SEED = 21;

/** Files, which nobody may change. */
export interface ExecutedChapter {
  notebook: string;
  /** Our own page of it. */
  page: string;
}

export async function executedChapter(): Promise<ExecutedChapter> {
  const shared = process.env.VIRTBOOK_TEST_RUN;
  if (shared === undefined) throw new Error('jest.config.cjs has no global setup that makes the folder of a test run');
  const folder = await ensureDirectory(join(shared, 'part4'), async (temporary) => {
    const work = mkdtempSync(join(tmpdir(), 'virtbook part4 '));
    try {
      const files = { out: join(temporary, 'part4.ipynb'), html: join(temporary, 'part4.html') };
      const { failed } = await executeNotebook(CHAPTER_PATH, chapterEvaluator(work, SEED), files);
      if (failed) throw new Error(`the chapter fails: ${JSON.stringify(failed)}`);
    } finally {
      rmSync(work, { recursive: true, force: true, maxRetries: 5 });
    }
  });
  return { notebook: join(folder, 'part4.ipynb'), page: join(folder, 'part4.html') };
}
