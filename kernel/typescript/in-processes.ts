import type { SessionEvents, StartCellProcess } from './cell-process.js';
import { CompilerSnapshot } from './compiler-snapshot.js';
import { snapshotOptions } from './kept-compiler.js';
import { howStarted, SessionProcess, type SessionProcessOptions } from './session-process.js';
import { SnapshotProcess } from './snapshot-process.js';

/** Milliseconds after the start of a process, when its first cell has most likely ended. */
const LATER = 5000;

/** TypeScript cells in processes, each started so. One that a cell waits for starts from the compiler's snapshot, if there is one. */
export const inProcesses =
  (options: Omit<SessionProcessOptions, 'cwd'> = {}): StartCellProcess =>
  (events, warm, cwd) => {
    const all: SessionProcessOptions = { ...options, ...(cwd && { cwd }) };
    const start = (hears: SessionEvents): SessionProcess => new SessionProcess(hears, all, warm);
    const snapshot = warm || all.program !== undefined ? undefined : CompilerSnapshot.for(howStarted(all));
    if (!snapshot) return start(events);
    const file = snapshot.find();
    if (file === undefined) {
      const process = start(events);
      makeLater(snapshot, process);
      return process;
    }
    return new SnapshotProcess(
      events,
      (hears) => new SessionProcess(hears, { ...all, execArgv: [...(all.execArgv ?? []), ...snapshotOptions(file)] }),
      (hears) => {
        // Where that cannot be noted, the next process tries it, too.
        snapshot.failed().catch(() => undefined);
        return start(hears);
      },
    );
  };

/** For the next process that a cell waits for. */
function makeLater(snapshot: CompilerSnapshot, process: SessionProcess): void {
  const ended = new AbortController();
  void process.exited.then(() => ended.abort());
  // A cache that cannot be written costs time, and nothing else.
  setTimeout(() => process.alive && void snapshot.make(ended.signal).catch(() => undefined), LATER).unref();
}

/** Makes it now, so that also the first notebook finds it. */
export async function prepareSnapshot(options: SessionProcessOptions = {}): Promise<void> {
  await CompilerSnapshot.for(howStarted(options))
    ?.make()
    .catch(() => undefined);
}
