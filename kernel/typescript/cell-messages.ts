/** What the cells' end does with the kernel's messages, in a process and in a page's worker alike. */
import { expect, fail } from '../tasks/expect.js';
import { kernelError } from './cell-errors.js';
import type { CellSession, ExecuteOutcome, SessionHost } from './cell-session.js';
import type { FromChild, Task, ToChild } from './ipc.js';
import type { KernelCalls } from './kernel-calls.js';
import { TaskQueue } from './task-queue.js';

/** A task that runs code. */
export type CodeTask = Extract<Task, { type: 'execute' | 'evaluate' }>;

export interface CellsEnd {
  session: CellSession;
  outlet: { send(message: FromChild): void };
  calls: KernelCalls;
  /** What cells call `machine`: gets the methods that `extend` names. */
  machine: Record<string, unknown>;
  waits: Pick<SessionHost['waits'], 'interruptAll'>;
  timers: SessionHost['timers'];
  /** Runs the code of a task; `label` is how errors name the cell. */
  run: (task: CodeTask, label: string | undefined) => Promise<ExecuteOutcome>;
}

/** What cells find by name besides what they declare. */
export function cellGlobals(calls: KernelCalls, machine: Record<string, unknown>): Record<string, unknown> {
  return {
    machine,
    // What checks of tasks are made of, too.
    expect,
    fail,
    input: (prompt = '', options: { password?: boolean } = {}) =>
      calls.call({ target: 'input', args: [prompt, options.password ?? false] }),
  };
}

/** Cells display by this. @param cell the one that the running code belongs to */
export const displayBy =
  (outlet: CellsEnd['outlet'], cell: () => number): SessionHost['display'] =>
  (bundle, displayId, update) =>
    outlet.send({ type: 'display', cell: cell(), bundle, update, ...(displayId === undefined ? {} : { displayId }) });

/** To be called with each message of the kernel. */
export function receiver(end: CellsEnd): (message: ToChild) => void {
  const { session, calls, machine, waits, timers } = end;
  const queue = new TaskQueue(end.outlet, (task) => perform(task, end));
  return (message) => {
    switch (message.type) {
      case 'interrupt':
        return queue.isRunning(message.id) ? session.interrupt() : queue.cancel(message.id);
      case 'interruptAll':
        waits.interruptAll();
        return timers.end();
      case 'rest':
        return session.rest?.();
      case 'answer':
      case 'refused':
        return calls.settle(message);
      case 'extend':
        for (const name of message.methods) machine[name] = calls.method(name);
        return session.extend(message.declaration);
      case 'execute':
      case 'evaluate':
        return queue.add(message);
      default:
        return void queue.work(message);
    }
  };
}

/** Has the session do what a task says. Resolves to what the task's `done` tells. */
async function perform(task: Task, { session, outlet, run }: CellsEnd): Promise<unknown> {
  switch (task.type) {
    case 'execute': {
      const { bundle } = succeeded(await run(task, task.label));
      if (bundle) outlet.send({ type: 'result', cell: task.id, bundle });
      return undefined;
    }
    case 'evaluate':
      return succeeded(await run(task, undefined)).bundle ?? { data: { 'text/plain': 'undefined' }, metadata: {} };
    case 'complete':
      return session.complete(task.code, task.position);
    case 'inspect':
      return session.inspect(task.code, task.position);
    case 'isComplete':
      return session.isComplete(task.code);
  }
}

function succeeded(outcome: ExecuteOutcome): ExecuteOutcome & { ok: true } {
  if (!outcome.ok) throw kernelError(outcome.error);
  return outcome;
}
