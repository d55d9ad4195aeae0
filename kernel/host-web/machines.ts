/** Machines in workers of their own, whose script is beside the kernel's. */
import {
  type LoadedCore,
  loadCoreModules,
  PreparedWorker,
  restoreMachine,
  restoreMachineFile,
  startMachine,
} from '../../emulator/host-web/index.js';
import type { StartSettings } from '../../emulator/server/client.js';
import { UserError } from '../session/user-error.js';
import { addressOf } from './load.js';

/** What to do where a page cannot. */
export const ON_YOUR_COMPUTER = 'Run the chapter on your computer for that: pip install jupyterlab virtbook, then virtbook lab.';

/** Milliseconds after which a worker that no machine has come to is ended. */
const UNUSED = 30_000;

let core: Promise<LoadedCore> | undefined;
let spare: Promise<PreparedWorker> | undefined;

/** The processor is compiled once for all machines. */
function loadedCore(): Promise<LoadedCore> {
  core ??= loadCoreModules(addressOf('./emulator/'));
  return core.catch((error: unknown) => {
    core = undefined;
    throw error;
  });
}

async function makeWorker(): Promise<PreparedWorker> {
  // Its script is loaded meanwhile.
  const worker = new Worker(addressOf('./emulator/host-web/worker.js'), { type: 'module' });
  try {
    // Nobody debugs the machines of a page.
    return new PreparedWorker(worker, { core: await loadedCore(), forgetful: true });
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** Has the processor compiled soon. Who needs it hears what goes wrong. */
export function prepareProcessor(): void {
  loadedCore().catch(() => undefined);
}

/** A machine will soon be started: its worker is ready then. If none is, it is ended. */
export function prepareMachine(): void {
  if (spare) return;
  const made = makeWorker();
  spare = made;
  const drop = (): boolean => {
    const isSpare = spare === made;
    if (isSpare) spare = undefined;
    return isSpare;
  };
  made.then(
    (worker) => setTimeout(() => drop() && worker.end(), UNUSED),
    () => drop(),
  );
}

async function takeWorker(): Promise<PreparedWorker> {
  const taken = spare;
  spare = undefined;
  const worker = await taken?.catch(() => undefined);
  return worker && worker.lost === undefined ? worker : makeWorker();
}

export const startPageMachine = (options: Parameters<typeof startMachine>[0], more?: StartSettings): ReturnType<typeof startMachine> =>
  withMemory(async () => startMachine(options, { ...more, prepared: await takeWorker() }));

export const restorePageMachine = (...[read, options]: Parameters<typeof restoreMachine>): ReturnType<typeof restoreMachine> =>
  withMemory(async () => restoreMachine(read, options, { prepared: await takeWorker() }));

/** @param file in the browser's storage */
export const restorePageMachineFile = (...[file, options]: Parameters<typeof restoreMachineFile>): ReturnType<typeof restoreMachineFile> =>
  withMemory(async () => restoreMachineFile(file, options, { prepared: await takeWorker() }));

/** @throws UserError where the browser gives a machine no memory */
async function withMemory<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Error) || !/could not allocate|out of memory|allocation failed/i.test(error.message)) throw error;
    const hint = `Close other tabs, or reload this page: what you have written stays. ${ON_YOUR_COMPUTER}`;
    throw new UserError('RunError', 'this browser has no memory left for a machine', hint);
  }
}
