/** Pages of linear memory that hold anything, for snapshots: two gigabytes are looked through at memory's own speed. */

const PAGE: usize = 4096;

/** The first of the pages from `at` on that is zero, or is not, as `zero` says; `end` where there is none. */
export function nextPage(at: u32, end: u32, zero: bool): u32 {
  for (; at < end; at += <u32>PAGE) if (isZero(at) == zero) break;
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
