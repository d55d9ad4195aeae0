import type { KernelError } from '../core/evaluator.js';
import type { FromChild, Task, ToChild, Without } from './ipc.js';

export interface SessionEvents {
  /** Everything but the ends of tasks. */
  message(message: Exclude<FromChild, { type: 'done' | 'failed' }>): void;
  /** Text that programs started by cells wrote to the inherited standard streams. */
  inherited(name: 'stdout' | 'stderr', text: string): void;
}

/** One life of what runs TypeScript cells: tasks go in, results and output come out. */
export interface CellProcess {
  /** Resolves when the session can run cells; rejects when it ends before that. */
  readonly ready: Promise<unknown>;
  readonly alive: boolean;
  /** Undefined where it is no process. */
  readonly pid: number | undefined;
  /** Starts a task. `id` names it in messages; `result` settles with it. */
  start(task: Without<Task, 'id'>): { id: number; result: Promise<unknown> };
  send(message: ToChild): void;
  /** Asks the task to stop. May be repeated. */
  interrupt(id: number): void;
  /** Ends it at once. `reason` is told to the tasks that were under way. */
  kill(reason?: KernelError): Promise<void>;
}

/**
 * Starts one.
 * @param warm no cell waits for it yet
 * @param cwd the folder that cells work in, asked before each
 */
export interface StartCellProcess {
  (events: SessionEvents, warm: boolean, cwd: (() => string) | undefined): CellProcess;
  /** A start may come, and the kernel has nothing to do: time for what makes it quick. */
  foresee?(): void;
}
