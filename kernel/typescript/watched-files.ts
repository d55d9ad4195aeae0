import { statSync } from 'node:fs';
import ts from 'typescript';

interface Watched {
  readonly callbacks: Set<ts.FileWatcherCallback>;
  modified: number;
}

/** Milliseconds; 0 for a file that does not exist. */
const modifiedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Whether a reader may edit the file while the session runs. */
export const isReaders = (path: string): boolean => !/[\\/]node_modules[\\/]/.test(path);

/**
 * The files that cells depend on. They are looked at when a cell needs them: a watcher of the system would tell of a change
 * that the cell before has made only when that cell is long over.
 */
export class WatchedFiles {
  private readonly files = new Map<string, Watched>();

  watch(path: string, callback: ts.FileWatcherCallback): ts.FileWatcher {
    if (!isReaders(path)) return { close: () => undefined };
    const known = this.files.get(path) ?? { callbacks: new Set(), modified: modifiedAt(path) };
    this.files.set(path, known);
    known.callbacks.add(callback);
    return {
      close: () => {
        known.callbacks.delete(callback);
        if (known.callbacks.size === 0) this.files.delete(path);
      },
    };
  }

  /** Tells of every file that is not as it was. */
  refresh(): void {
    for (const [path, file] of this.files) {
      const before = file.modified;
      const now = modifiedAt(path);
      if (now === before) continue;
      file.modified = now;
      const { Changed, Created, Deleted } = ts.FileWatcherEventKind;
      const kind = now === 0 ? Deleted : before === 0 ? Created : Changed;
      for (const callback of [...file.callbacks]) callback(path, kind);
    }
  }
}
