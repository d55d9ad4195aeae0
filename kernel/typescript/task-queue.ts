import { KernelError, keyboardInterrupt } from '../core/evaluator.js';
import { cellError } from './cell-errors.js';
import type { Task } from './ipc.js';
import type { Outlet } from './outlet.js';

/** Cells and expressions change the session, so each waits for the one before it. Each task ends with `done` or `failed`. */
export class TaskQueue {
  private turn: Promise<void> = Promise.resolve();
  /** Those that have not ended. */
  private readonly pending = new Set<number>();
  /** Those of them that were interrupted before their turn came. */
  private readonly cancelled = new Set<number>();
  /** The one whose turn it is. */
  private running: number | undefined;

  constructor(
    private readonly outlet: Pick<Outlet, 'send'>,
    private readonly perform: (task: Task) => Promise<unknown>,
  ) {}

  /** Does the task when those before it have ended. */
  add(task: Task): void {
    this.pending.add(task.id);
    this.turn = this.turn.then(() => this.takeTurn(task));
  }

  isRunning(id: number): boolean {
    return id === this.running;
  }

  /** A task that still waits will fail when its turn comes. */
  cancel(id: number): void {
    if (this.pending.has(id)) this.cancelled.add(id);
  }

  /** Does the task at once. */
  async work(task: Task): Promise<void> {
    try {
      if (this.cancelled.has(task.id)) throw keyboardInterrupt();
      const value = await this.perform(task);
      this.outlet.send({ type: 'done', id: task.id, value });
    } catch (thrown) {
      const error =
        thrown instanceof KernelError ? { ename: thrown.ename, evalue: thrown.message, traceback: thrown.traceback } : cellError(thrown);
      this.outlet.send({ type: 'failed', id: task.id, error });
    }
  }

  private async takeTurn(task: Task): Promise<void> {
    this.running = task.id;
    await this.work(task);
    this.running = undefined;
    this.pending.delete(task.id);
    this.cancelled.delete(task.id);
  }
}
