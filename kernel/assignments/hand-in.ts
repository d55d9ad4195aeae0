/** A hand-in taken apart: the files that its cells write. Nothing of it is run. */
import { posix } from 'node:path';
import { requireSize } from '../../sdk/build/confined.js';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { Cell, Notebook } from '../notebook/format.js';
import { textOf } from '../tasks/layers.js';
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
  /** A cell that could not change its file, in words. */
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
    filesOf({ files, begin }, end = notebook.cells.length) {
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
      return { files: result, wrong };
    },
  };
}

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
