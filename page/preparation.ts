/** Who changes C will build it: the compiler hears of that, and gets ready while they write. */
import type { Signal } from './jupyterlite.js';

/** A cell that writes C, assembly or a header. */
const C_SOURCE = /^%%(?:file|edit)\s+\S+\.[chSs]\b/m;
/** Milliseconds after which the compiler hears again that it is needed soon. */
const AGAIN = 20_000;

/** For one kernel. */
export class Preparation {
  private last = -Infinity;

  /** @param prepare tells the kernel */
  constructor(private readonly prepare: () => void) {}

  /** The reader has changed a cell, whose text this is now. */
  edited(text: string): void {
    if (!C_SOURCE.test(text) || performance.now() - this.last < AGAIN) return;
    this.last = performance.now();
    this.prepare();
  }
}

/** What is used of JupyterLab's cells. */
interface EditedCell {
  model: { sharedModel: { getSource(): string; readonly changed: Signal<{ sourceChange?: unknown }> } };
}

/** What `INotebookTracker` stands for. */
export interface NotebookTracker {
  readonly activeCellChanged: Signal<EditedCell | null>;
  readonly currentWidget: { sessionContext: { session?: { kernel?: { id: string } | null } | null } } | null;
}

/** Tells of each change that a reader makes to a cell, with the id of the kernel of its notebook. */
export function watchEdits(tracker: NotebookTracker, edited: (kernel: string, text: string) => void): void {
  const watched = new WeakSet<object>();
  tracker.activeCellChanged.connect((_, cell) => {
    const shared = cell?.model.sharedModel;
    if (!shared || watched.has(shared)) return;
    watched.add(shared);
    shared.changed.connect((__, { sourceChange }) => {
      const id = tracker.currentWidget?.sessionContext.session?.kernel?.id;
      if (sourceChange !== undefined && id !== undefined) edited(id, shared.getSource());
    });
  });
}
