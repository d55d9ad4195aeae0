/**
 * The compiler, and the library's declarations as it has read and bound them, in the snapshot that a process of cells may start from:
 * see compiler-snapshot.ts. What is here is loaded before the compiler is.
 */
import type ts from 'typescript';

export interface LibraryFile {
  readonly file: ts.SourceFile;
  /** Of the file that it was read from: bytes, and milliseconds since 1970. */
  readonly size: number;
  readonly modified: number;
}

export interface KeptCompiler {
  readonly typescript: typeof ts;
  /** By their paths, as the compiler writes them. */
  readonly files: Map<string, LibraryFile>;
  /** Node leaves it out of snapshots. */
  readonly Console: typeof console.Console;
}

const NAME = Symbol.for('virtbook.compiler');
const all = globalThis as { [NAME]?: KeptCompiler };

/** What the snapshot has that this process has started from; undefined: it has started without. Cells do not find it. */
export const keptCompiler = all[NAME];
Reflect.deleteProperty(all, NAME);
if (keptCompiler) console.Console = keptCompiler.Console;

/** For the processes that start from the snapshot of this one. */
export function keepCompiler(kept: Omit<KeptCompiler, 'Console'>): void {
  all[NAME] = { ...kept, Console: console.Console };
}

const OPTION = '--snapshot-blob';

/** With a heap that is full from the start, the engine would look at once for what it can collect. */
const FULL_HEAP = '--initial-old-space-size=80';

/** Options of Node for a process that starts from a snapshot, and for the one that makes it. */
export const snapshotOptions = (file: string): string[] => [OPTION, file, FULL_HEAP];

/** Programs that a process forks get its options: the snapshot is not for them. */
export function forgetSnapshot(execArgv: string[] = process.execArgv): void {
  const at = execArgv.indexOf(OPTION);
  if (at >= 0) execArgv.splice(at, snapshotOptions('').length);
}
