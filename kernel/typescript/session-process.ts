import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { KernelError } from '../core/evaluator.js';
import { frugalEnvironment } from '../host/malloc.js';
import type { CellProcess, SessionEvents } from './cell-process.js';
import type { HowStarted } from './compiler-snapshot.js';
import { FrameReader } from './frames.js';
import { WARM, type FromChild, type Task, type ToChild, type Turn, type Without } from './ipc.js';
import { OUTLET_FD } from './outlet.js';
import { Pace } from './pace.js';
import { PendingTasks } from './pending-tasks.js';

/** The young generation holds what a cell has just made; the engine would take 48 MB for it and keep them. */
const SMALL_HEAP = '--max-semi-space-size=2';

export interface SessionProcessOptions {
  /** The program of the process, TypeScript cells unless said otherwise. It calls `serve`. */
  program?: string;
  /** Further options of node for the process. */
  execArgv?: string[];
  env?: NodeJS.ProcessEnv;
  /**
   * The folder that cells work in: asked before each cell, and a session goes there when the answer has changed. Modules
   * are looked up from where the session began. Absent: the folder of this process.
   */
  cwd?: () => string;
}

/** What Node is told, whatever else the process is for. */
export const howStarted = ({ execArgv = [], env = process.env }: SessionProcessOptions): HowStarted => ({
  execArgv: [SMALL_HEAP, ...execArgv],
  env: { ...env, ...frugalEnvironment() },
});

/** One life of the process that runs TypeScript cells: tasks go in, results and output come out. */
export class SessionProcess implements CellProcess {
  /** Resolves when the session can run cells; rejects when the process ends before that. */
  readonly ready: Promise<unknown>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<void>;
  private readonly child: ChildProcess;
  private readonly tasks: PendingTasks;
  private readonly pace: Pace;
  /** Tasks that run code and have not ended, in their order: the first is the one whose turn it is. */
  private readonly queued = new Set<number>();
  private signalled = false;
  private folder: string | undefined;
  /** Of this process, as the session knows it. */
  private environment = { ...process.env };

  constructor(
    events: SessionEvents,
    private readonly options: SessionProcessOptions = {},
    /** No cell waits for it yet. */
    warm = false,
  ) {
    this.tasks = new PendingTasks(events);
    this.folder = options.cwd?.();
    this.child = fork(options.program ?? join(__dirname, `child${extname(__filename)}`), warm ? [WARM] : [], {
      ...(this.folder === undefined ? {} : { cwd: this.folder }),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      serialization: 'advanced',
      // With what cells start, a group of processes of its own: an interrupt is for all of them, and none outlives the session.
      detached: process.platform !== 'win32',
      ...howStarted(options),
    });
    this.ready = this.tasks.ready();
    const frames = new FrameReader((value) => this.received(value as FromChild));
    const outlet = this.child.stdio[OUTLET_FD] as Readable;
    outlet.on('data', (data: Buffer) => frames.push(data));
    this.pace = new Pace(outlet);
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.setEncoding('utf8').on('data', (text: string) => events.inherited(name, text));
    }
    this.child.on('error', (error) => this.tasks.end(`could not be started: ${error.message}`));
    this.child.on('exit', () => this.signal('SIGKILL'));
    // 'close' comes after the pipes have been read to their end, so the last output is not lost.
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        this.tasks.end(signal ? `was ended by ${signal}` : `ended with exit status ${String(code)}`);
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.tasks.alive;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Starts a task. `id` names it in messages; `result` settles with it. */
  start(task: Without<Task, 'id'>): { id: number; result: Promise<unknown> } {
    this.pace.relax();
    const { id, result } = this.tasks.add();
    if (task.type !== 'execute' && task.type !== 'evaluate') {
      this.send({ ...task, id });
      return { id, result };
    }
    this.queued.add(id);
    this.send({ ...task, ...this.turn(), id });
    return { id, result: result.finally(() => this.queued.delete(id)) };
  }

  send(message: ToChild): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** Asks the task to stop: a loop by SIGINT, an `await` by message. A task that still waits gets no signal: the running one would feel it. May be repeated. */
  interrupt(id: number): void {
    this.pace.hurry();
    this.send({ type: 'interrupt', id });
    const [running] = this.queued;
    // Windows has no such signal: it would end the process.
    if (id !== running || process.platform === 'win32') return;
    this.signal('SIGINT');
    this.signalled = true;
  }

  /** Ends the process at once. `reason` is told to the tasks that were under way. */
  async kill(reason?: KernelError): Promise<void> {
    if (reason) this.tasks.fail(reason);
    this.pace.hurry();
    this.signal('SIGKILL');
    await this.exited;
  }

  /** To the process and all that it has started, as a terminal does it. */
  private signal(name: 'SIGINT' | 'SIGKILL'): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    if (process.platform === 'win32') return void this.child.kill(name);
    try {
      process.kill(-pid, name);
    } catch {
      // They have all ended.
    }
  }

  private turn(): Turn {
    const { signalled } = this;
    this.signalled = false;
    const environment = this.changedEnvironment();
    const turn: Turn = { signalled, ...(environment && { environment }) };
    const folder = this.options.cwd?.();
    if (folder === this.folder) return turn;
    this.folder = folder;
    return folder === undefined ? turn : { ...turn, folder };
  }

  private changedEnvironment(): Turn['environment'] {
    const before = this.environment;
    const now = { ...process.env };
    this.environment = now;
    const changed = Object.keys({ ...before, ...now }).filter((name) => before[name] !== now[name]);
    return changed.length > 0 ? Object.fromEntries(changed.map((name) => [name, now[name]])) : undefined;
  }

  private received(message: FromChild): void {
    if (message.type === 'stream') this.pace.spend(message.text.length);
    this.tasks.received(message);
  }
}
