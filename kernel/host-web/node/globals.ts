/** Names that Node has everywhere, as far as the kernel uses them. The build puts them into each file that has the name. */
import { Buffer } from 'buffer';

export { Buffer };

const started = performance.now();
let folder = '/';

/** What is asked of the process: it is a worker of a page. */
export const process = {
  env: {} as Record<string, string | undefined>,
  argv: ['virtbook'],
  execArgv: [],
  execPath: '/virtbook',
  pid: 1,
  ppid: 0,
  platform: 'linux',
  arch: 'wasm',
  // Programs look at it to tell which functions there are.
  version: 'v20.15.0',
  versions: { node: '20.15.0' },
  cwd: (): string => folder,
  chdir: (to: string): void => void (folder = to),
  nextTick: (action: (...args: unknown[]) => void, ...args: unknown[]): void => queueMicrotask(() => action(...args)),
  cpuUsage: () => ({ user: (performance.now() - started) * 1000, system: 0 }),
  memoryUsage: Object.assign(() => ({ rss: 0 }), { rss: () => 0 }),
  hrtime: { bigint: () => BigInt(Math.round(performance.now() * 1e6)) },
  emitWarning: (warning: unknown): void => console.warn(warning),
  setSourceMapsEnabled: (): void => undefined,
  on: (): void => undefined,
  kill: (): never => {
    throw Object.assign(new Error('no such process'), { code: 'ESRCH' });
  },
  stdout: { write: (text: string): boolean => (console.log(text), true) },
  stderr: { write: (text: string): boolean => (console.error(text), true) },
};

/** A timer as Node has it: an object, which need not keep a program alive. */
class Timer {
  constructor(readonly id: number) {}
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

type Action = (...args: unknown[]) => void;
const page = globalThis as unknown as {
  setTimeout(action: Action, milliseconds?: number, ...args: unknown[]): number;
  setInterval(action: Action, milliseconds?: number, ...args: unknown[]): number;
  clearTimeout(id: number): void;
  clearInterval(id: number): void;
};

const idOf = (timer: unknown): number | undefined => (timer instanceof Timer ? timer.id : typeof timer === 'number' ? timer : undefined);

export const setTimeout = (action: Action, milliseconds?: number, ...args: unknown[]): Timer =>
  new Timer(page.setTimeout(action, milliseconds, ...args));
export const setInterval = (action: Action, milliseconds?: number, ...args: unknown[]): Timer =>
  new Timer(page.setInterval(action, milliseconds, ...args));
export function clearTimeout(timer: unknown): void {
  const id = idOf(timer);
  if (id !== undefined) page.clearTimeout(id);
}
export const clearInterval = clearTimeout;

/** Turns of the event loop without the milliseconds that a browser puts between timers. */
const due = new Map<number, () => void>();
let last = 0;
const { port1, port2 } = new MessageChannel();
port1.onmessage = ({ data }: MessageEvent<number>) => {
  const action = due.get(data);
  due.delete(data);
  action?.();
};

export function setImmediate(action: Action, ...args: unknown[]): Timer {
  const id = ++last;
  due.set(id, () => action(...args));
  port2.postMessage(id);
  return new Timer(id);
}
export const clearImmediate = (timer: Timer): void => void due.delete(timer.id);
