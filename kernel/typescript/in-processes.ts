import type { SessionEvents, StartCellProcess } from './cell-process.js';
import { CompilerSnapshot } from './compiler-snapshot.js';
import { snapshotOptions } from './kept-compiler.js';
import { howStarted, SessionProcess, type SessionProcessOptions } from './session-process.js';
import { SnapshotProcess } from './snapshot-process.js';

/** Milliseconds after the start of a process, when its first cell has most likely ended. */
const LATER = 5000;

/** Milliseconds without a cell after the start of a kernel, after which its reader most likely reads. */
const IDLE = 10_000;

/**
 * TypeScript cells in processes, each started so. One that a cell waits for starts from the compiler's snapshot, if there is one.
 * @param idle milliseconds for which nothing is started before the snapshot is made, where `foresee` is called and there is none
 */
export function inProcesses(options: Omit<SessionProcessOptions, 'cwd'> = {}, idle = IDLE): StartCellProcess {
  const snapshotFor = (all: SessionProcessOptions): CompilerSnapshot | undefined =>
    all.program === undefined ? CompilerSnapshot.for(howStarted(all)) : undefined;
  const started = new AbortController();
  const startProcess: StartCellProcess = (events, warm, cwd) => {
    started.abort();
    const all: SessionProcessOptions = { ...options, ...(cwd && { cwd }) };
    const start = (hears: SessionEvents): SessionProcess => new SessionProcess(hears, all, warm);
    const snapshot = warm ? undefined : snapshotFor(all);
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
  const foresee = (): void => {
    if (!started.signal.aborted && snapshotFor(options)?.find() === undefined) makeWhenIdle(() => snapshotFor(options), idle, started);
  };
  return Object.assign(startProcess, { foresee });
}

/**
 * So that also the first cell finds it, of a reader who reads first, and for whom nobody has called `virtbook install`.
 * @param started ends it
 */
function makeWhenIdle(snapshot: () => CompilerSnapshot | undefined, idle: number, started: AbortController): void {
  const { signal } = started;
  const make = async (): Promise<void> => snapshot()?.make(signal);
  setTimeout(() => {
    if (signal.aborted) return;
    // What would make it does not outlive this process.
    process.once('exit', () => started.abort());
    void make().catch(() => undefined);
  }, idle).unref();
}

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
