import { randomUUID } from 'node:crypto';
import { ExecutionQueue } from './queue.js';

/**
 * Queues of cells side by side (JEP 91): cells of one queue wait for each other, cells of different queues do not.
 * The main shell has no identifier, and is always there.
 */
export class Subshells<Item> {
  private readonly main: ExecutionQueue<Item>;
  private readonly others = new Map<string, ExecutionQueue<Item>>();

  constructor(private readonly run: (item: Item) => Promise<void>) {
    this.main = new ExecutionQueue(run);
  }

  create(): string {
    const id = randomUUID();
    this.others.set(id, new ExecutionQueue(this.run));
    return id;
  }

  /** Cells that were sent to it already still run. False when there is none of that name. */
  delete(id: string): boolean {
    return this.others.delete(id);
  }

  list(): string[] {
    return [...this.others.keys()];
  }

  /** The queue of a request; undefined when its subshell does not exist. */
  of(id: string | null | undefined): ExecutionQueue<Item> | undefined {
    return id === null || id === undefined ? this.main : this.others.get(id);
  }

  all(): ExecutionQueue<Item>[] {
    return [this.main, ...this.others.values()];
  }
}
