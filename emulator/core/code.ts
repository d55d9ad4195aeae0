/** Writes to pages of predecoded code: what is stale goes, and so does what a page that holds data has of when it was code. */
import * as L from '../cpu/layout';
import { regionsStale } from './host';
import { knownOperations, ownerOf, release } from './operation-pool';
import { requestExit } from './state';
import { leadsTo } from './tlb';


@inline
export function isRamPage(page: u32): bool {
  return page - ((<u32>L.RAM_GUEST) >> 12) < load<u32>(L.RAM_SIZE) >> 12;
}

/** The instruction word that an operation of this page stands for; `offset` in the page in bytes. */
export function currentInstruction(operations: u32, offset: u32): u32 {
  return load<u32>(<usize>((ownerOf(operations) << 12) - <u32>L.RAM_GUEST + <u32>L.RAM_HOST + offset));
}

/** Bytes of a page were written: what was decoded from them is stale. */
export function codeWritten(page: u32, offset: u32, size: u32): void {
  const operations = knownOperations(page);
  if (!operations) return;
  const last = (offset + size - 1) >> 2;
  let covered: u32 = 0;
  let decoded: u32 = 0;
  for (let i = offset >> 2; i <= last; i++) {
    covered |= (<u32>load<u8>(<usize>(operations + <u32>L.OPS_COVERED + (i >> 3)))) & (1 << (i & 7));
    decoded |= <u32>load<u16>(<usize>(operations + i * <u32>L.OP_SIZE));
    store<u16>(<usize>(operations + i * <u32>L.OP_SIZE), 0);
  }
  if (covered) {
    // The region that runs may be among them: it must not execute another instruction.
    regionsStale(operations);
    requestExit();
  }
  if (!decoded) dataWritten(page, operations);
  else if (size == 4096) releaseData(page, operations);
}

/**
 * A word was written that nobody executed. Each such write takes the slow path, so a page that is data now, for good,
 * should lose its operations soon. One that has both must keep them: so it is looked at after twice as many writes each time.
 */
function dataWritten(page: u32, operations: u32): void {
  const writes = load<u32>(<usize>operations, L.OPS_DATA_WRITES) + 1;
  store<u32>(<usize>operations, writes, L.OPS_DATA_WRITES);
  if (writes < load<u32>(<usize>operations, L.OPS_PATIENCE)) return;
  store<u32>(<usize>operations, writes << 1, L.OPS_PATIENCE);
  releaseData(page, operations);
}

/** Gives back the operations of a page if it is code no more: all of it was overwritten, or no translation leads to it for execution. */
function releaseData(page: u32, operations: u32): void {
  // The debug unit knows operations by their places.
  if (operations == load<u32>(L.PAGE_OPS) || load<i32>(L.BREAKPOINTS)) return;
  if (isOverwritten(operations)) release(page, operations, 0);
  else if (!leadsTo(operations)) release(page, operations, min(load<u32>(<usize>operations, L.OPS_RELEASES) + 1, <u32>L.RELEASES_MAX));
}

function isOverwritten(operations: u32): bool {
  for (let i: u32 = 0; i < 1024; i++) if (load<u16>(<usize>(operations + i * <u32>L.OP_SIZE))) return false;
  return true;
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
