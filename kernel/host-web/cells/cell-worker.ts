import { KernelError } from '../../core/evaluator.js';
import type { CellProcess, SessionEvents } from '../../typescript/cell-process.js';
import type { FromChild, Task, ToChild, Without } from '../../typescript/ipc.js';

/** TypeScript cells in a worker, which is ended when one of them does not end. */
export class CellWorker implements CellProcess {
  readonly ready: Promise<unknown>;
  readonly pid = undefined;
  private readonly worker: Worker;
  private readonly tasks = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private lastTask = 0;
  private ended: KernelError | undefined;

  constructor(script: URL, events: SessionEvents) {
    this.worker = new Worker(script, { type: 'module' });
    this.ready = this.track(0);
    this.ready.catch(() => undefined);
    this.worker.onmessage = ({ data }: MessageEvent<FromChild>) => this.received(data, events);
    this.worker.onerror = ({ message }) => {
      this.worker.terminate();
      this.fail(lost(message ? `failed: ${message}` : 'could not be loaded'));
    };
  }

  get alive(): boolean {
    return this.ended === undefined;
  }

  start(task: Without<Task, 'id'>): { id: number; result: Promise<unknown> } {
    const id = ++this.lastTask;
    const result = this.track(id);
    this.send({ ...task, id });
    return { id, result };
  }

  send(message: ToChild): void {
    if (this.alive) this.worker.postMessage(message);
  }

  interrupt(id: number): void {
    this.send({ type: 'interrupt', id });
  }

  async kill(reason?: KernelError): Promise<void> {
    this.worker.terminate();
    this.fail(reason ?? lost('was ended'));
  }

  private track(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      this.tasks.set(id, { resolve, reject });
    });
  }

  private received(message: FromChild, events: SessionEvents): void {
    if (message.type !== 'done' && message.type !== 'failed') return events.message(message);
    const task = this.tasks.get(message.id);
    this.tasks.delete(message.id);
    if (message.type === 'done') return task?.resolve(message.value);
    const { ename, evalue, traceback } = message.error;
    return task?.reject(new KernelError(ename, evalue, traceback));
  }

  private fail(error: KernelError): void {
    this.ended ??= error;
    for (const task of this.tasks.values()) task.reject(this.ended);
    this.tasks.clear();
  }
}

const lost = (how: string): KernelError =>
  new KernelError('SessionLost', `the TypeScript session ${how}; its variables are lost, the next cell starts a new one`);
