/** Predecoded code: pages of operations, found by physical page, thrown away when the code is written to. */
import * as L from '../cpu/layout';
import { regionsStale } from './host';
import { requestExit } from './state';
import { forgetFetches, guardPage } from './tlb';


@inline
export function isRamPage(page: u32): bool {
  return page - ((<u32>L.RAM_GUEST) >> 12) < load<u32>(L.RAM_SIZE) >> 12;
}


@inline
function mapCell(page: u32): usize {
  return <usize>L.PAGE_MAP + ((<usize>(page - ((<u32>L.RAM_GUEST) >> 12))) << 2);
}


@inline
export function hasCode(page: u32): bool {
  return load<u32>(mapCell(page)) != 0;
}

/** The instruction word that an operation of this page stands for; `offset` in the page in bytes. */
export function currentInstruction(operations: u32, offset: u32): u32 {
  const slot = (operations - load<u32>(L.OPS_POOL)) / <u32>L.OPS_PAGE_SIZE;
  const page = load<u32>(<usize>L.POOL_OWNER + ((<usize>slot) << 2));
  return load<u32>(<usize>((page << 12) - <u32>L.RAM_GUEST + <u32>L.RAM_HOST + offset));
}

/** The operations of a RAM page, made when there are none. */
export function operationsOf(page: u32): u32 {
  const known = load<u32>(mapCell(page));
  if (known) return known;
  let used = load<u32>(L.OPS_POOL_USED);
  if (used == load<u32>(L.OPS_POOL_SIZE)) {
    regionsStale(0);
    for (let i: u32 = 0; i < used; i++) store<u32>(mapCell(load<u32>(<usize>L.POOL_OWNER + ((<usize>i) << 2))), 0);
    forgetFetches();
    used = 0;
  }
  const operations = load<u32>(L.OPS_POOL) + used * <u32>L.OPS_PAGE_SIZE;
  const owner = <usize>L.POOL_OWNER + ((<usize>used) << 2);
  // Memory that never had operations is zero, and costs the host nothing while nobody writes to it.
  if (load<u32>(owner)) memory.fill(<usize>operations, 0, <usize>L.OPS_PAGE_SIZE);
  store<u32>(owner, page);
  store<u32>(L.OPS_POOL_USED, used + 1);
  store<u16>(<usize>operations + 1024 * <usize>L.OP_SIZE, <u16>L.HANDLER_PAGE_END);
  store<u32>(mapCell(page), operations);
  guardPage(page);
  return operations;
}

/** Bytes of a page were written: what was decoded from them is stale. */
export function codeWritten(page: u32, offset: u32, size: u32): void {
  const operations = load<u32>(mapCell(page));
  if (!operations) return;
  const last = (offset + size - 1) >> 2;
  let covered: u32 = 0;
  for (let i = offset >> 2; i <= last; i++) {
    covered |= (<u32>load<u8>(<usize>(operations + <u32>L.OPS_COVERED + (i >> 3)))) & (1 << (i & 7));
    store<u16>(<usize>(operations + i * <u32>L.OP_SIZE), 0);
  }
  if (!covered) return;
  // The region that runs may be among them: it must not execute another instruction.
  regionsStale(operations);
  requestExit();
}

/** For writes that come from outside the processor: DMA, loaders, snapshots. */
export function memoryWritten(address: u32, size: u32): void {
  let at = address;
  const end = address + size;
  while (at != end) {
    const room = 0x1000 - (at & 0xfff);
    const here = min(end - at, room);
    codeWritten(at >> 12, at & 0xfff, here);
    at += here;
  }
}
