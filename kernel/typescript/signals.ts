import { runInThisContext } from 'node:vm';

/** Milliseconds without a signal after which none is left over. On a busy machine a signal takes some to be felt. */
const QUIET = 40;

/**
 * Node counts each SIGINT that comes while a script runs, and lets the first one end it; what is counted beyond that
 * would end a later cell. Here it ends a loop that nobody misses.
 */
export function absorbSignals(): void {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      runInThisContext(`for (const end = Date.now() + ${QUIET}; Date.now() < end; );`, { breakOnSigint: true });
      return;
    } catch {
      continue;
    }
  }
}

/** Ends this process and the programs that cells have started: there is nobody left whom they could serve. */
export function endSession(): void {
  // The session leads a group of processes, where the system has such.
  process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
}
