import type { CellContext, Completeness, Completion, MimeBundle } from '../core/evaluator.js';

/** A language that cells can be written in. */
export interface CellLanguage {
  /** A cell may come some time: what can be looked up for it is, and nothing is started. */
  foresee?(): void;
  /** Starts what cells will need, without waiting for it. */
  warm(): void;
  /** Gives back memory that cells can do without, until the next one comes. */
  rest(): void;
  /** Runs a cell, until it has ended or `cell.signal` has stopped it. Rejects with a `KernelError`. */
  execute(cell: CellContext): Promise<void>;
  /** The value of an expression, in its display forms. Ends when the signal aborts. */
  evaluate(expression: string, signal?: AbortSignal): Promise<MimeBundle>;
  /** `cursor` is in code points. */
  complete(code: string, cursor: number): Promise<Completion>;
  /** `cursor` is in code points. */
  inspect(code: string, cursor: number, detail: 0 | 1): Promise<MimeBundle | undefined>;
  isComplete(code: string): Promise<Completeness>;
  /** The processes of the session. */
  processes(): number[];
  /** Stops what runs, if anything does. */
  interrupt(): void;
  /** Ends what earlier cells have left running: timers, and loops that wait. Nothing while a cell runs. */
  interruptIdle(): void;
  /** Ends the session; variables are gone. A later call starts a new one. */
  dispose(): Promise<void>;
}
