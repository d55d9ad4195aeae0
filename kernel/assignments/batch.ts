/** Many hand-ins, several at once. A mark that is not full counts once the solution has passed here after it: what is wrong with this computer is nobody's mistake. */
import type { Assignment } from './assignment.js';
import { faultHere, type Grades, type GradingWork } from './grade.js';

/** What became of one hand-in. */
export type Outcome = { kind: 'graded'; grades: Grades } | { kind: 'not graded'; reason: string };

interface Waiting<T> {
  item: T;
  grades: Grades;
  /** Tasks for which nothing has shown yet that they can be solved here. */
  open: Set<string>;
  ended: number;
}

/** So many wait at most for a sign that this computer is in order. */
const MOST_WAITING = 8;

export class Batch<T> {
  private readonly waiting: Waiting<T>[] = [];
  private next = 0;
  private running = 0;
  /** Counts what begins and ends. */
  private clock = 0;

  /**
   * @param grade of one hand-in: throws when there is no mark
   * @param done is called once for each hand-in, as soon as it is known what becomes of it
   */
  constructor(
    private readonly items: readonly T[],
    private readonly assignment: Assignment,
    private readonly work: GradingWork,
    private readonly grade: (item: T) => Promise<Grades>,
    private readonly done: (item: T, outcome: Outcome) => Promise<void>,
  ) {}

  async run(jobs: number): Promise<void> {
    await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, this.items.length)) }, () => this.serve()));
  }

  private async serve(): Promise<void> {
    for (let item = this.items[this.next++]; item !== undefined; item = this.items[this.next++]) {
      this.work.signal.throwIfAborted();
      const began = ++this.clock;
      this.running++;
      let grades: Grades;
      try {
        grades = await this.grade(item);
      } catch (error) {
        this.work.signal.throwIfAborted();
        await this.done(item, { kind: 'not graded', reason: error instanceof Error ? error.message : String(error) });
        continue;
      } finally {
        this.running--;
      }
      await this.trust(grades.full, began);
      if (grades.lost.size === 0) await this.done(item, { kind: 'graded', grades });
      else this.waiting.push({ item, grades, open: new Set(grades.lost), ended: ++this.clock });
      if (this.waiting.length >= MOST_WAITING) await this.settle();
    }
    if (this.running === 0) await this.settle();
  }

  /** These tasks were solved by a hand-in that began at `began`: what failed before failed by itself. */
  private async trust(full: ReadonlySet<string>, began: number): Promise<void> {
    for (const each of [...this.waiting]) {
      if (each.ended < began) for (const task of full) each.open.delete(task);
      if (each.open.size > 0 || !this.waiting.includes(each)) continue;
      this.waiting.splice(this.waiting.indexOf(each), 1);
      await this.done(each.item, { kind: 'graded', grades: each.grades });
    }
  }

  /** Tries the solution, for all that wait. */
  private async settle(): Promise<void> {
    const settled = this.waiting.splice(0);
    if (settled.length === 0) return;
    const tasks = new Set(settled.flatMap(({ open }) => [...open]));
    const reason = await faultHere(this.assignment, tasks, this.work).catch((error: unknown) => {
      this.work.signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    });
    // What was found on a computer that is not in order is not used again.
    if (reason !== undefined) this.work.known?.clear();
    for (const { item, grades } of settled) {
      await this.done(item, reason === undefined ? { kind: 'graded', grades } : { kind: 'not graded', reason });
    }
  }
}
