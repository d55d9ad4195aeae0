/** The process that started this one: whether it is still there. */

/** Milliseconds between two looks. */
const INTERVAL = 1000;

/** The part of `process` that is asked. */
export interface ThisProcess {
  readonly platform: NodeJS.Platform;
  readonly ppid: number;
  kill(pid: number, signal: 0): true;
}

/**
 * Tells whether the parent has ended. Elsewhere than on Windows an orphan gets another parent. On Windows it keeps the
 * number of the old one, which then names no process.
 */
export function parentCheck(self: ThisProcess = process): () => boolean {
  const parent = self.ppid;
  if (self.platform !== 'win32') return () => self.ppid !== parent;
  return () => {
    try {
      return !self.kill(parent, 0);
    } catch (error) {
      // Another error, for example EPERM, is about a process that exists.
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  };
}

/** Calls `ended` when the parent has ended, as long as the timer is not cleared. The timer keeps no process alive. */
export function watchParent(ended: () => void, self?: ThisProcess): NodeJS.Timeout {
  const hasEnded = parentCheck(self);
  const timer = setInterval(() => {
    if (!hasEnded()) return;
    clearInterval(timer);
    ended();
  }, INTERVAL);
  return timer.unref();
}
