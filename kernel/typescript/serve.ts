/** The cells' end of the connection between the kernel and the process that runs them. The kernel's is `SessionProcess`. */
import { keyboardInterrupt } from '../core/evaluator.js';
import { CellInterrupt, cellError } from './cell-errors.js';
import { cellGlobals, displayBy, receiver } from './cell-messages.js';
import type { CellSession, SessionHost } from './cell-session.js';
import { CellTimers } from './cell-timers.js';
import { CellWaits } from './cell-waits.js';
import { CodeRunner } from './code-runner.js';
import { KernelCalls } from './kernel-calls.js';
import { Outlet } from './outlet.js';
import { endSession, Signals } from './signals.js';

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
    globals: cellGlobals(calls, machine),
    display: displayBy(outlet, cell),
    beforeRun: () => {
      if (!signals.enter()) throw keyboardInterrupt();
    },
  });
  const runner = new CodeRunner(session, signals, outlet);

  process.on('message', receiver({ session, outlet, calls, machine, waits, timers, run: (task, label) => runner.run(task, label) }));
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
