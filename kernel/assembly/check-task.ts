/** Checks of tasks, each in a process that is not the kernel's. */
import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { frugalEnvironment } from '../host/malloc.js';
import type { CheckReport, CheckRequest } from '../session/task-checks.js';
import { UserError } from '../session/user-error.js';
import { checkFolder, textOf, useCheckFolder } from '../tasks/layers.js';
import type { CheckMessage, CheckOrder } from './check-messages.js';

/**
 * Checks a task in a process of its own, which ends with it, or with the signal.
 * @param execArgv options of node for the process
 * @throws UserError or DiagnosticError when the author's checks are wrong
 */
export async function checkTask(request: CheckRequest, execArgv: readonly string[] = []): Promise<CheckReport> {
  const process = new CheckProcess(execArgv);
  try {
    return await process.check(request);
  } finally {
    await process.end();
  }
}

/** A process takes so many checks: what one leaves in memory does not grow without end. */
const MOST_CHECKS = 50;

/** Processes that wait for the next check: to start one takes longer than many a check. */
export class CheckProcesses {
  private readonly idle: CheckProcess[] = [];

  /** As `checkTask`. What goes wrong ends the process in which it did. */
  async check(request: CheckRequest): Promise<CheckReport> {
    const process = this.waiting() ?? new CheckProcess();
    let report: CheckReport;
    try {
      report = await process.check(request);
    } catch (error) {
      await process.end();
      throw error;
    }
    if (process.checks < MOST_CHECKS) this.idle.push(process);
    else await process.end();
    return report;
  }

  /** One that was ended while it waited, for example where memory is short, is left out. */
  private waiting(): CheckProcess | undefined {
    for (let process; (process = this.idle.pop());) if (process.lives) return process;
    return undefined;
  }

  async end(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((process) => process.end()));
  }
}

/** Does one check after the other. */
class CheckProcess {
  checks = 0;
  private readonly child: ChildProcess;
  private readonly ended: Promise<string>;
  private said = '';

  constructor(execArgv: readonly string[] = []) {
    this.child = fork(join(__dirname, `check-process${extname(__filename)}`), {
      execArgv: [...execArgv],
      env: { ...process.env, ...frugalEnvironment('busy') },
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.stdout?.setEncoding('utf8');
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message));
      this.child.once('close', (status, signal) => resolve(this.howEnded(status, signal)));
    });
  }

  get lives(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @throws UserError or DiagnosticError when the author's checks are wrong, UserError when the process is lost */
  async check({ onProgress, onOutput, signal, folder: wanted, memory, ...request }: CheckRequest): Promise<CheckReport> {
    signal.throwIfAborted();
    this.checks++;
    // The process works there alone: what the reader's folder has is copied, and stays as it is.
    const folder = wanted ?? checkFolder(request.chapter, request.task.name, request.layers.join('\0'));
    if (wanted === undefined) useCheckFolder(folder);
    const watch = memory === undefined ? undefined : watchMemory(this.child, memory);
    const kill = (): void => void this.child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    this.child.stdout?.on('data', onOutput);
    const answer = this.answer(onProgress);
    try {
      const order: CheckOrder = { ...request, folder };
      this.child.send(order, () => undefined);
      const message = await answer.promise;
      signal.throwIfAborted();
      if (watch?.exceeded) throw new UserError('TaskError', `the check took more than ${megabytes(memory)} of memory`, 'Allow more.');
      return reportOf(message);
    } finally {
      answer.stop();
      watch?.stop();
      this.child.stdout?.off('data', onOutput);
      signal.removeEventListener('abort', kill);
    }
  }

  /** Resolves with the message that ends a check, or with how the process has ended. */
  private answer(onProgress: CheckRequest['onProgress']): { promise: Promise<CheckMessage | string>; stop(): void } {
    let listen: (message: unknown) => void = () => undefined;
    const told = new Promise<CheckMessage>((resolve) => {
      listen = (message) => {
        const each = message as CheckMessage;
        if (each.type === 'progress') onProgress(each.step);
        else resolve(each);
      };
      this.child.on('message', listen);
    });
    return { promise: Promise.race([told, this.ended]), stop: () => this.child.off('message', listen) };
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private howEnded(status: number | null, signal: NodeJS.Signals | null): string {
    const why = this.said.trim().split('\n').at(-1);
    return `the process of the check ended ${signal ? `by ${signal}` : `with status ${status}`}${why ? `: ${why}` : ''}`;
  }
}

function reportOf(message: CheckMessage | string): CheckReport {
  if (typeof message === 'string') throw new UserError('TaskError', message, 'Check again.');
  if (message.type === 'report') return message.report;
  if (message.type !== 'failed') throw new Error(`a check cannot end with ${message.type}`);
  if (message.user) throw new UserError('TaskError', message.user.message, message.user.hint);
  if (message.wrong) throw new DiagnosticError('TaskError', message.wrong);
  throw message.error;
}

/** Milliseconds between two looks at a process. */
const LOOKS = 200;

/** Ends a process that takes more memory than it may. Says nothing where the system does not tell. */
function watchMemory(child: ChildProcess, most: number): { readonly exceeded: boolean; stop(): void } {
  let exceeded = false;
  const timer = setInterval(() => {
    const status = textOf(`/proc/${child.pid}`, 'status');
    const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(status ?? '')?.[1] ?? 0) * 1024;
    if (resident <= most) return;
    exceeded = true;
    child.kill('SIGKILL');
  }, LOOKS);
  return {
    get exceeded() {
      return exceeded;
    },
    stop: () => clearInterval(timer),
  };
}

const megabytes = (bytes = 0): string => `${Math.round(bytes / 1024 ** 2)} MB`;
