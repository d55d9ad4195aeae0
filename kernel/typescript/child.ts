/** Entry of the process that runs TypeScript cells. Started by `SessionProcess`. */
import { KernelError } from '../core/evaluator.js';
import { cellError } from './cell-errors.js';
import { completeness } from './completeness.js';
import type { FromChild, Task, ToChild, Without } from './ipc.js';
import { MACHINE_METHODS, type MachineMethod } from './machine-api.js';
import { Outlet } from './outlet.js';
import { TslabSession } from './tslab-session.js';

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

function machineProxy(): Record<string, unknown> {
  const machine: Record<string, unknown> = {};
  const method = (name: MachineMethod) => (...args: unknown[]) => call({ target: 'machine', method: name, args });
  for (const name of MACHINE_METHODS) {
    const [first, second] = name.split('.') as [string, string | undefined];
    if (second === undefined) machine[first] = method(name);
    else machine[first] = { ...(machine[first] as object | undefined), [second]: method(name) };
  }
  return machine;
}

const session = new TslabSession({
  globals: {
    machine: machineProxy(),
    input: (prompt = '', options: { password?: boolean } = {}) =>
      call({ target: 'input', args: [prompt, options.password ?? false] }),
  },
  display: (bundle, displayId, update) =>
    outlet.send({ type: 'display', cell: outlet.cell, bundle, update, ...(displayId === undefined ? {} : { displayId }) }),
});

async function perform(task: Task): Promise<unknown> {
  switch (task.type) {
    case 'execute': {
      const outcome = await outlet.runAs(task.id, () => session.execute(task.code));
      if (!outcome.ok) throw failure(outcome.error);
      if (outcome.bundle) outlet.send({ type: 'result', cell: task.id, bundle: outcome.bundle });
      return undefined;
    }
    case 'evaluate': {
      const outcome = await session.execute(task.code);
      if (!outcome.ok) throw failure(outcome.error);
      return outcome.bundle ?? { data: { 'text/plain': 'undefined' }, metadata: {} };
    }
    case 'complete':
      return session.complete(task.code, task.position);
    case 'inspect':
      return session.inspect(task.code, task.position);
    case 'isComplete':
      return completeness(task.code);
  }
}

function failure({ ename, evalue, traceback }: { ename: string; evalue: string; traceback: string[] }): KernelError {
  return new KernelError(ename, evalue, traceback);
}

/** Cells and expressions change the session, so each waits for the one before it. */
let turn: Promise<void> = Promise.resolve();

async function work(task: Task): Promise<void> {
  try {
    const value = await perform(task);
    outlet.send({ type: 'done', id: task.id, value });
  } catch (thrown) {
    const error =
      thrown instanceof KernelError
        ? { ename: thrown.ename, evalue: thrown.message, traceback: thrown.traceback }
        : cellError(thrown);
    outlet.send({ type: 'failed', id: task.id, error });
  }
}

process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'interrupt':
      return session.interrupt();
    case 'answer':
    case 'refused': {
      const waiting = calls.get(message.call);
      calls.delete(message.call);
      if (message.type === 'answer') return waiting?.resolve(message.value);
      return waiting?.reject(failure(message.error));
    }
    case 'execute':
    case 'evaluate':
      turn = turn.then(() => work(message));
      return undefined;
    default:
      return void work(message);
  }
});

// The running cell is stopped by a watchdog of its own; this handler is for one that awaits, and for an idle session.
process.on('SIGINT', () => session.interrupt());
process.on('disconnect', () => process.exit());
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (thrown: unknown) => {
    process.stderr.write(`${cellError(thrown).traceback.join('\n')}\n`);
  });
}
outlet.send({ type: 'done', id: 0, value: undefined });
