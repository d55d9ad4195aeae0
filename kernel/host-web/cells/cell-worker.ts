import { watchLifeline } from '../../../emulator/host-web/lifeline.js';
import type { KernelError } from '../../core/evaluator.js';
import type { CellProcess, SessionEvents } from '../../typescript/cell-process.js';
import type { FromChild, Task, ToChild, Without } from '../../typescript/ipc.js';
import { PendingTasks } from '../../typescript/pending-tasks.js';

/** TypeScript cells in a worker, which is ended when one of them does not end. */
export class CellWorker implements CellProcess {
  readonly ready: Promise<unknown>;
  readonly pid = undefined;
  private readonly worker: Worker;
  private readonly tasks: PendingTasks;

  constructor(script: URL, events: SessionEvents) {
    this.worker = new Worker(script, { type: 'module' });
    this.tasks = new PendingTasks(events);
    this.ready = this.tasks.ready();
    watchLifeline(this.worker, () => this.tasks.end('was ended by the browser, perhaps for want of memory'));
    this.worker.onmessage = ({ data }: MessageEvent<FromChild>) => this.tasks.received(data);
    this.worker.onerror = ({ message }) => {
      this.worker.terminate();
      this.tasks.end(message ? `failed: ${message}` : 'could not be loaded');
    };
  }

  get alive(): boolean {
    return this.tasks.alive;
  }

  start(task: Without<Task, 'id'>): { id: number; result: Promise<unknown> } {
    const { id, result } = this.tasks.add();
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
    if (reason) this.tasks.fail(reason);
    else this.tasks.end('was ended');
  }
}
