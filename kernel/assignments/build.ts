/** The notebooks that are made of a chapter's one source: the reader's, the solved one, and the one that nbgrader hands out. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import { type Cell, formatNotebook, type Notebook, parseNotebook } from '../notebook/format.js';
import { nbgraderMetadata } from '../notebook/nbgrader.js';
import type { Chapter } from '../session/chapter.js';
import { UserError } from '../session/user-error.js';
import { commentIn, withRegions } from './regions.js';
import { checkedBy, formsOf, withoutWorkTag, workOf } from './task-cells.js';

/**
 * The built notebooks by their paths in the output folder, which is a course of nbgrader as well. Equal sources give equal bytes.
 * @throws UserError when a cell and its task do not fit
 */
export function builtNotebooks(chapter: Chapter): Map<string, string> {
  const { name, assignment, tasks } = chapter;
  const notebook = sourceOf(chapter);
  const source = read(notebook);
  const built = new Map<string, string>();
  const add = (path: string, from: Notebook, change: (cell: Cell) => Cell): void => {
    built.set(path, formatNotebook({ ...from, cells: from.cells.map(change) }));
  };
  built.set(`reader/${name}.ipynb`, readersNotebook(chapter));
  add(`solved/${name}.ipynb`, source, (cell) => formed(cell, chapter, 'solved'));
  if (tasks.some(({ points }) => points.size > 0)) {
    add(`source/${name}/${name}.ipynb`, read(assignment.notebook ?? notebook), (cell) => graded(cell, chapter));
  }
  return built;
}

/** What a reader begins with: the chapter's notebook without the solutions of its tasks. @throws UserError as above */
export function readersNotebook(chapter: Chapter): string {
  const source = read(sourceOf(chapter));
  return formatNotebook({ ...source, cells: source.cells.map((cell) => formed(cell, chapter, 'begin')) });
}

/**
 * The same for a folder that has all the chapters' notebooks beside each other: links from one to another say so.
 * @param notebooks paths of the notebooks that are there
 */
export function readersCopy(chapter: Chapter, notebooks: readonly string[]): string {
  const from = dirname(sourceOf(chapter));
  return notebooks.reduce(
    (text, to) => text.replaceAll(`](${relative(from, to).split(sep).join('/')})`, `](${basename(to)})`),
    readersNotebook(chapter),
  );
}

function sourceOf({ name, notebook }: Chapter): string {
  if (notebook !== undefined) return notebook;
  throw new UserError('TaskError', `${name} has no notebook`, `Write ${name}.ipynb, or name it in chapter.json.`);
}

const read = (path: string): Notebook => parseNotebook(JSON.parse(readFileSync(path, 'utf8')), path);

function formed(cell: Cell, chapter: Chapter, form: 'begin' | 'solved'): Cell {
  const work = workOf(cell, chapter);
  if (!work) return cell;
  const metadata = withoutWorkTag(cell);
  return { ...cell, source: formsOf(cell, work)[form], metadata: form === 'begin' ? inSight(metadata) : metadata };
}

/** A solution may be folded away; where a reader works, nothing is. */
function inSight(metadata: Cell['metadata']): Cell['metadata'] {
  const { jupyter, ...others } = metadata;
  if (typeof jupyter !== 'object' || jupyter === null || Array.isArray(jupyter)) return metadata;
  const { source_hidden: _, ...rest } = jupyter;
  return Object.keys(rest).length > 0 ? { ...others, jupyter: rest } : others;
}

/** A cell with its part in grading: a student's, with the solution between marks, or a test that nobody may change. */
function graded(cell: Cell, chapter: Chapter): Cell {
  const work = workOf(cell, chapter);
  if (work && work.task.points.size > 0) {
    const { begin, solved } = formsOf(cell, work);
    return {
      ...cell,
      source: withRegions(begin, solved, commentIn(work.written.file)),
      metadata: { nbgrader: nbgraderMetadata(cell.id, 'solution'), ...inSight(withoutWorkTag(cell)) },
    };
  }
  const checked = checkedBy(cell, chapter);
  if (!checked || checked.task.points.size === 0) return formed(cell, chapter, 'begin');
  const points = checked.marks.reduce((sum, mark) => sum + pointsOf(mark, checked.task, cell), 0);
  // It depends on no other cell.
  const check = /\s--points\b/.test(cell.source) ? cell.source : `${cell.source.trimEnd()} --points`;
  const source = `%chapter ${chapter.name}\n${check}`;
  return { ...cell, source, metadata: { nbgrader: nbgraderMetadata(cell.id, 'test', points), ...cell.metadata } };
}

function pointsOf(mark: string, { name, points }: Chapter['tasks'][number], cell: Cell): number {
  const of = points.get(mark);
  if (of !== undefined) return of;
  const known = [...points.keys()].join(', ');
  throw new UserError('TaskError', `cell ${cell.id} is about the mark ${mark}, and ${name} has none of this name`, `Its marks: ${known}.`);
}

/** Built notebooks that are kept and are not what the sources would give now. */
export function staleNotebooks(chapter: Chapter): Diagnostic[] {
  if (chapter.notebook === undefined) return [];
  const { built, notebook } = chapter.assignment;
  const about = (file: string, message: string, hint: string): Diagnostic => ({
    severity: 'error',
    file: relative(chapter.folder, file).split(sep).join('/'),
    message,
    hint,
  });
  try {
    return [...builtNotebooks(chapter)].flatMap(([path, text]) => {
      const file = join(built, path);
      if (!existsSync(file) || readFileSync(file, 'utf8').replace(/\r\n/g, '\n') === text) return [];
      return [about(file, 'this is not what the sources give now', `run virtbook chapter build ${chapter.name}`)];
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [about(notebook ?? chapter.notebook, error.message, error.hint ?? '')];
  }
}
