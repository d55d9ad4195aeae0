/** Predecoded code that is written to: what was made from the words before is thrown away. */
import * as L from '../cpu/layout';
import { regionsStale } from './host';
import { knownOperations, noteWritten, ownerOf, writtenBesides } from './pool';
import { requestExit } from './state';

/** Bytes that one instruction writes, at most. */
const ONE_WRITE: u32 = 64;


@inline
export function hasCode(page: u32): bool {
  return knownOperations(page) != 0;
}

/** The instruction word that an operation of this page stands for; `offset` in the page in bytes. */
export function currentInstruction(operations: u32, offset: u32): u32 {
  return load<u32>(<usize>((ownerOf(operations) << 12) - <u32>L.RAM_GUEST + <u32>L.RAM_HOST + offset));
}

/** Bytes of a page were written: what was decoded from them is stale. */
export function codeWritten(page: u32, offset: u32, size: u32): void {
  const operations = knownOperations(page);
  if (!operations) return;
  const first = offset >> 2;
  const last = (offset + size - 1) >> 2;
  let covered: u32 = 0;
  let decoded: u32 = 0;
  for (let i = first; i <= last; i++) {
    const operation = <usize>(operations + i * <u32>L.OP_SIZE);
    covered |= (<u32>load<u8>(<usize>(operations + <u32>L.OPS_COVERED + (i >> 3)))) & (1 << (i & 7));
    decoded |= <u32>load<u16>(operation);
    store<u16>(operation, 0);
  }
  if (!decoded) writtenBesides(page, operations, size > ONE_WRITE ? last - first + 1 : 1);
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
    noteWritten(at >> 12);
    codeWritten(at >> 12, at & 0xfff, here);
    at += here;
  }
}
