/**
 * A reader comes back: each chapter, run again in the folder where it was run, shows the same to the byte, and `%solve` and `%reset` of
 * each task lose nothing. Part 2 is run twice in parts.test.ts.
 *
 * @seconds 60
 * @long
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessKernel } from '../../kernel/core/client.js';
import { executeNotebook } from '../../kernel/notebook/execute.js';
import { packageRoot } from '../../sdk/root.js';
import { chapterEvaluator } from './chapter.js';

jest.setTimeout(900_000);

const SCRATCH = mkdtempSync(join(tmpdir(), 'again '));
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true, maxRetries: 5 }));

const NOTEBOOKS = join(packageRoot(), 'notebooks');

// Part 5 has a suite of its own.
test.each(['part1', 'part3', 'part4'])('%s: the second run shows what the first one did', async (name) => {
  const folder = join(SCRATCH, name);
  mkdirSync(folder);
  const [first, second] = [join(folder, 'first.ipynb'), join(folder, 'second.ipynb')];
  for (const out of [first, second]) {
    const { failed } = await executeNotebook(join(NOTEBOOKS, name, `${name}.ipynb`), chapterEvaluator(folder), { out });
    expect(failed).toBeUndefined();
  }
  expect(readFileSync(second, 'utf8')).toBe(readFileSync(first, 'utf8'));
});

interface Declared {
  tasks: { name: string }[];
}

const CHAPTERS = ['part1', 'part2', 'part3', 'part4', 'part5'];
const TASKS = CHAPTERS.flatMap((chapter) =>
  (JSON.parse(readFileSync(join(NOTEBOOKS, chapter, 'chapter.json'), 'utf8')) as Declared).tasks.map(
    ({ name }) => [chapter, name] as const,
  ),
);

test.each(TASKS)('%s: %%solve and %%reset of %s keep a copy of what was there', async (chapter, task) => {
  const folder = join(SCRATCH, `${chapter} ${task}`);
  mkdirSync(folder);
  const kernel = await InProcessKernel.start(chapterEvaluator(folder));
  const run = async (source: string): Promise<void> => expect((await kernel.executeCell(source)).error).toBeUndefined();
  try {
    await run(`%chapter ${chapter}\n%solve ${task}`);
    const written = readdirSync(folder).filter((name) => /\.(c|h|system)$/.test(name));
    expect(written).not.toEqual([]);
    for (const name of written) writeFileSync(join(folder, name), `/* mine: ${name} */\n`);
    await run(`%reset ${task}`);
    const copies = join(folder, 'copies', `${task}-1`);
    const kept = readdirSync(copies);
    expect(kept).not.toEqual([]);
    for (const name of kept) expect(readFileSync(join(copies, name), 'utf8')).toBe(`/* mine: ${name} */\n`);
    // What belongs to earlier tasks is the reader's, and stays.
    for (const name of written.filter((each) => !kept.includes(each)))
      expect(readFileSync(join(folder, name), 'utf8')).toBe(`/* mine: ${name} */\n`);
  } finally {
    await kernel.shutdown();
  }
});
