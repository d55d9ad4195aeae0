/** How many instructions each domain has executed. */
import type { Executed } from '../../emulator/debug/observation.js';
import { type BuiltSystem, MICROKERNEL } from './built-system.js';
import type { InstructionCounts } from './trace-model.js';
import { nearest, UserError } from './user-error.js';

/** Those that have executed nothing have 0. Undefined on a machine with several processors, of which nobody counts them. */
export function instructionCounts(system: BuiltSystem, executed: readonly Executed[] | undefined): InstructionCounts | undefined {
  if (!executed) return undefined;
  const counts = new Map([...system.spaces.map(({ name }) => name), MICROKERNEL].map((name) => [name, 0]));
  for (const { of, count } of executed) {
    const name = (of && system.space(of)?.name) ?? MICROKERNEL;
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}

/** @throws UserError when they were not counted, or there is no such domain */
export function instructionsOf(counts: InstructionCounts | undefined, domain: string): number {
  if (!counts) throw new UserError('RunError', 'instructions were not counted', 'They are counted on a machine with one processor.');
  const count = counts.get(domain);
  if (count !== undefined) return count;
  const meant = nearest(domain, [...counts.keys()]);
  const hint = meant === undefined ? `There are: ${[...counts.keys()].join(', ')}.` : `Did you mean ${meant}?`;
  throw new UserError('RunError', `there is no protection domain ${domain}`, hint);
}
