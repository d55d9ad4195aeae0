/** The cells of a chapter's notebook that belong to its tasks: where a reader works, and where the work is checked. */
import { join } from 'node:path';
import { bodyOf, parseCell } from '../magics/cell.js';
import { type Cell, tagsOf } from '../notebook/format.js';
import type { Chapter, ChapterTask } from '../session/chapter.js';
import { textOf, mergeLayers } from '../tasks/layers.js';
import { solutionOf } from '../tasks/place.js';
import { UserError } from '../session/user-error.js';
import { commentIn } from './regions.js';

/** The tag of a cell that holds a reader's work for a task, before the name of the task. */
const WORK_TAG = 'task-';
/** Magics that write a file. */
const WRITERS = ['file', 'system', 'edit'] as const;

/** A cell that writes a file. */
export interface WrittenFile {
  magic: (typeof WRITERS)[number];
  /** As the cell names it, with `/`, without `./`. */
  file: string;
  /** The lines under the magic, with a line end. */
  text: string;
}

/** What a code cell writes; undefined for other cells. */
export function writtenBy(source: string): WrittenFile | undefined {
  const body = bodyOf(source.replace(/\r\n?/g, '\n').replace(/\u00a0/g, ' '));
  const magic = WRITERS.find((name) => name === body?.name);
  if (!body || !magic) return undefined;
  const file = /^(?:--\S+\s+)*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(body.rest)?.slice(1).find(Boolean);
  if (file === undefined) return undefined;
  const text = body.text === '' || body.text.endsWith('\n') ? body.text : `${body.text}\n`;
  return { magic, file: file.replace(/\\/g, '/').replace(/^(?:\.\/)+/, ''), text };
}

/** The task for which a reader works in this cell. @throws UserError when the tag names none, or the cell writes no file */
export function workOf(cell: Cell, { name, tasks }: Chapter): { task: ChapterTask; written: WrittenFile } | undefined {
  const tag = tagsOf(cell).find((each) => each.startsWith(WORK_TAG));
  if (tag === undefined) return undefined;
  const task = tasks.find((each) => WORK_TAG + each.name === tag);
  if (!task) {
    const known = tasks.map((each) => each.name).join(', ') || 'none';
    throw new UserError('TaskError', `cell ${cell.id} has the tag ${tag}, and ${name} has no such task`, `Its tasks: ${known}.`);
  }
  const written = cell.cell_type === 'code' ? writtenBy(cell.source) : undefined;
  if (written) return { task, written };
  throw new UserError('TaskError', `cell ${cell.id} has the tag ${tag} and writes no file`, 'Begin it with %%file, %%system or %%edit.');
}

/** The metadata of a cell without the tags that are for authors. */
export function withoutWorkTag({ metadata }: Cell): Cell['metadata'] {
  const { tags: _, ...others } = metadata;
  const tags = tagsOf({ metadata }).filter((tag) => !tag.startsWith(WORK_TAG));
  return tags.length > 0 ? { ...others, tags } : others;
}

/** The task that a cell checks, and the marks that it is about: all of the task, or the one after `--only`. */
export function checkedBy(cell: Cell, { tasks }: Chapter): { task: ChapterTask; marks: string[] } | undefined {
  if (cell.cell_type !== 'code') return undefined;
  const segments = parseCell(cell.source);
  const [segment] = segments;
  if (segments.length !== 1 || segment?.kind !== 'magic' || segment.sign !== '%' || segment.name !== 'check') return undefined;
  const only = /--only[ =](\S+)/.exec(segment.rest)?.[1];
  const name = segment.rest.replace(/--only[ =]\S+/, '').match(/(?<=^|\s)[^-\s]\S*/)?.[0];
  const task = tasks.find((each) => each.name === name);
  return task && { task, marks: only === undefined ? [...task.points.keys()] : [only] };
}

/** The cell as a reader begins, and as the solution has it. */
export function formsOf(cell: Cell, { task, written: { magic, file } }: { task: ChapterTask; written: WrittenFile }) {
  const whole = (layers: readonly string[]): string | undefined => {
    const text = mergeLayers(layers).get(file)?.toString('utf8').replace(/\r\n/g, '\n').trimEnd();
    return text === undefined ? undefined : `%%${file.endsWith('.system') ? 'system' : 'file'} ${file}\n${text}`;
  };
  const solved = whole(solutionOf(task));
  if (solved === undefined)
    throw new UserError(
      'TaskError',
      `cell ${cell.id} writes ${file}, and the solution of ${task.name} has no such file`,
      `Put it into tasks/${task.name}/solution.`,
    );
  if (magic !== 'edit') return { begin: whole(task.skeleton) ?? cell.source, solved };
  const edit = (parts: string): string => `%%edit ${file}\n${parts.trimEnd()}`;
  const partsIn = (folder: string): string | undefined => textOf(join(task.folder, folder), `${file}.edit`);
  const parts = partsIn('solution');
  const begun = partsIn('skeleton');
  const isSolved = parts !== undefined && cell.source.replace(/\r\n?/g, '\n').trimEnd() === edit(parts);
  // A source that is solved begins empty for its reader; one that is not holds what the reader begins with.
  const empty = isSolved ? edit(commentIn(file)(`Your solution of the task ${task.name} goes here.`)) : cell.source;
  return { begin: begun === undefined ? empty : edit(begun), solved: parts === undefined ? solved : edit(parts) };
}
