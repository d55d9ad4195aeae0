import { PAGE, roundUp } from './board.js';
import { MAP, type Mapping, type Plan } from './plan.js';

const SLOT_BYTES = 64;
const SPARE_PAGES = 16;

/** Bytes in which the kernel can make everything that the plan names: `SYSTEM_POOL_BYTES` of system_image.h. */
export function poolBytes(plan: Plan): number {
  const cnodePages = plan.cnodes.reduce((sum, { radix }) => sum + roundUp(SLOT_BYTES << radix, PAGE) / PAGE, 0);
  return PAGE * (plan.objectCount() + 2 * plan.vspaces.length + cnodePages + pageTables(plan.mappings) + SPARE_PAGES);
}

/** One table for each 1 GiB that is used in an address space, and one for each 2 MiB of it that holds 4 KiB pages. */
export function pageTables(mappings: readonly Mapping[]): number {
  const small = mappings.filter(({ flags }) => (flags & MAP.large) === 0);
  return touched(mappings, 2 ** 30) + touched(small, 2 ** 21);
}

/** How many pieces of `unit` bytes hold a part of some mapping. Counted by their ends: a mapping may have a terabyte. */
function touched(mappings: readonly Mapping[], unit: number): number {
  let count = 0;
  let space = -1;
  let last = -1;
  for (const { vspace, vaddr, size } of [...mappings].sort((a, b) => a.vspace - b.vspace || a.vaddr - b.vaddr)) {
    if (vspace !== space) last = -1;
    space = vspace;
    const first = Math.max(Math.floor(vaddr / unit), last + 1);
    const end = Math.floor((vaddr + size - 1) / unit);
    if (end < first) continue;
    count += end - first + 1;
    last = end;
  }
  return count;
}
