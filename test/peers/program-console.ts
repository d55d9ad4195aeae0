/** A machine in a child process with its console on standard input and output: QEMU, or our own command line. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { WatchedConsole } from './console.js';

export const QEMU = 'qemu-system-aarch64';

/** First line of `qemu-system-aarch64 --version`. @throws Error that says what to install when there is none. */
export function requireQemu(): string {
  const { error, stdout } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
  if (error) throw new Error(`${QEMU} is compared with, and cannot be run (${error.message}): on Debian, install the package qemu-system-arm.`);
  return stdout.split('\n')[0]!.trim();
}

/** What is running now. A child must not outlive this process, however it ends. */
const running = new Set<ChildProcess>();

/** Ends all programs at once, without waiting. */
export function killPrograms(): void {
  for (const child of running) child.kill('SIGKILL');
}
process.on('exit', killPrograms);

export class ProgramConsole extends WatchedConsole {
  private readonly child: ChildProcess;
  private readonly closed: Promise<void>;

  /** `ended` resolves to `status N` or to the name of the signal that ended the program. */
  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    super([command.split('/').pop(), ...args.slice(0, 2)].join(' '));
    this.child = spawn(command, args, { stdio: 'pipe', env });
    running.add(this.child);
    this.child.stdin?.on('error', () => undefined);
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (bytes: Buffer) => this.printed(bytes));
    this.closed = new Promise((resolve) => {
      const end = (how: string): void => {
        running.delete(this.child);
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
    if (running.has(this.child)) this.child.kill('SIGKILL');
    await this.closed;
  }
}
