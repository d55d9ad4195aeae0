/** TypeScript of a reader, in a process without network and with a view of its own file alone, where bubblewrap is there; with limits everywhere. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { packageRoot } from '../../sdk/root.js';
import { findCage, type Limits } from '../../sdk/toolchain/cage.js';
import type { ReadersModule } from '../session/services.js';
import { ModuleLost, ReadersMistake } from '../tasks/readers-mistake.js';

/** For all that a check asks. */
const LIMITS = { seconds: 15, data: 1.5e9, file: 1e6 } as const satisfies Limits;
/** Of V8's heap, in megabytes. */
const HEAP = 256;
/** Milliseconds for an answer: a busy computer is nobody's mistake. An endless loop ends by the processor time above. */
const PATIENCE = 120_000;
/** Milliseconds until the process is there; a computer may be busy. */
const START = 120_000;
/** Characters of an answer. */
const LONGEST = 1_000_000;
/** What is outside of the value in an answer, at most. */
const FRAME = 1000;

/** @throws ModuleLost where the process cannot be started here */
export async function openModule(file: string, signal: AbortSignal): Promise<ReadersModule> {
  const cage = await findCage();
  const compiler = createRequire(__filename).resolve('typescript');
  const runner = join(packageRoot(), 'dist', 'kernel', 'assembly', 'module-process.js');
  const [program, ...args] = cage.around(
    process.execPath,
    [`--max-old-space-size=${HEAP}`, runner, compiler, file, String(LONGEST)],
    // The file alone: a folder would have all other files of the task.
    { reads: [process.execPath, runner, dirname(compiler), file], writes: [], folder: '/' },
    LIMITS,
  );
  const module = new ModuleProcess(program, args, file, signal);
  try {
    await module.ready();
    return module;
  } catch (error) {
    await module.close();
    throw error;
  }
}

type Answer = { ready: true } | { value: unknown } | { failed: string };

class ModuleProcess implements ReadersModule {
  private readonly child: ChildProcess;
  private readonly ended: Promise<string>;
  private text = '';
  private said = '';
  private waiting: ((answer: Answer) => void) | undefined;
  private broken: string | undefined;

  constructor(
    program: string,
    args: readonly string[],
    private readonly file: string,
    private readonly signal: AbortSignal,
  ) {
    this.child = spawn(program, args, {
      cwd: dirname(file),
      // Variables of who grades are nobody's business.
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', HOME: '/tmp' },
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    this.child.stdin?.on('error', () => undefined);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.said = `${this.said}${text}`.slice(-FRAME)));
    const answers = this.child.stdio[3] as Readable;
    answers.setEncoding('utf8').on('data', (text: string) => this.heard(text));
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
      this.child.once('close', (status, name) => resolve(endInWords(status, name)));
    });
    signal.addEventListener('abort', this.kill, { once: true });
  }

  async ready(): Promise<void> {
    const answer = await this.answer(START);
    this.signal.throwIfAborted();
    if (typeof answer === 'string' || !('ready' in answer)) throw new ModuleLost(`the process of ${this.name} ${this.why(answer)}`);
  }

  async call(name: string, values: readonly unknown[]): Promise<unknown> {
    this.signal.throwIfAborted();
    if (this.broken !== undefined) throw new ReadersMistake(this.broken);
    const answered = this.answer(PATIENCE);
    this.child.stdin?.write(`${JSON.stringify({ name, values })}\n`);
    const answer = await answered;
    this.signal.throwIfAborted();
    if (typeof answer !== 'string' && 'value' in answer) return answer.value;
    if (typeof answer !== 'string' && 'failed' in answer) throw new ReadersMistake(String(answer.failed));
    this.broken = `${name} in ${this.name} gave no answer: its process ${this.why(answer)}`;
    this.kill();
    throw new ReadersMistake(this.broken);
  }

  async close(): Promise<void> {
    this.signal.removeEventListener('abort', this.kill);
    this.kill();
    await this.ended;
  }

  private get name(): string {
    return basename(this.file);
  }

  /** The next answer, or in words why there is none. */
  private async answer(patience: number): Promise<Answer | string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`took longer than ${patience / 1000} s`), patience);
    });
    const told = new Promise<Answer>((resolve) => (this.waiting = resolve));
    try {
      return await Promise.race([told, late, this.ended]);
    } finally {
      clearTimeout(timer);
      this.waiting = undefined;
    }
  }

  private heard(text: string): void {
    this.text += text;
    if (this.text.length > LONGEST + FRAME) return this.kill();
    const end = this.text.indexOf('\n');
    if (end < 0) return;
    const line = this.text.slice(0, end);
    this.text = this.text.slice(end + 1);
    this.waiting?.(answerOf(line));
  }

  private why(answer: Answer | string): string {
    if (typeof answer !== 'string') return 'did not say what it should';
    const last = this.said.trim().split('\n').at(-1);
    return last ? `${answer}: ${last}` : answer;
  }

  private readonly kill = (): void => {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      // With all that it has started.
      process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
}

/** How a process ended. Bubblewrap tells a signal as a shell does: by 128 and its number. */
function endInWords(status: number | null, name: NodeJS.Signals | null): string {
  if (name === 'SIGXCPU' || status === 128 + constants.signals.SIGXCPU) return `has used up its ${LIMITS.seconds} s of processor time`;
  return name ? `was ended by ${name}` : `ended with status ${status}`;
}

/** What a module has written there itself is no answer, or one of its answers. */
function answerOf(line: string): Answer {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer === 'object' && answer !== null && ('value' in answer || 'failed' in answer || 'ready' in answer))
      return answer as Answer;
  } catch {
    // As below.
  }
  return { failed: 'the module has written something else in the place of an answer' };
}
