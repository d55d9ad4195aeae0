/** How far a reader is with the tasks of chapters, kept in the working folder. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../../sdk/cache.js';
import type { Chapter, ChapterTask } from '../session/chapter.js';
import { OUTPUT_FOLDER } from '../session/folders.js';
import type { CheckReport } from '../session/task-checks.js';
import { firstFailure, hasPassed } from '../session/task-checks.js';
import { filesOf } from './place.js';

interface TaskRecord {
  /** Of the files that passed. */
  passed?: string;
  /** The hint for what the last check found wrong. */
  wrong?: string;
  /** Names of the hints that the reader has had, in that order. */
  hints?: string[];
  /** The solution was written over the reader's files. */
  solved?: boolean;
}

/** `changed`: it has passed, and its files are others now, but for what later tasks have changed. */
export type TaskState = 'open' | 'passed' | 'changed';

export class TaskProgress {
  private readonly file: string;

  /** @param folder of the reader, absolute */
  constructor(private readonly folder: string) {
    this.file = join(folder, OUTPUT_FOLDER, 'tasks.json');
  }

  state(chapter: Chapter, task: ChapterTask): TaskState {
    const { passed } = this.record(chapter, task);
    if (passed === undefined) return 'open';
    return passed === this.digest(task) || this.isPassedBy(chapter, task) ? 'passed' : 'changed';
  }

  /** A task that begins with the solution of this one has passed, with the files that are there. */
  private isPassedBy(chapter: Chapter, { folder }: ChapterTask): boolean {
    return chapter.tasks
      .filter(({ skeleton }) => skeleton.includes(join(folder, 'solution')))
      .some((later) => this.record(chapter, later).passed === this.digest(later));
  }

  isSolved(chapter: Chapter, task: ChapterTask): boolean {
    return this.record(chapter, task).solved === true;
  }

  /** The first task that has not passed. */
  next(chapter: Chapter): ChapterTask | undefined {
    return (
      chapter.tasks.find((task) => this.state(chapter, task) === 'open') ??
      chapter.tasks.find((task) => this.state(chapter, task) !== 'passed')
    );
  }

  async checked(chapter: Chapter, task: ChapterTask, report: CheckReport): Promise<void> {
    const { hints, solved } = this.record(chapter, task);
    const failure = firstFailure(report);
    await this.write(chapter, task, {
      ...(hints && { hints }),
      ...(solved && { solved }),
      ...(hasPassed(report) && { passed: this.digest(task) }),
      ...(failure && { wrong: failure.hint }),
    });
  }

  async placed(chapter: Chapter, task: ChapterTask, what: 'solution' | 'skeleton'): Promise<void> {
    const { hints } = this.record(chapter, task);
    await this.write(chapter, task, { ...(what === 'solution' && { solved: true, ...(hints && { hints }) }) });
  }

  /** How many hints the reader has had. */
  hintsHad(chapter: Chapter, task: ChapterTask): number {
    return this.record(chapter, task).hints?.length ?? 0;
  }

  /** The next hint: that for what the last check found wrong, then the others in order. Undefined when there is no more. */
  async takeHint(chapter: Chapter, task: ChapterTask): Promise<{ name: string; text: string } | undefined> {
    const record = this.record(chapter, task);
    const had = record.hints ?? [];
    const left = task.hints.filter(({ name }) => !had.includes(name));
    const hint = left.find(({ name }) => name === record.wrong) ?? left[0];
    if (hint) await this.write(chapter, task, { ...record, hints: [...had, hint.name] });
    return hint;
  }

  private digest(task: ChapterTask): string {
    const hash = createHash('sha256');
    for (const path of filesOf(task).sort()) hash.update(`${path}\0`).update(contentOf(join(this.folder, path)));
    return hash.digest('hex').slice(0, 16);
  }

  private record(chapter: Chapter, task: ChapterTask): TaskRecord {
    return this.read()[keyOf(chapter, task)] ?? {};
  }

  private read(): Record<string, TaskRecord> {
    try {
      const json: unknown = JSON.parse(readFileSync(this.file, 'utf8'));
      return typeof json === 'object' && json !== null ? (json as Record<string, TaskRecord>) : {};
    } catch {
      // Never written, or damaged: it is only what the reader can do again.
      return {};
    }
  }

  private async write(chapter: Chapter, task: ChapterTask, record: TaskRecord): Promise<void> {
    await writeFileAtomically(this.file, `${JSON.stringify({ ...this.read(), [keyOf(chapter, task)]: record }, undefined, 1)}\n`);
  }
}

const keyOf = (chapter: Chapter, task: ChapterTask): string => `${chapter.name}/${task.name}`;

function contentOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}
