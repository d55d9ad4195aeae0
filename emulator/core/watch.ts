/** Watchpoints, a debugger's and the guest's own: pages that have some take the slow path, which looks whether an access touches one. */
import * as L from '../cpu/layout';
import { currentInstruction } from './code';
import { guestWatches, takeWatchpoint } from './debug';
import { currentPc } from './state';


@inline
function entry(index: i32): usize {
  return <usize>L.WATCH_TABLE + <usize>(index * L.WATCH_SIZE);
}

/** Whether some byte of this page is watched. */
export function isWatched(page: u64): bool {
  const count = load<i32>(L.WATCHPOINTS);
  for (let i = 0; i < count; i++) {
    if (load<u64>(entry(i)) <= page + 0xfff && load<u64>(entry(i), 8) >= page) return true;
  }
  return guestWatches(page);
}

/** The instruction that a run begins with is not stopped at: it is what the processor was stopped at before. */
function passes(): bool {
  if (load<u64>(L.WATCH_PASS) != currentPc() || load<u64>(L.WATCH_PASSER) != load<u64>(L.MPIDR)) return false;
  return load<i32>(L.BUDGET) - load<i32>(L.REMAINING) == 1;
}

/** Whether the present instruction is a store-exclusive: what it reads to compare is no access of the guest. */
function isStoreExclusive(): bool {
  const offset = (<u32>currentPc()) & 0xfff;
  return (currentInstruction(load<u32>(L.PAGE_OPS), offset) & 0x3fc00000) == 0x08000000;
}

/**
 * An access as of level `el` that will not fault, and has not been made: true where it touches a watchpoint. Of the guest's
 * own, the exception has been taken then. Of a debugger's, which is asked first, the slice is over, before the instruction,
 * as if an exception had been taken that leads back to it.
 */
export function watch(va: u64, size: i32, access: i32, el: i32): bool {
  const count = load<i32>(L.WATCHPOINTS);
  if (!count && !load<i32>(L.GUEST_WATCHPOINTS)) return false;
  if (access == L.WATCH_READ && isStoreExclusive()) return false;
  for (let i = 0; i < count; i++) {
    if (load<i32>(entry(i), 16) & access && load<u64>(entry(i)) <= va + size - 1 && load<u64>(entry(i), 8) >= va && !passes()) {
      store<i32>(L.WATCH_HIT, i + 1);
      store<u64>(L.PC, currentPc());
      store<i32>(L.BUDGET, load<i32>(L.BUDGET) - load<i32>(L.REMAINING) - 1);
      store<i32>(L.REMAINING, 0);
      return true;
    }
  }
  return takeWatchpoint(va, size, access, el, currentPc());
}
