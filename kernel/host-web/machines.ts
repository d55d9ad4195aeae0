/** Machines in workers of their own, whose script is beside the kernel's. */
import { restoreMachine, startMachine, type WebSettings } from '../../emulator/host-web/index.js';
import { UserError } from '../session/user-error.js';
import { addressOf } from './load.js';

const WORKER: WebSettings = {
  worker: () => new Worker(addressOf('./emulator/host-web/worker.js'), { type: 'module' }),
};

/** What to do where a page cannot. */
export const ON_YOUR_COMPUTER = 'Run the chapter on your computer for that: pip install jupyterlab virtbook, then virtbook lab.';

type Start = typeof startMachine;
type Restore = typeof restoreMachine;

export const startPageMachine: Start = (options, more) => withMemory(startMachine(options, { ...WORKER, ...more }));
export const restorePageMachine = (...[read, options]: Parameters<Restore>): ReturnType<Restore> =>
  withMemory(restoreMachine(read, options, WORKER));

/** @throws UserError where the browser gives a machine no memory */
async function withMemory<T>(start: Promise<T>): Promise<T> {
  try {
    return await start;
  } catch (error) {
    if (!(error instanceof Error) || !/could not allocate|out of memory|allocation failed/i.test(error.message)) throw error;
    const hint = `Close other tabs, or reload this page: what you have written stays. ${ON_YOUR_COMPUTER}`;
    throw new UserError('RunError', 'this browser has no memory left for a machine', hint);
  }
}
