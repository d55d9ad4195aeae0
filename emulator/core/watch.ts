/** Watchpoints: pages that have some take the slow path, which looks whether an access touches one. */
import * as L from '../cpu/layout';
import { requestExit } from './state';

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
  return false;
}

/** An access that will not fault: where it touches a watchpoint, the slice ends behind its instruction. */
export function watch(va: u64, size: i32, access: i32): void {
  const count = load<i32>(L.WATCHPOINTS);
  if (!count || load<i32>(L.WATCH_HIT)) return;
  for (let i = 0; i < count; i++) {
    if (load<i32>(entry(i), 16) & access && load<u64>(entry(i)) <= va + size - 1 && load<u64>(entry(i), 8) >= va) {
      store<i32>(L.WATCH_HIT, i + 1);
      return requestExit();
    }
  }
}
