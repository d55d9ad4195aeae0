import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { CheckReport, CheckRequest } from '../session/task-checks.js';
import { UserError } from '../session/user-error.js';
import { checkFolder, textOf, useCheckFolder } from '../tasks/layers.js';
import type { CheckMessage, CheckOrder } from './check-messages.js';

/**
 * Checks a task in a process of its own, which ends with it, or with the signal.
 * @param execArgv options of node for the process
 * @throws UserError or DiagnosticError when the author's checks are wrong
 */
export async function checkTask(
  { onProgress, onOutput, signal, folder: wanted, memory, ...request }: CheckRequest,
  execArgv: readonly string[] = [],
): Promise<CheckReport> {
  signal.throwIfAborted();
  // The process works there alone: what the reader's folder has is copied, and stays as it is.
  const folder = wanted ?? checkFolder(request.chapter, request.task.name, request.layers.join('\0'));
  if (wanted === undefined) useCheckFolder(folder);
  const child = fork(join(__dirname, `check-process${extname(__filename)}`), {
    cwd: folder,
    execArgv: [...execArgv],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const end = (): void => void child.kill('SIGKILL');
  const watch = memory === undefined ? undefined : watchMemory(child, memory);
  signal.addEventListener('abort', end, { once: true });
  let message: CheckMessage | undefined;
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', onOutput);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.on('message', (each) => {
    const told = each as CheckMessage;
    if (told.type === 'progress') onProgress(told.step);
    else message = told;
  });
  const order: CheckOrder = { ...request, folder };
  child.send(order, () => undefined);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (watch?.exceeded) throw new UserError('TaskError', `the check took more than ${megabytes(memory)} of memory`, 'Allow more.');
    return reportOf(message, status, said);
  } finally {
    watch?.stop();
    signal.removeEventListener('abort', end);
  }
}

function reportOf(message: CheckMessage | undefined, status: number | null, said: string): CheckReport {
  if (message?.type === 'report') return message.report;
  if (message?.type !== 'failed') {
    const why = said.trim().split('\n').at(-1);
    throw new UserError('TaskError', `the process of the check ended with status ${status}${why ? `: ${why}` : ''}`, 'Check again.');
  }
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
