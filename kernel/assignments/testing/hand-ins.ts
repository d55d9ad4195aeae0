/** Hand-ins of the graded part 4, made from the notebook that students get. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChapterFolders, shippedChapters } from '../../chapters/folders.js';
import { type Cell, type Notebook, parseNotebook } from '../../notebook/format.js';
import { assignmentOf } from '../assignment.js';

const PART4 = new ChapterFolders([]).find('part4', shippedChapters())!;
export const ASSIGNMENT = assignmentOf(PART4);

const SOURCE = readFileSync(join(PART4.folder, 'graded', 'source', 'part4', 'part4.ipynb'), 'utf8');
const source = (): Notebook => parseNotebook(JSON.parse(SOURCE), 'part4');
const STUB = '    // YOUR CODE HERE';

export const cellOf = (notebook: Notebook, id: string): Cell => notebook.cells.find((cell) => cell.id === id)!;

/** What students get: without solutions, as nbgrader takes them out. */
export function released(): Notebook {
  const notebook = source();
  for (const cell of notebook.cells) cell.source = cell.source.replace(/[^\n]*BEGIN SOLUTION[^]*?END SOLUTION[^\n]*/g, STUB);
  return notebook;
}

/** The teacher's text of a cell. */
export const solutionOf = (id: string): string => cellOf(source(), id).source.replace(/[^\n]*(BEGIN|END) SOLUTION[^\n]*\n/g, '');

/** A hand-in with these texts in its cells; `true` is the solution. */
export function handIn(texts: Record<string, string | true>, change: (notebook: Notebook) => void = () => undefined): Notebook {
  const notebook = released();
  for (const [id, text] of Object.entries(texts)) cellOf(notebook, id).source = text === true ? solutionOf(id) : text;
  change(notebook);
  return notebook;
}

export const RIGHT = { system: true, server: true } as const;

/** Puts cells of the student before another, or at the end. */
export const inserted =
  (before: string | undefined, ...sources: string[]) =>
  (notebook: Notebook): void => {
    const place = notebook.cells.findIndex((cell) => cell.id === before);
    const cells = sources.map((text, index): Cell => ({
      id: `own-${index}`,
      cell_type: 'code',
      metadata: {},
      source: text,
      outputs: [],
      execution_count: null,
    }));
    notebook.cells.splice(place < 0 ? notebook.cells.length : place, 0, ...cells);
  };

/** The server that takes the letters of the word from its end. */
export const BACKWARDS = solutionOf('server').replace('word[i] = received[i]', 'word[i] = received[WORD_LENGTH - 1 - i]');
