/** A hand-in taken apart: the files that its cells write. Nothing of it is run. */
import { posix } from 'node:path';
import { requireSize } from '../../sdk/build/confined.js';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { Cell, Notebook } from '../notebook/format.js';
import { textOf } from '../tasks/layers.js';
import { filesOf } from '../tasks/place.js';
import { UserError } from '../session/user-error.js';
import { editC } from '../writing/c-edit.js';
import { editSystem } from '../writing/system-edit.js';
import type { Assignment, GradedTask } from './assignment.js';
import { writtenBy } from './task-cells.js';

export interface HandIn {
  /** What the student has for a task, where only cells before `end` count. */
  filesOf(task: GradedTask, end?: number): HandedFiles;
  /** Where the cell that shows a mark is; undefined when it was deleted. */
  placeOf(mark: string): number | undefined;
  /** Files of the teacher that cells would have written. */
  foreign: readonly string[];
}

export interface HandedFiles {
  files: ReadonlyMap<string, Buffer>;
  /** In words: a cell that could not change its file, or that there is none for the files of the task. */
  wrong: string | undefined;
}

export function takeApart(notebook: Notebook, assignment: Assignment): HandIn {
  const written = notebook.cells.map((cell) => {
    const found = cell.cell_type === 'code' ? writtenBy(cell.source) : undefined;
    return found && { ...found, file: posix.normalize(found.file) };
  });
  return {
    foreign: [...new Set(written.flatMap((each) => (each && assignment.foreign.has(each.file) ? [each.file] : [])))],
    placeOf(mark) {
      const id = assignment.testCells.get(mark);
      if (id === undefined) return notebook.cells.length;
      const place = notebook.cells.findLastIndex((cell) => idOf(cell) === id);
      return place < 0 ? undefined : place;
    },
    filesOf({ task, files, begin }, end = notebook.cells.length) {
      const result = new Map(begin);
      let wrong: string | undefined;
      let parts = 0;
      for (const each of written.slice(0, end)) {
        if (!each || !files.includes(each.file)) continue;
        try {
          // All together: to put many long parts into a file takes long.
          if (each.magic === 'edit') requireSize(each.file, (parts += each.text.length));
          const text = each.magic === 'edit' ? edited(each.file, each.text, result, assignment) : each.text;
          result.set(each.file, Buffer.from(text));
        } catch (error) {
          if (!(error instanceof DiagnosticError || error instanceof UserError)) throw error;
          wrong ??= `a cell with %%edit ${each.file} cannot be used: ${error.message}`;
        }
      }
      const above = written.slice(0, end).flatMap((each) => each?.file ?? []);
      return { files: result, wrong: wrong ?? notWritten(filesOf(task), above) };
    },
  };
}

/** What a student should hear first where no cell writes a file of the task: it is then checked as it began. */
function notWritten(wanted: readonly string[], written: readonly string[]): string | undefined {
  if (wanted.length === 0 || wanted.some((file) => written.includes(file))) return undefined;
  for (const file of wanted) {
    const near = written.find((each) => bare(each) === bare(file));
    if (near !== undefined) return `a cell writes "${visible(near)}": the file of the task is called "${file}", in these letters`;
  }
  return `no cell above the test writes ${wanted.join(' or ')}: what the task begins with was checked`;
}

/** Without what is easily taken for the same: folders, capital letters, characters that nobody sees. */
const bare = (file: string): string =>
  (/[^/]*(?=\/*$)/.exec(file)?.[0] ?? '')
    .normalize('NFKC')
    .replace(/[\p{Cf}\s]/gu, '')
    .toLowerCase();

const visible = (text: string): string =>
  text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (each) => `\\u{${each.codePointAt(0)?.toString(16) ?? ''}}`);

/** The name that a cell has in grading, or its own where a student's program has lost that. */
function idOf(cell: Cell): string {
  const { nbgrader } = cell.metadata;
  const id = typeof nbgrader === 'object' && nbgrader !== null && !Array.isArray(nbgrader) ? nbgrader.grade_id : undefined;
  return typeof id === 'string' ? id : cell.id;
}

/** As the cell changes it when it runs: what is there, or the file of the chapter. */
function edited(file: string, parts: string, files: ReadonlyMap<string, Buffer>, { chapter }: Assignment): string {
  const before =
    files.get(file)?.toString('utf8') ?? chapter.sources.map((folder) => textOf(folder, file)).find((text) => text !== undefined);
  if (before === undefined) throw new UserError('FileError', `there is no file ${file} to change`);
  return (file.endsWith('.system') ? editSystem(before, parts, file) : editC(before, parts)).text;
}
