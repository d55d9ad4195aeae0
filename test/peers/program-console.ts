/** A machine in a child process with its console on standard input and output: QEMU, or our own command line. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { WatchedConsole } from './console.js';

export const QEMU = 'qemu-system-aarch64';

/** First line of `qemu-system-aarch64 --version`. @throws Error that says what to install when there is none. */
export function requireQemu(): string {
  const { error, stdout } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
  if (error)
    throw new Error(`${QEMU} is compared with, and cannot be run (${error.message}): on Debian, install the package qemu-system-arm.`);
  return stdout.split('\n')[0]!.trim();
}

/**
 * Ends a child when this process is gone, however it went: a test run that is interrupted or killed leaves no machine
 * behind. The guard waits on a pipe that closes with us, in a session of its own, which no terminal interrupts.
 */
function guard(pid: number): ChildProcess {
  const watcher = spawn('sh', ['-c', 'read -r _; kill -KILL "$1"', 'guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as Socket | null)?.unref();
  return watcher;
}

export class ProgramConsole extends WatchedConsole {
  private readonly child: ChildProcess;
  private readonly closed: Promise<void>;
  private over = false;

  /** `ended` resolves to `status N` or to the name of the signal that ended the program. */
  constructor(command: string, args: readonly string[], env = process.env, cwd?: string) {
    super([command.split('/').pop(), ...args.slice(0, 2)].join(' '));
    this.child = spawn(command, args, { stdio: 'pipe', env, cwd });
    const watcher = this.child.pid === undefined ? undefined : guard(this.child.pid);
    this.child.stdin?.on('error', () => undefined);
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (bytes: Buffer) => this.printed(bytes));
    this.closed = new Promise((resolve) => {
      const end = (how: string): void => {
        this.over = true;
        // Before the number of the ended child can be another's.
        watcher?.kill('SIGKILL');
        this.hasEnded(how);
        resolve();
      };
      this.child.once('error', (error) => end(`cannot be run: ${error.message}`));
      this.child.once('close', (status, signal) => end(signal ?? `status ${status}`));
    });
  }

  /** Undefined when the program could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  type(keys: string): void {
    this.child.stdin?.write(Buffer.from(keys, 'latin1'));
  }

  async stop(): Promise<void> {
    if (!this.over) this.child.kill('SIGKILL');
    await this.closed;
  }
}
