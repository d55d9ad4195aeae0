/** The process in which a task is checked: builds, boots, asks the author's checks, and tells its parent, for each order. Ends with it. */
import { MachineThreads } from '../../emulator/host-node/machine-threads.js';
import { checkCachedContent } from '../../sdk/cache-content.js';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { forgetFrugality } from '../host/malloc.js';
import type { CheckReport } from '../session/task-checks.js';
import { engineCodeFile, withCodeCache } from '../session/code-cache.js';
import type { Progress, Services } from '../session/services.js';
import { UserError } from '../session/user-error.js';
import { checkHere } from './check-here.js';
import type { CheckMessage, CheckOrder } from './check-messages.js';
import { defaultServices } from './default-services.js';

async function check(order: CheckOrder): Promise<CheckReport> {
  process.chdir(order.folder);
  // A mark is at stake: what others have put into the cache is not taken unseen.
  if (order.confined) checkCachedContent();
  const onProgress = (step: Progress): void => tell({ type: 'progress', step });
  return checkHere({ ...order, onProgress, signal: new AbortController().signal }, services);
}

const threads = new MachineThreads({ keptEngineCode: engineCodeFile() });
/** The machines of all checks, one after the other, in one thread: the engine then need not make its code anew for each, which takes a second. */
const services: Services = {
  ...defaultServices,
  startMachine: async (options, more) => withCodeCache(await threads.start(options, more), options, more?.code),
};

function tell(message: CheckMessage): void {
  process.send?.(message);
}

function failed(error: unknown): CheckMessage {
  if (error instanceof DiagnosticError) return { type: 'failed', error: new Error(error.message), wrong: error.diagnostics };
  if (error instanceof UserError)
    return { type: 'failed', error: new Error(error.message), user: { message: error.message, hint: error.hint } };
  return { type: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
}

// The variables are for this process: what it starts is another matter.
forgetFrugality();
process.once('disconnect', () => process.exit(1));
process.on('message', (order: CheckOrder) => {
  void check(order)
    .then((report): CheckMessage => ({ type: 'report', report }), failed)
    .then((message) => tell(message));
});
