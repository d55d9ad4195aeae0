/** The pages of RAM that hold anything: of 2 GiB, a guest has used some hundred megabytes. */

export const PAGE = 4096;

/** Pages in a row, by the number of the first, counted from the start of RAM. */
export interface PageRun {
  first: number;
  bytes: Uint8Array;
}

/**
 * The pages that are not all zero, in order. The bytes are those of `ram` itself. `nextPage` gives the start of the first
 * page, from one on, that is zero or is not, and the size of `ram` where there is none.
 */
export function usedPages(ram: Uint8Array, nextPage: (start: number, zero: boolean) => number): PageRun[] {
  const runs: PageRun[] = [];
  for (let start = nextPage(0, false); start < ram.length;) {
    const end = nextPage(start, true);
    runs.push({ first: start / PAGE, bytes: ram.subarray(start, end) });
    start = nextPage(end, false);
  }
  return runs;
}
