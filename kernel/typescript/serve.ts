/** The cells' end of the connection between the kernel and the process that runs them. The kernel's is `SessionProcess`. */
import { KernelError, keyboardInterrupt } from '../core/evaluator.js';
import { cellError } from './cell-errors.js';
import type { CellSession, ExecuteOutcome, SessionHost } from './cell-session.js';
import type { FromChild, Task, ToChild, Turn, Without } from './ipc.js';
import { MACHINE_METHODS } from './machine-api.js';
import { Outlet } from './outlet.js';
import { endSession, Signals } from './signals.js';

/** Runs the cells that the kernel sends, until it goes away. To be called once, as the whole program of a process. */
export function serve(create: (host: SessionHost) => CellSession): void {
  const signals = new Signals();
  const outlet = new Outlet();
  const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastCall = 0;

  /** Asks the kernel for something that only it can do. */
  function call(what: Without<Extract<FromChild, { type: 'call' }>, 'type' | 'call' | 'cell'>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = ++lastCall;
      outlet.send({ ...what, type: 'call', call: number, cell: outlet.cell } as FromChild);
      calls.set(number, { resolve, reject });
    });
  }

  const method =
    (name: string) =>
    (...args: unknown[]) =>
      call({ target: 'machine', method: name, args });

  function machineProxy(): Record<string, unknown> {
    const machine: Record<string, unknown> = {};
    for (const name of MACHINE_METHODS) {
      const [first, second] = name.split('.') as [string, string | undefined];
      if (second === undefined) machine[first] = method(name);
      else machine[first] = { ...(machine[first] as object | undefined), [second]: method(name) };
    }
    return machine;
  }

  const machine = machineProxy();
  const session = create({
    globals: {
      machine,
      input: (prompt = '', options: { password?: boolean } = {}) => call({ target: 'input', args: [prompt, options.password ?? false] }),
    },
    display: (bundle, displayId, update) =>
      outlet.send({ type: 'display', cell: outlet.cell, bundle, update, ...(displayId === undefined ? {} : { displayId }) }),
    beforeRun: () => {
      if (!signals.enter()) throw keyboardInterrupt();
    },
  });

  function prepare({ signalled, folder }: Turn): void {
    signals.begin(signalled ?? false);
    if (folder !== undefined) process.chdir(folder);
  }

  /** What the session does before it first waits is what a signal can break off. */
  function execute(code: string): Promise<ExecuteOutcome> {
    try {
      return session.execute(code);
    } finally {
      signals.leave();
    }
  }

  async function perform(task: Task): Promise<unknown> {
    switch (task.type) {
      case 'execute': {
        prepare(task);
        const outcome = await outlet.runAs(task.id, () => execute(task.code));
        if (!outcome.ok) throw failure(outcome.error);
        if (outcome.bundle) outlet.send({ type: 'result', cell: task.id, bundle: outcome.bundle });
        return undefined;
      }
      case 'evaluate': {
        prepare(task);
        const outcome = await execute(task.code);
        if (!outcome.ok) throw failure(outcome.error);
        return outcome.bundle ?? { data: { 'text/plain': 'undefined' }, metadata: {} };
      }
      case 'complete':
        return session.complete(task.code, task.position);
      case 'inspect':
        return session.inspect(task.code, task.position);
      case 'isComplete':
        return session.isComplete(task.code);
    }
  }

  /** Cells and expressions change the session, so each waits for the one before it. */
  let turn: Promise<void> = Promise.resolve();
  /** Those that have not ended. */
  const pending = new Set<number>();
  /** Those of them that were interrupted before their turn came. */
  const cancelled = new Set<number>();
  /** The one whose turn it is. */
  let running: number | undefined;

  async function takeTurn(task: Task): Promise<void> {
    running = task.id;
    await work(task);
    running = undefined;
    pending.delete(task.id);
    cancelled.delete(task.id);
  }

  async function work(task: Task): Promise<void> {
    try {
      if (cancelled.has(task.id)) throw keyboardInterrupt();
      const value = await perform(task);
      outlet.send({ type: 'done', id: task.id, value });
    } catch (thrown) {
      const error =
        thrown instanceof KernelError ? { ename: thrown.ename, evalue: thrown.message, traceback: thrown.traceback } : cellError(thrown);
      outlet.send({ type: 'failed', id: task.id, error });
    }
  }

  process.on('message', (message: ToChild) => {
    switch (message.type) {
      case 'interrupt':
        if (message.id === running) return session.interrupt();
        if (pending.has(message.id)) cancelled.add(message.id);
        return undefined;
      case 'answer':
      case 'refused': {
        const waiting = calls.get(message.call);
        calls.delete(message.call);
        if (message.type === 'answer') return waiting?.resolve(message.value);
        return waiting?.reject(failure(message.error));
      }
      case 'extend':
        for (const name of message.methods) machine[name] = method(name);
        return session.extend(message.declaration);
      case 'execute':
      case 'evaluate':
        pending.add(message.id);
        turn = turn.then(() => takeTurn(message));
        return undefined;
      default:
        return void work(message);
    }
  });

  process.on('disconnect', endSession);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown: unknown) => {
      process.stderr.write(`${cellError(thrown).traceback.join('\n')}\n`);
    });
  }
  signals.held.then(
    () => outlet.send({ type: 'done', id: 0, value: undefined }),
    () => undefined,
  );
}

function failure({ ename, evalue, traceback }: { ename: string; evalue: string; traceback: string[] }): KernelError {
  return new KernelError(ename, evalue, traceback);
}
