import { kernelError } from './cell-errors.js';
import type { CellSession, ExecuteOutcome } from './cell-session.js';
import type { Task, Turn } from './ipc.js';
import type { Outlet } from './outlet.js';
import type { Signals } from './signals.js';

/** Has the session do what a task says. */
export class TaskRunner {
  constructor(
    private readonly session: CellSession,
    private readonly signals: Signals,
    private readonly outlet: Outlet,
  ) {}

  /** Returns what the task's `done` tells. */
  async perform(task: Task): Promise<unknown> {
    switch (task.type) {
      case 'execute': {
        this.prepare(task);
        const outcome = await this.outlet.runAs(task.id, () => this.execute(task.code, task.label));
        if (!outcome.ok) throw kernelError(outcome.error);
        if (outcome.bundle) this.outlet.send({ type: 'result', cell: task.id, bundle: outcome.bundle });
        return undefined;
      }
      case 'evaluate': {
        this.prepare(task);
        const outcome = await this.outlet.runAs(task.id, () => this.execute(task.code));
        if (!outcome.ok) throw kernelError(outcome.error);
        return outcome.bundle ?? { data: { 'text/plain': 'undefined' }, metadata: {} };
      }
      case 'complete':
        return this.session.complete(task.code, task.position);
      case 'inspect':
        return this.session.inspect(task.code, task.position);
      case 'isComplete':
        return this.session.isComplete(task.code);
    }
  }

  private prepare({ signalled, folder, environment = {} }: Turn): void {
    this.signals.begin(signalled ?? false);
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    if (folder !== undefined) process.chdir(folder);
  }

  /** What the session does before it first waits is what a signal can break off. */
  private execute(code: string, label?: string): Promise<ExecuteOutcome> {
    try {
      return this.session.execute(code, label);
    } finally {
      this.signals.leave();
    }
  }
}
