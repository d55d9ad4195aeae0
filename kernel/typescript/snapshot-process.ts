import type { CellProcess, SessionEvents } from './cell-process.js';
import type { Task, ToChild, Without } from './ipc.js';

/** A process of cells that starts from a snapshot. If it does not start, another does, without. */
export class SnapshotProcess implements CellProcess {
  readonly ready: Promise<unknown>;
  private current: CellProcess;
  private starting = true;
  private killed = false;
  /** What was written to its standard streams: of one that does not start, nobody sees it. */
  private readonly written: Parameters<SessionEvents['inherited']>[] = [];

  constructor(
    events: SessionEvents,
    fromSnapshot: (events: SessionEvents) => CellProcess,
    without: (events: SessionEvents) => CellProcess,
  ) {
    const inherited: SessionEvents['inherited'] = (name, text) => {
      if (this.starting) this.written.push([name, text]);
      else events.inherited(name, text);
    };
    this.current = fromSnapshot({ message: (message) => events.message(message), inherited });
    this.ready = this.current.ready.then(
      () => {
        this.starting = false;
        for (const [name, text] of this.written) events.inherited(name, text);
      },
      (error: unknown) => {
        this.starting = false;
        if (this.killed) throw error;
        this.current = without(events);
        return this.current.ready;
      },
    );
    this.ready.catch(() => undefined);
  }

  get alive(): boolean {
    return this.starting ? !this.killed : this.current.alive;
  }

  get pid(): number | undefined {
    return this.current.pid;
  }

  start(task: Without<Task, 'id'>): { id: number; result: Promise<unknown> } {
    return this.current.start(task);
  }

  send(message: ToChild): void {
    this.current.send(message);
  }

  interrupt(id: number): void {
    this.current.interrupt(id);
  }

  async kill(...reason: Parameters<CellProcess['kill']>): Promise<void> {
    this.killed = true;
    await this.current.kill(...reason);
  }
}
