import type { JsonValue, MimeBundle } from '../core/evaluator.js';

/** What a view may know of the machine whose console it reads, and do to it. */
export interface ViewedMachine {
  /** What `%run` was given. */
  readonly name: string;
  /** Types on the console. */
  type(text: string): void;
}

/** Something to show. It is made when it is shown: at the end of a cell. */
export type Drawing = () => MimeBundle;

/** Reads a machine's console while the machine runs, and shows what text alone cannot, such as a board that is redrawn. */
export interface ConsoleView {
  /** Takes text as the terminal gives it: in pieces that may end anywhere, with colour codes, lines ended by LF. */
  text(text: string): void;
  /**
   * Takes rows that the guest wrote over earlier rows, with colour codes. The result is shown at the end of the cell, in
   * place of the rows; undefined when the rows are not this view's, which are shown as text then.
   */
  redraw(rows: readonly string[]): Drawing | undefined;
  /** What `%show` and `%restore` show; undefined while there is nothing. */
  drawing(): Drawing | undefined;
  /** A cell has typed this by `%send`, and the console is quiet again. */
  answered?(typed: string): void;
  /** The machine has run for a cell, and stands still again. */
  stopped?(): void;
  /** What a snapshot must keep of the view, besides what it reads again from the console's past. */
  save?(): JsonValue;
}

/** Makes the views of one kind: one for each machine, before it runs. */
export interface ConsoleViewFactory<View extends ConsoleView = ConsoleView> {
  /** The word after `%show`, and the name under which snapshots keep the view's state. */
  readonly name: string;
  /** What `%show NAME` says while there is nothing to show, and what to do then. */
  readonly nothingYet: { readonly message: string; readonly hint: string };
  /** @param saved what `save` gave, when the machine comes from a snapshot; undefined at power-on. */
  create(machine: ViewedMachine, saved: JsonValue | undefined): View;
}
