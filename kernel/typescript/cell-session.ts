import type { Completeness } from '../core/evaluator.js';
import type { CellWaits } from './cell-waits.js';
import type { Bundle, CellError, CompletionsFound } from './ipc.js';

/** What the kernel's side offers to a session. */
export interface SessionHost {
  /** What cells find by name besides what they declare. Their types are in `CELL_DECLARATION`, and in what `extend` was given. */
  globals: Record<string, unknown>;
  display: (bundle: Bundle, displayId: string | undefined, update: boolean) => void;
  /** To be called when a cell is compiled and its script about to run. Throws when it was interrupted meanwhile. */
  beforeRun: () => void;
  /** The cell that the running code belongs to, also in its timers and promises. */
  cell: () => number;
  waits: CellWaits;
  /** Those that cells have started: of one cell, or of all. */
  timers: { end(cell?: number): void };
}

export type ExecuteOutcome = { ok: true; bundle: Bundle | undefined } | { ok: false; error: CellError };

/** What checks and runs the cells of one process, one after the other, and keeps their variables. */
export interface CellSession {
  /**
   * Runs the cell's script before it first waits.
   * @param label how errors name the cell; absent for an expression
   */
  execute(code: string, label?: string): Promise<ExecuteOutcome>;
  /** Ends the running cell if it awaits something; repeated until it has ended. A loop is ended by SIGINT. */
  interrupt(): void;
  /** `position` is in UTF-16 units, as are `start` and `end`. */
  complete(code: string, position: number): CompletionsFound;
  /** `position` is in UTF-16 units. */
  inspect(code: string, position: number): Bundle | undefined;
  isComplete(code: string): Completeness;
  /** Gives back what the next cell can have again. */
  rest?(): void;
  /** Takes further members of the interface of `machine`, for the type checker. */
  extend(declaration: string): void;
}
