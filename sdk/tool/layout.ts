import { LOADER_START, MAIN_MEMORY, PAGE } from './board.js';
import { checkBuildable } from './buildable.js';
import type { SystemDescription } from './model.js';
import { planObjects } from './objects.js';
import { placeFrames, planRegions } from './placement.js';
import { Plan } from './plan.js';
import { poolBytes } from './pool.js';

/**
 * What a build would refuse, whatever the programs are: each memory region and stack must have a place beside a kernel and
 * programs of no size. `content`: a file of `prefill_path`; undefined where it has not been written yet.
 * @throws DiagnosticError
 */
export function checkLayout(system: SystemDescription, content: (path: string) => Uint8Array | undefined = () => undefined): void {
  checkBuildable(system);
  const plan = new Plan();
  planObjects(system, plan);
  planRegions(system, plan, (path) => content(path) ?? new Uint8Array(1));
  for (const { name, stackSize } of system.protectionDomains) plan.addFrame(`STACK:${name}`, Number(stackSize), PAGE, 0);
  plan.pool.size = poolBytes(plan);
  placeFrames(system, plan, MAIN_MEMORY.start, LOADER_START);
}
