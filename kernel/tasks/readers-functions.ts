import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadersModule } from '../session/services.js';
import type { Session } from '../session/session.js';
import type { CheckRequest } from '../session/task-checks.js';
import { UserError } from '../session/user-error.js';
import { fail } from './failure.js';

/** The functions of the TypeScript that a task asks for. Its process is started by the first call of a check. */
export class ReadersFunctions {
  private module: Promise<ReadersModule> | undefined;

  /** @param session has the reader's files in its folder */
  constructor(
    private readonly session: Session,
    private readonly request: Pick<CheckRequest, 'task' | 'signal'>,
  ) {}

  readonly call = async (name: string, ...values: readonly unknown[]): Promise<unknown> => {
    this.module ??= this.open();
    return (await this.module).call(name, values);
  };

  async close(): Promise<void> {
    const module = await this.module?.catch(() => undefined);
    await module?.close();
  }

  private open(): Promise<ReadersModule> {
    const { task, signal } = this.request;
    const { services, workspace } = this.session;
    // For the author: as a variable that is not there.
    if (task.typescript === undefined) throw new ReferenceError(`chapter.json names no "typescript" for the task ${task.name}`);
    if (!services.openModule)
      throw new UserError(
        'TaskError',
        `the checks of ${task.name} run ${task.typescript}, which a page does not do`,
        'Run the chapter on your computer for that: pip install jupyterlab virtbook, then virtbook lab.',
      );
    const file = join(workspace.folder, task.typescript);
    if (!existsSync(file)) fail(`There is no ${task.typescript}: write it with %%file ${task.typescript}.`);
    return services.openModule(file, signal);
  }
}
