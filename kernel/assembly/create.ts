import type { NotebookEvaluator } from '../magics/evaluator.js';
import type { Services } from '../session/services.js';
import { inProcesses } from '../typescript/in-processes.js';
import type { SessionProcessOptions } from '../typescript/session-process.js';
import { defaultServices } from './default-services.js';
import { keptRuns } from './kept-runs.js';
import { type PartsOptions, putTogether } from './put-together.js';

export interface EvaluatorOptions extends Omit<PartsOptions, 'services' | 'keptRuns' | 'startCells'> {
  /** The real ones unless given. */
  services?: Services | undefined;
  /** How the process of TypeScript cells is started, where that is not as usual. */
  typescript?: Pick<SessionProcessOptions, 'execArgv'> | undefined;
}

/** The kernel's evaluator on this computer. */
export function createEvaluator(options: EvaluatorOptions): NotebookEvaluator {
  const services = options.services ?? defaultServices;
  const { typescript, ...rest } = options;
  return putTogether({ ...rest, services, startCells: inProcesses(typescript), keptRuns: keptRuns() });
}
