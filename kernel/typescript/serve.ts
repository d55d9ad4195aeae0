/** The cells' end of the connection between the kernel and the process that runs them. The kernel's is `SessionProcess`. */
import { keyboardInterrupt } from '../core/evaluator.js';
import { expect, fail } from '../tasks/expect.js';
import { CellInterrupt, cellError } from './cell-errors.js';
import type { CellSession, SessionHost } from './cell-session.js';
import type { ToChild } from './ipc.js';
import { CellTimers } from './cell-timers.js';
import { CellWaits } from './cell-waits.js';
import { KernelCalls } from './kernel-calls.js';
import { Outlet } from './outlet.js';
import { endSession, Signals } from './signals.js';
import { TaskQueue } from './task-queue.js';
import { TaskRunner } from './task-runner.js';

/** Runs the cells that the kernel sends, until it goes away. To be called once, as the whole program of a process. */
export function serve(create: (host: SessionHost) => CellSession): void {
  const signals = new Signals();
  const outlet = new Outlet();
  const calls = new KernelCalls(outlet);
  const machine = calls.machine();
  const cell = (): number => outlet.cell;
  const waits = new CellWaits(cell, () => outlet.cell === outlet.latest && signals.pending);
  const timers = new CellTimers(cell);
  const session = create({
    cell,
    waits,
    timers,
    globals: {
      machine,
      // What checks of tasks are made of, too.
      expect,
      fail,
      input: (prompt = '', options: { password?: boolean } = {}) =>
        calls.call({ target: 'input', args: [prompt, options.password ?? false] }),
    },
    display: (bundle, displayId, update) =>
      outlet.send({ type: 'display', cell: outlet.cell, bundle, update, ...(displayId === undefined ? {} : { displayId }) }),
    beforeRun: () => {
      if (!signals.enter()) throw keyboardInterrupt();
    },
  });
  const runner = new TaskRunner(session, signals, outlet);
  const queue = new TaskQueue(outlet, (task) => runner.perform(task));

  process.on('message', (message: ToChild) => {
    switch (message.type) {
      case 'interrupt':
        return queue.isRunning(message.id) ? session.interrupt() : queue.cancel(message.id);
      case 'interruptAll':
        waits.interruptAll();
        return timers.end();
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
  });

  process.on('disconnect', endSession);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown: unknown) => {
      // What an interrupt has ended, and nobody waits for.
      if (thrown instanceof CellInterrupt) return;
      process.stderr.write(`${cellError(thrown).traceback.join('\n')}\n`);
    });
  }
  signals.held.then(
    () => outlet.send({ type: 'done', id: 0, value: undefined }),
    () => undefined,
  );
}
