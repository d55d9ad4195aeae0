/** What a chapter grades: its tasks with points, the files that a student writes for them, and where the marks are in the notebook. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNotebook } from '../notebook/format.js';
import type { Chapter, ChapterTask } from '../session/chapter.js';
import { withUsed } from '../session/chapter.js';
import { UserError } from '../session/user-error.js';
import { mergeLayers } from '../tasks/layers.js';
import { filesOf } from '../tasks/place.js';
import { checkedBy } from './task-cells.js';

/** A task that is graded. */
export interface GradedTask {
  task: ChapterTask;
  /** The files of the student that it is checked with: its own, and those of graded tasks before it. */
  files: readonly string[];
  /** What the student begins with, of `files`. */
  begin: ReadonlyMap<string, Buffer>;
}

export interface Assignment {
  chapter: Chapter;
  tasks: readonly GradedTask[];
  /** All files that are the student's. */
  files: readonly string[];
  /** Names of files of the system that are not the student's. */
  foreign: ReadonlySet<string>;
  /** The cell that shows a mark, by the mark: a student who has it above the work is graded without that work. */
  testCells: ReadonlyMap<string, string>;
  /** Changes when the marks could. */
  digest: string;
  /** Changes when the chapter does. */
  content: string;
  /** Of the machines that hand-ins are checked with: not the one that students can try their work with. */
  seed: number;
}

/**
 * @param wanted a seed that only the teacher knows (default: one that follows from the chapter)
 * @throws UserError when nothing of the chapter is graded
 */
export function assignmentOf(chapter: Chapter, wanted?: number): Assignment {
  const graded = chapter.tasks.filter(({ points }) => points.size > 0);
  if (graded.length === 0)
    throw new UserError('TaskError', `no task of ${chapter.name} has points`, 'Give the tasks that are graded "points" in chapter.json.');
  const tasks = graded.map((task): GradedTask => {
    const before = graded.filter((each) => each === task || task.skeleton.includes(join(each.folder, 'skeleton')));
    const begin = new Map(before.flatMap((each) => filesOf(each).flatMap((file) => entry(mergeLayers(each.skeleton), file))));
    return { task, files: [...new Set(before.flatMap(filesOf))], begin };
  });
  const files = [...new Set(tasks.flatMap((task) => task.files))];
  const others = chapter.sources.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
  const content = digestOf(chapter);
  const seed = wanted ?? seedOf(content);
  return {
    chapter,
    tasks,
    files,
    foreign: new Set(others.filter((name) => !files.includes(name) && /\.(c|h|S|system)$/.test(name))),
    testCells: testCellsOf(chapter),
    content,
    digest: createHash('sha256').update(`${content} ${seed}`).digest('hex').slice(0, 16),
    seed,
  };
}

/** Never 1, which %check takes. */
const seedOf = (content: string): number => 2 + (Number.parseInt(content.slice(0, 8), 16) % 1_000_000);

function entry(files: ReadonlyMap<string, Buffer>, file: string): [string, Buffer][] {
  const content = files.get(file);
  return content ? [[file, content]] : [];
}

function testCellsOf(chapter: Chapter): Map<string, string> {
  const { notebook } = chapter.assignment;
  const cells = new Map<string, string>();
  if (notebook === undefined) return cells;
  for (const cell of parseNotebook(JSON.parse(readFileSync(notebook, 'utf8')), notebook).cells) {
    for (const mark of checkedBy(cell, chapter)?.marks ?? []) cells.set(mark, cell.id);
  }
  return cells;
}

/** Of everything in the folders of the chapter and of those that it uses. */
function digestOf(chapter: Chapter): string {
  const hash = createHash('sha256');
  const add = (folder: string): void => {
    for (const each of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, each.name);
      if (each.isDirectory()) {
        if (!each.name.startsWith('.')) add(path);
      } else if (each.isFile()) hash.update(`${each.name}\0`).update(readFileSync(path));
    }
  };
  for (const { folder } of withUsed(chapter)) add(folder);
  return hash.digest('hex').slice(0, 16);
}
