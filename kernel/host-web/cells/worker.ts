/** Entry of the worker that runs TypeScript cells. Started by `CellWorker`. */
import { format } from 'node-inspect-extracted';
import { holdLifeline } from '../../../emulator/host-web/lifeline.js';
import { CellWaits } from '../../typescript/cell-waits.js';
import { cellGlobals, displayBy, receiver } from '../../typescript/cell-messages.js';
import { displayModule } from '../../typescript/display.js';
import type { FromChild, ToChild } from '../../typescript/ipc.js';
import { KernelCalls } from '../../typescript/kernel-calls.js';
import { WebTimers } from './web-timers.js';
import { WebSession, type WebSessionHost } from './web-session.js';

holdLifeline();

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
const host: WebSessionHost = {
  cell: () => latest,
  waits,
  timers,
  globals: cellGlobals(calls, machine),
};
const session = new WebSession(host, { tslab: displayModule(displayBy(outlet, () => latest)) });

const receive = receiver({
  session,
  outlet,
  calls,
  machine,
  waits,
  timers,
  run(task, label) {
    latest = task.id;
    return session.execute(task.code, label);
  },
});
onmessage = ({ data }: MessageEvent<ToChild>) => receive(data);
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  if ((event.reason as Error | undefined)?.name !== 'KeyboardInterrupt') say('stderr', `${String(event.reason)}\n`);
});
outlet.send({ type: 'done', id: 0, value: undefined });
