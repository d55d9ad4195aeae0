import { abortable } from '../../sdk/abortable.js';
import {
  KernelError,
  keyboardInterrupt,
  type CellContext,
  type Completeness,
  type Completion,
  type MimeBundle,
} from '../core/evaluator.js';
import { errorContent } from '../core/errors.js';
import type { CellLanguage } from './cell-language.js';
import { codePointToUnit, unitToCodePoint } from './code-points.js';
import type { CompletionsFound, FromChild, Task, Without } from './ipc.js';
import { callMachine, type MachineApi, type MachineMethods } from './machine-api.js';
import type { CellProcess, SessionEvents, StartCellProcess } from './cell-process.js';

/** An interrupt is repeated at this interval, because one that comes just as a cell begins may not be felt. In milliseconds. */
const INTERRUPT_INTERVAL = 100;
/** A cell that has not stopped after this many milliseconds loses its process. */
const INTERRUPT_PATIENCE = 2000;
/** Completion and the like do not wait longer for a session that a loop keeps busy. In milliseconds. */
const QUESTION_PATIENCE = 5000;
/** Output that comes later than this many cells is shown in the latest one. */
const REMEMBERED_CELLS = 200;

export interface TypeScriptCellsOptions {
  /** Starts what runs the cells. */
  start: StartCellProcess;
  /** The folder that cells work in: asked before each. */
  cwd?: () => string;
  /** What cells reach by the name `machine`. Absent: each call says that there is none. */
  machine?: MachineApi;
  /** What is added to `machine`, in the order in which it was. Asked before each task: there may be more by then. */
  extensions?: () => readonly MachineMethods[];
}

/** TypeScript cells in a process of their own, which starts when it is warmed, or with the first one. */
export class TypeScriptCells implements CellLanguage {
  private session: CellProcess | undefined;
  private readonly cells = new Map<number, CellContext>();
  private latest: CellContext | undefined;
  private stop: (() => void) | undefined;
  /** The session that was started before a cell needed it, until one does. */
  private warmed: { session: CellProcess; folder: string | undefined } | undefined;
  /** How many of the extensions the session has been told of. */
  private told = 0;

  constructor(private readonly options: TypeScriptCellsOptions) {}

  /** The process of the session, when one runs. */
  get pid(): number | undefined {
    return this.session?.alive ? this.session.pid : undefined;
  }

  foresee(): void {
    this.options.start.foresee?.();
  }

  warm(): void {
    if (this.session?.alive) return;
    this.warmed = { session: this.running(true), folder: this.options.cwd?.() };
  }

  rest(): void {
    if (this.session?.alive) this.session.send({ type: 'rest' });
  }

  async execute(cell: CellContext): Promise<void> {
    cell.signal.throwIfAborted();
    await this.inItsFolder();
    const session = this.running();
    // Until the session is ready nothing runs in it that would have to be interrupted.
    await abortable(session.ready, cell.signal);
    const { id, result } = this.start(session, { type: 'execute', code: cell.code, label: `cell[${cell.executionCount}]` });
    this.remember(id, cell);
    const release = this.interruptOn(cell.signal, session, id);
    try {
      await result;
    } catch (error) {
      throw cell.signal.aborted ? afterInterrupt(error, session.alive, cell.signal) : error;
    } finally {
      release();
      // What programs started by the cell wrote comes through other pipes, a moment later.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async evaluate(expression: string, signal: AbortSignal = new AbortController().signal): Promise<MimeBundle> {
    signal.throwIfAborted();
    await this.inItsFolder();
    const session = this.running();
    await abortable(session.ready, signal);
    const { id, result } = this.start(session, { type: 'evaluate', code: expression });
    const release = this.interruptOn(signal, session, id);
    return (result as Promise<MimeBundle>).finally(release);
  }

  processes(): number[] {
    return this.pid === undefined ? [] : [this.pid];
  }

  async complete(code: string, cursor: number): Promise<Completion> {
    const position = codePointToUnit(code, cursor);
    const found = (await this.ask({ type: 'complete', code, position })) as CompletionsFound;
    const start = unitToCodePoint(code, found.start);
    const end = unitToCodePoint(code, found.end);
    const described = found.candidates.map(({ text, kind }) => ({ start, end, text, type: kind }));
    return { matches: found.candidates.map(({ text }) => text), start, end, metadata: { _jupyter_types_experimental: described } };
  }

  async inspect(code: string, cursor: number): Promise<MimeBundle | undefined> {
    const position = codePointToUnit(code, cursor);
    return (await this.ask({ type: 'inspect', code, position })) as MimeBundle | undefined;
  }

  async isComplete(code: string): Promise<Completeness> {
    return (await this.ask({ type: 'isComplete', code })) as Completeness;
  }

  interrupt(): void {
    this.stop?.();
  }

  interruptIdle(): void {
    if (!this.stop) this.session?.send({ type: 'interruptAll' });
  }

  async dispose(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    await session?.kill(new KernelError('SessionLost', 'the TypeScript session was ended; its variables are lost'));
  }

  /** Modules are looked up from where a session began: one that was warmed elsewhere, and has run nothing, is of no use. */
  private async inItsFolder(): Promise<void> {
    const warmed = this.warmed;
    this.warmed = undefined;
    if (warmed && warmed.session === this.session && warmed.folder !== this.options.cwd?.()) await this.dispose();
  }

  private running(warm = false): CellProcess {
    if (this.session?.alive) return this.session;
    this.cells.clear();
    this.told = 0;
    const events: SessionEvents = {
      message: (message) => this.received(session, message),
      inherited: (name, text) => this.latest?.[name](text),
    };
    const session: CellProcess = this.options.start(events, warm, this.options.cwd);
    return (this.session = session);
  }

  private start(session: CellProcess, task: Without<Task, 'id'>): ReturnType<CellProcess['start']> {
    const extensions = this.options.extensions?.() ?? [];
    for (const { declaration, methods } of extensions.slice(this.told)) {
      session.send({ type: 'extend', declaration, methods: Object.keys(methods) });
    }
    this.told = extensions.length;
    return session.start(task);
  }

  private async ask(task: Without<Task, 'id'>): Promise<unknown> {
    const session = this.running();
    await session.ready;
    const { result } = this.start(session, task);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const busy = new KernelError('Busy', 'the TypeScript session is busy with a cell');
      timer = setTimeout(() => reject(busy), QUESTION_PATIENCE);
    });
    return Promise.race([result, late]).finally(() => clearTimeout(timer));
  }

  /** Stops the cell when the signal aborts, at any price. Returns what ends the watch. */
  private interruptOn(signal: AbortSignal, session: CellProcess, id: number): () => void {
    let repeat: NodeJS.Timeout | undefined;
    const stop = (): void => {
      if (repeat) return;
      const deadline = Date.now() + INTERRUPT_PATIENCE;
      session.interrupt(id);
      repeat = setInterval(() => {
        if (Date.now() < deadline) return session.interrupt(id);
        clearInterval(repeat);
        const lost = 'the cell did not stop, so the TypeScript session was ended: its variables are lost';
        void session.kill(keyboardInterrupt(lost));
      }, INTERRUPT_INTERVAL);
    };
    this.stop = stop;
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    return () => {
      clearInterval(repeat);
      signal.removeEventListener('abort', stop);
      if (this.stop === stop) this.stop = undefined;
    };
  }

  private remember(id: number, cell: CellContext): void {
    this.cells.set(id, cell);
    this.latest = cell;
    this.cells.delete(id - REMEMBERED_CELLS);
  }

  private received(session: CellProcess, message: Exclude<FromChild, { type: 'done' | 'failed' }>): void {
    const cell = this.cells.get(message.cell) ?? this.latest;
    if (!cell) return;
    switch (message.type) {
      case 'stream':
        return cell[message.name](message.text);
      case 'display': {
        const { bundle, displayId, update } = message;
        if (update && displayId !== undefined) return cell.updateDisplay(displayId, bundle);
        return cell.display(bundle, displayId === undefined ? {} : { displayId });
      }
      case 'result':
        return cell.result(message.bundle);
      case 'call':
        void this.answer(cell, message).then(
          (value) => session.send({ type: 'answer', call: message.call, value }),
          (thrown: unknown) => session.send({ type: 'refused', call: message.call, error: errorContent(thrown) }),
        );
    }
  }

  private async answer(cell: CellContext, call: Extract<FromChild, { type: 'call' }>): Promise<unknown> {
    if (call.target === 'input') return cell.input(...call.args);
    if (!this.options.machine) throw new KernelError('NoMachine', 'no machine runs: start one with %run');
    return callMachine(this.options.machine, call.method, call.args, this.options.extensions?.());
  }
}

/**
 * What an interrupted cell has failed with. A program that the signal ended too may make it fail first with an error of its
 * own, and the cell may have ended the session by itself.
 */
function afterInterrupt(error: unknown, alive: boolean, signal: AbortSignal): unknown {
  if (alive) return signal.reason;
  const told = error instanceof KernelError && error.ename === 'KeyboardInterrupt';
  return told ? error : keyboardInterrupt('the interrupt ended the TypeScript session: its variables are lost');
}
