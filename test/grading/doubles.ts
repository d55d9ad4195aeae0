/** A small chapter with points: a question and an answer, without a Linux. Hand-ins for it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Notebook } from '../../kernel/notebook/format.js';
import { newChapter } from '../../kernel/tasks/new-chapter.js';

/** What the function of the task has to do. */
export const SOLUTION = 'return 2 * question;';
/** Right for one number of two. */
export const HALF = 'return question + 21;';

/**
 * Writes the chapter `doubles`.
 * @param lose while this file is there, machines lose their thread
 * @param once the first machine that does takes the file away
 */
export function writeDoubles(folder: string, lose: string, once = false): void {
  const files = newChapter('doubles');
  const declaration = JSON.parse(files['chapter.json'] ?? '') as object;
  const network = { mac: '52:55:00:d1:55:02', hosts: [{ module: 'kit/host.ts' }] };
  files['chapter.json'] = JSON.stringify({ ...declaration, machine: { network } });
  files['kit/host.ts'] = `import { rmSync, statSync } from 'node:fs';
export function createHost() {
  if (statSync(${JSON.stringify(lose)}, { throwIfNoEntry: false })) {
    ${once ? `rmSync(${JSON.stringify(lose)}, { force: true });` : ''}
    process.exit(1);
  }
  return { names: ['host.example'], tcp: new Map() };
}
`;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/**
 * A notebook as a student hands it in.
 * @param body of the function that the task asks for
 * @param before lines above all others of the file
 */
export function doublesHandIn(chapter: string, body: string, before = ''): string {
  const notebook = JSON.parse(readFileSync(join(chapter, 'doubles.ipynb'), 'utf8')) as Notebook;
  const cell = notebook.cells.find(({ id }) => id === 'teller');
  if (!cell) throw new Error('the notebook of a new chapter has no cell teller');
  cell.source = cell.source.replace(/\(void\)question;\s+return 0;/, body).replace('%%file teller.c\n', `%%file teller.c\n${before}`);
  return JSON.stringify(notebook);
}
