import { PAGE_SIZES } from './limits.js';
import type { SystemDescription } from './model.js';

/** Gives a region without `page_size` the largest pages that its size, its physical address and every address it is mapped at allow. */
export function raisePageSizes(system: SystemDescription): void {
  const maps = system.protectionDomains.flatMap((domain) => [...domain.maps, ...(domain.virtualMachine?.maps ?? [])]);
  for (const region of system.memoryRegions) {
    if (region.pageSizeGiven) continue;
    const addresses = maps.filter((map) => map.region === region.name).map((map) => map.address);
    if (region.physicalAddress !== undefined) addresses.push(region.physicalAddress);
    const largest = PAGE_SIZES.findLast((size) => [region.size, ...addresses].every((value) => value % size === 0n));
    if (largest !== undefined && largest > region.pageSize) region.pageSize = largest;
  }
}
