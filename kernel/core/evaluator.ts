/**
 * The seam between the protocol half of the kernel and what evaluates cells.
 *
 * The kernel core owns requests, sockets, counters and ordering; an `Evaluator` owns the meaning of a cell. Neither
 * knows how the other works, so the same evaluator runs over ZeroMQ, in memory for tests and in `virtbook execute`.
 */

import type { JsonValue } from '../protocol/json.js';
import type { CommHost } from './comms.js';
import type { KernelIdentity } from './info.js';

export type { JsonObject, JsonValue } from '../protocol/json.js';

/**
 * One thing in several forms, richest chosen by the front end. Keys of `data` are MIME types; values are text, base64
 * for binary types, or JSON for `*+json` types.
 */
export interface MimeBundle {
  readonly data: { readonly [mime: string]: JsonValue };
  readonly metadata?: { readonly [key: string]: JsonValue };
}

/** A request to the front end that sent the cell, delivered with its reply (Jupyter "payloads"). */
export type Payload =
  | { readonly source: 'page'; readonly data: { readonly [mime: string]: JsonValue }; readonly start: number }
  /** Consoles end; with the kernel, unless `keepkernel`. Notebooks take no notice. */
  | { readonly source: 'ask_exit'; readonly keepkernel: boolean }
  | { readonly source: 'set_next_input'; readonly text: string; readonly replace: boolean };

/** What could be written at the cursor. `start` and `end` are code points: the text that a match replaces. */
export interface Completion {
  readonly matches: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly metadata?: { readonly [key: string]: JsonValue };
}

export type CompletenessStatus = 'complete' | 'incomplete' | 'invalid' | 'unknown';

export interface Completeness {
  readonly status: CompletenessStatus;
  /** What the next line should begin with, when `status` is 'incomplete'. */
  readonly indent?: string;
}

/** Everything a running cell may do, for one request. Output sent after the cell has ended still belongs to it. */
export interface CellContext {
  readonly code: string;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly executionCount: number;
  /** Aborted by an interrupt; its `reason` is a `KernelError` named KeyboardInterrupt. */
  readonly signal: AbortSignal;
  stdout(text: string): void;
  stderr(text: string): void;
  /** A display with a `displayId` can be replaced later, also from another cell. */
  display(bundle: MimeBundle, options?: { displayId?: string | undefined }): void;
  updateDisplay(displayId: string, bundle: MimeBundle): void;
  /** With `wait`, what is shown stays until the next output replaces it. */
  clearOutput(wait?: boolean): void;
  /** The value of the cell (`execute_result`). Graders read it: for a value that the reader asked for, not for displays. */
  result(bundle: MimeBundle): void;
  /** Asks the person at the front end that sent the cell. Rejects with `InputRefused`, or when interrupted. */
  input(prompt: string, password?: boolean): Promise<string>;
  payload(payload: Payload): void;
  /** Conversations with objects in the front ends, such as widgets. They outlive the cell. */
  readonly comms?: CommHost;
}

/** What evaluates the cells of one language. Write one of these to make a Jupyter kernel of your own (`runKernel`). */
export interface Evaluator {
  /** What the kernel says about itself and its language. Absent: a language without a name. */
  readonly identity?: KernelIdentity;
  /** Called once, when the first request has been answered: time to load what cells will need. */
  prepare?(): void;
  /** Gives back memory that can be had again when it is needed. */
  rest?(): void;
  /** Runs a cell. A rejection becomes one `error` output; a `KernelError` carries its name, message and traceback lines. */
  evaluate(cell: CellContext): Promise<void>;
  /** `cursor` is in code points. */
  complete(code: string, cursor: number): Promise<Completion>;
  /** `cursor` is in code points. Undefined when there is nothing to say. */
  inspect(code: string, cursor: number, detail: 0 | 1): Promise<MimeBundle | undefined>;
  isComplete(code: string): Promise<Completeness>;
  /** The value of one expression, for `user_expressions`. A rejection becomes that expression's error. */
  expression(code: string, signal?: AbortSignal): Promise<MimeBundle>;
  /** An interrupt has come, also while no cell runs: time to end what cells have left running. */
  interrupted?(): void;
  /** Processes besides this one that the evaluator runs. */
  processes?(): number[];
  /** The kernel ends: at a shutdown request, or when its process is told to end. It waits for two seconds at most. */
  shutdown(restart: boolean): Promise<void>;
}

/** An error to show as it is: `ename: message`, and the lines of the traceback in place of a JavaScript stack. */
export class KernelError extends Error {
  readonly ename: string;
  readonly traceback: string[];

  constructor(ename: string, evalue: string, traceback: readonly string[] = [`${ename}: ${evalue}`], options?: ErrorOptions) {
    super(evalue, options);
    this.name = ename;
    this.ename = ename;
    this.traceback = [...traceback];
  }
}

/** The error of a cell that was interrupted. Front ends know the name. */
export function keyboardInterrupt(what = 'the cell was interrupted'): KernelError {
  return new KernelError('KeyboardInterrupt', what);
}

/** Input was asked for, but the front end that sent the cell has nobody to ask (`allow_stdin` is false). */
export class InputRefused extends KernelError {
  constructor() {
    super('InputRefused', 'this cell asks for input, but the front end that runs it does not take any (allow_stdin is false)');
  }
}
