/** Memory that a virtual machine may only read, and that its monitor writes for it. */
import type { Diagnostic } from '../../sdk/diagnostic.js';
import { Complainer } from '../../sdk/tool/complaint.js';
import type { MemoryMap, SystemDescription } from '../../sdk/tool/model.js';
import type { Sources } from './body-language.js';
import { blankComments } from './c-header.js';
import { macrosOf, numberOf } from './c-numbers.js';
import { sourceOf } from './domain-facts.js';

/** Nothing is wrong to see then: what the guest stores arrives, by a fault for each store. */
export function warnOfSlowMaps(system: SystemDescription, sources: Sources): Diagnostic[] {
  const complainer = new Complainer(system.source);
  return system.protectionDomains.flatMap(({ name, programImage, virtualMachine }) => {
    const readable = virtualMachine?.maps.filter(({ permissions }) => permissions.read && !permissions.write) ?? [];
    const text = readable.length === 0 ? undefined : sources.read(sourceOf(programImage.path));
    if (virtualMachine === undefined || text === undefined) return [];
    const handled = handledBy(text, sources);
    return readable
      .filter((map) => handled.some((address) => isIn(system, map, address)))
      .map((map) =>
        complainer.diagnostic(
          'warning',
          `'${virtualMachine.name}' may only read '${map.region}', and '${name}' has a handler for its address: each store of the guest is a fault that the handler carries out`,
          map.at,
          'to let the guest store there itself, write perms="rw" on this <map>: the handler is only called for what the guest may not do',
        ),
      );
  });
}

/** The addresses that a monitor registers handlers for, as far as its source has them as numbers. */
function handledBy(text: string, sources: Sources): number[] {
  const macros = macrosOf(text, sources);
  return [...blankComments(text).matchAll(/\bfault_register_vm_exception_handler\s*\(\s*(\w+)\s*,/g)].flatMap(
    ([, argument = '']) => numberOf(argument, macros) ?? [],
  );
}

function isIn({ memoryRegions }: SystemDescription, { region, address }: MemoryMap, at: number): boolean {
  const size = memoryRegions.find(({ name }) => name === region)?.size ?? 0n;
  return BigInt(at) >= address && BigInt(at) < address + size;
}
