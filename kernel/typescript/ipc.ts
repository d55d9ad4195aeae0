/** What the kernel and the process of its TypeScript cells say to each other. Serialized by structured clone. */
import type { JsonValue } from '../core/evaluator.js';

/** An argument of the process of the cells: no cell waits for it, so it warms itself. */
export const WARM = 'warm';

/** The work that the kernel gives; each gets one `done` or `failed` with its `id`. */
export type Task =
  | (Turn & { type: 'execute'; id: number; code: string; label: string })
  | (Turn & { type: 'evaluate'; id: number; code: string })
  | { type: 'complete'; id: number; code: string; position: number }
  | { type: 'inspect'; id: number; code: string; position: number }
  | { type: 'isComplete'; id: number; code: string };

/** Said with each task that changes the session. */
export interface Turn {
  /** Whether a SIGINT was sent since the last such task: one that nothing felt would end this one. */
  signalled?: boolean;
  /** The folder to go to first. Absent: stay, wherever a cell may have gone. */
  folder?: string;
  /** Variables of the environment that were set since the last such task; undefined: taken away. */
  environment?: { [name: string]: string | undefined };
}

export type ToChild =
  | Task
  /** From here on `machine` has these methods, too. `declaration` are members of an interface, for the type checker. */
  | { type: 'extend'; declaration: string; methods: string[] }
  /** Ends the `execute` or `evaluate` task of that id, and no other, if it awaits something or still waits for its turn. */
  | { type: 'interrupt'; id: number }
  /** Ends what cells have left running: loops that wait, and timers. */
  | { type: 'interruptAll' }
  /** No cell may come for long: what the next one can have again need not be kept. */
  | { type: 'rest' }
  /** The answer to a `call`. */
  | { type: 'answer'; call: number; value: unknown }
  | { type: 'refused'; call: number; error: CellError };

export interface CellError {
  ename: string;
  evalue: string;
  traceback: string[];
}

export interface Bundle {
  data: { [mime: string]: JsonValue };
  metadata: { [key: string]: JsonValue };
}

/** What could be written at a position. Positions are UTF-16 units. */
export interface CompletionsFound {
  start: number;
  end: number;
  /** `kind` is what front ends show beside it. */
  candidates: { text: string; kind: string }[];
}

/** `cell` is the id of the `execute` task that this belongs to. */
export type FromChild =
  | { type: 'done'; id: number; value: unknown }
  | { type: 'failed'; id: number; error: CellError }
  | { type: 'stream'; cell: number; name: 'stdout' | 'stderr'; text: string }
  | { type: 'display'; cell: number; bundle: Bundle; displayId?: string; update: boolean }
  | { type: 'result'; cell: number; bundle: Bundle }
  | { type: 'call'; call: number; cell: number; target: 'input'; args: [prompt: string, password: boolean] }
  | { type: 'call'; call: number; cell: number; target: 'machine'; method: string; args: unknown[] };

/** `Omit` that keeps the alternatives of a union apart. */
export type Without<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;
