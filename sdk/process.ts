import { spawn } from 'node:child_process';

export interface RunOptions {
  cwd?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  signal?: AbortSignal | undefined;
  /** Of both outputs, `utf8` when not given; `latin1` keeps every byte. */
  encoding?: 'utf8' | 'latin1';
  /** Called with each full line of standard output and standard error as it comes. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  /** Exit status; 128 + n where signal n ended the child. */
  status: number;
  stdout: string;
  stderr: string;
}

/** The program is not there, or may not be executed. */
export class MissingProgramError extends Error {
  constructor(
    readonly program: string,
    reason: string,
  ) {
    super(`cannot run '${program}': ${reason}`);
    this.name = 'MissingProgramError';
  }
}

/** How long a child may take to tidy up after SIGTERM, in milliseconds. */
const GRACE = 2000;

/**
 * Runs a program without a shell, so that a path with spaces is one argument, and collects what it prints.
 * A status other than 0 is a result, not an error.
 *
 * The child leads a process group of its own: compiler drivers start further programs, and an abort has to end those too.
 * @throws MissingProgramError, or the signal's reason when aborted (after the child has ended).
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => {
    const grouped = process.platform !== 'win32';
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: grouped,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const end = (name: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(grouped ? -child.pid : child.pid, name);
      } catch {
        // It has ended in the meantime.
      }
    };
    let killTimer: NodeJS.Timeout | undefined;
    const abort = (): void => {
      end('SIGTERM');
      killTimer = setTimeout(() => end('SIGKILL'), GRACE);
    };
    signal?.addEventListener('abort', abort, { once: true });
    const settled = (): void => {
      clearTimeout(killTimer);
      signal?.removeEventListener('abort', abort);
    };

    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      let partial = '';
      child[name].setEncoding(options.encoding ?? 'utf8');
      child[name].on('data', (chunk: string) => {
        texts[name] += chunk;
        if (!options.onLine) return;
        const lines = (partial + chunk).split(/\r?\n/);
        partial = lines.pop() ?? '';
        for (const line of lines) options.onLine(line);
      });
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      settled();
      const reason = error.code === 'ENOENT' ? 'no such program' : error.message;
      reject(signal?.aborted ? reasonOf(signal) : new MissingProgramError(program, reason));
    });
    child.on('close', (code, killedBy) => {
      settled();
      if (signal?.aborted) reject(reasonOf(signal));
      else resolve({ status: code ?? (killedBy === 'SIGKILL' ? 137 : 143), ...texts });
    });
  });
}

/** Whatever was handed to abort(): most often an Error, and passed on as it is. */
function reasonOf(signal: AbortSignal): Error {
  return signal.reason as Error;
}
