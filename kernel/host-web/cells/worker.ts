/** Entry of the worker that runs TypeScript cells. Started by `CellWorker`. */
import { format } from 'node-inspect-extracted';
import { expect, fail } from '../../tasks/expect.js';
import { CellWaits } from '../../typescript/cell-waits.js';
import { kernelError } from '../../typescript/cell-errors.js';
import { displayModule } from '../../typescript/display.js';
import type { FromChild, Task, ToChild } from '../../typescript/ipc.js';
import { KernelCalls } from '../../typescript/kernel-calls.js';
import { TaskQueue } from '../../typescript/task-queue.js';
import { WebTimers } from './web-timers.js';
import { WebSession } from './web-session.js';

/** The cell that was begun last: what the page runs belongs to it. */
let latest = 0;
const outlet = {
  get cell(): number {
    return latest;
  },
  send: (message: FromChild): void => postMessage(message),
};
const say = (name: 'stdout' | 'stderr', text: string): void => outlet.send({ type: 'stream', cell: latest, name, text });
const print =
  (name: 'stdout' | 'stderr') =>
  (...values: unknown[]): void =>
    say(name, `${format(...values)}\n`);
Object.assign(console, {
  log: print('stdout'),
  info: print('stdout'),
  debug: print('stdout'),
  warn: print('stderr'),
  error: print('stderr'),
});

const calls = new KernelCalls(outlet);
const machine = calls.machine();
const waits = new CellWaits(
  () => latest,
  () => false,
);
const timers = new WebTimers(() => latest);
const tslab = displayModule((bundle, displayId, update) =>
  outlet.send({ type: 'display', cell: latest, bundle, update, ...(displayId === undefined ? {} : { displayId }) }),
);
const session = new WebSession(
  {
    cell: () => latest,
    waits,
    timers,
    globals: {
      machine,
      expect,
      fail,
      input: (prompt = '', options: { password?: boolean } = {}) =>
        calls.call({ target: 'input', args: [prompt, options.password ?? false] }),
    },
    beforeRun: () => undefined,
  },
  { tslab },
);

async function perform(task: Task): Promise<unknown> {
  switch (task.type) {
    case 'execute':
    case 'evaluate': {
      latest = task.id;
      const outcome = await session.execute(task.code, task.type === 'execute' ? task.label : undefined);
      if (!outcome.ok) throw kernelError(outcome.error);
      if (task.type === 'evaluate') return outcome.bundle ?? { data: { 'text/plain': 'undefined' }, metadata: {} };
      if (outcome.bundle) outlet.send({ type: 'result', cell: task.id, bundle: outcome.bundle });
      return undefined;
    }
    case 'complete':
      return session.complete(task.code, task.position);
    case 'inspect':
      return session.inspect();
    case 'isComplete':
      return session.isComplete(task.code);
  }
}

const queue = new TaskQueue(outlet, perform);

onmessage = ({ data: message }: MessageEvent<ToChild>) => {
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
      return;
    case 'execute':
    case 'evaluate':
      return queue.add(message);
    default:
      return void queue.work(message);
  }
};
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  if ((event.reason as Error | undefined)?.name !== 'KeyboardInterrupt') say('stderr', `${String(event.reason)}\n`);
});
outlet.send({ type: 'done', id: 0, value: undefined });
