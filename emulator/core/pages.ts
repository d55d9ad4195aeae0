/** Pages of linear memory that hold anything. */
import * as L from '../cpu/layout';
import { wasWritten } from './pool';

const PAGE: usize = 4096;

/** The first of the pages from `at` on that is zero, or is not, as `zero` says; `end` where there is none. */
export function nextPage(at: u32, end: u32, zero: bool): u32 {
  for (; at < end; at += <u32>PAGE) if (isZero(at) == zero) break;
  return at;
}

/**
 * The same for addresses in RAM. Of two gigabytes most were never written to: to look at such a page, the host would have to find one for it,
 * which takes longer than to look.
 */
export function nextRamPage(at: u32, end: u32, zero: bool): u32 {
  for (; at < end; at += <u32>PAGE) {
    const page = (at - <u32>L.RAM_HOST + <u32>L.RAM_GUEST) >> 12;
    if ((!wasWritten(page) || isZero(at)) == zero) break;
  }
  return at;
}

function isZero(page: usize): bool {
  const end = page + PAGE;
  for (let at = page; at != end; at += 64) {
    const sum = v128.or(v128.or(v128.load(at), v128.load(at, 16)), v128.or(v128.load(at, 32), v128.load(at, 48)));
    if (v128.any_true(sum)) return false;
  }
  return true;
}
