import { PAGE, roundUp } from './board.js';
import { MAP, Plan } from './plan.js';

const SLOT_BYTES = 64;
const SPARE_PAGES = 16;

/** Bytes in which the kernel can make everything that the plan names: `SYSTEM_POOL_BYTES` of system_image.h. */
export function poolBytes(plan: Plan): number {
  const cnodePages = plan.cnodes.reduce((sum, { radix }) => sum + roundUp(SLOT_BYTES << radix, PAGE) / PAGE, 0);
  return PAGE * (plan.objectCount() + 2 * plan.vspaces.length + cnodePages + pageTables(plan) + SPARE_PAGES);
}

/** One table for each 1 GiB that is used in an address space, and one for each 2 MiB of it that holds 4 KiB pages. */
function pageTables(plan: Plan): number {
  const tables = new Set<string>();
  for (const { vspace, vaddr, size, flags } of plan.mappings) {
    const count = (shift: number): void => {
      for (let at = Math.floor(vaddr / 2 ** shift); at <= Math.floor((vaddr + size - 1) / 2 ** shift); at++)
        tables.add(`${vspace}/${shift}/${at}`);
    };
    count(30);
    if ((flags & MAP.large) === 0) count(21);
  }
  return tables.size;
}
