import { KernelError } from '../core/evaluator.js';
import type { SessionEvents } from './cell-process.js';
import type { FromChild } from './ipc.js';

/** The kernel's tasks for one life of what runs TypeScript cells, until it has told how they ended. */
export class PendingTasks {
  private readonly tasks = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private last = 0;
  private ended: KernelError | undefined;

  /** @param events hear everything but the ends of tasks */
  constructor(private readonly events: SessionEvents) {}

  get alive(): boolean {
    return this.ended === undefined;
  }

  /** Resolves when the cells' end is ready, which it tells as the end of task 0. */
  ready(): Promise<unknown> {
    const ready = this.track(0);
    ready.catch(() => undefined);
    return ready;
  }

  add(): { id: number; result: Promise<unknown> } {
    const id = ++this.last;
    return { id, result: this.track(id) };
  }

  received(message: FromChild): void {
    if (message.type !== 'done' && message.type !== 'failed') return this.events.message(message);
    const task = this.tasks.get(message.id);
    this.tasks.delete(message.id);
    if (message.type === 'done') return task?.resolve(message.value);
    const { ename, evalue, traceback } = message.error;
    return task?.reject(new KernelError(ename, evalue, traceback));
  }

  /** It is over: `how`, after "the TypeScript session". */
  end(how: string): void {
    this.fail(new KernelError('SessionLost', `the TypeScript session ${how}; its variables are lost, the next cell starts a new one`));
  }

  /** As `end`, for another reason. Only the first one counts. */
  fail(error: KernelError): void {
    this.ended ??= error;
    for (const task of this.tasks.values()) task.reject(this.ended);
    this.tasks.clear();
  }

  private track(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      this.tasks.set(id, { resolve, reject });
    });
  }
}
