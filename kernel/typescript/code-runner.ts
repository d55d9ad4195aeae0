import type { CodeTask } from './cell-messages.js';
import type { CellSession, ExecuteOutcome } from './cell-session.js';
import type { Turn } from './ipc.js';
import type { Outlet } from './outlet.js';
import type { Signals } from './signals.js';

/** Runs the code of tasks in this process, where a signal can break it off. */
export class CodeRunner {
  constructor(
    private readonly session: CellSession,
    private readonly signals: Signals,
    private readonly outlet: Outlet,
  ) {}

  async run(task: CodeTask, label: string | undefined): Promise<ExecuteOutcome> {
    this.prepare(task);
    return this.outlet.runAs(task.id, () => this.execute(task.code, label));
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
