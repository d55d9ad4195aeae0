/** The pages of RAM that hold anything: of 2 GiB, a guest has used some hundred megabytes. */

export const PAGE = 4096;
/** What is looked at in one piece: most of RAM is untouched. */
const PIECE = 16 * PAGE;
const zeros = Buffer.alloc(PIECE);

/** Pages in a row, by the number of the first, counted from the start of RAM. */
export interface PageRun {
  first: number;
  bytes: Uint8Array;
}

/** The pages that are not all zero, in order. The bytes are those of `ram` itself. Its size is a multiple of 64 KiB. */
export function usedPages(ram: Uint8Array): PageRun[] {
  const memory = Buffer.from(ram.buffer, ram.byteOffset, ram.length);
  const isZero = (start: number, length: number): boolean => memory.compare(zeros, 0, length, start, start + length) === 0;
  const runs: PageRun[] = [];
  let start: number | undefined;
  const end = (at: number): void => {
    if (start !== undefined) runs.push({ first: start / PAGE, bytes: ram.subarray(start, at) });
    start = undefined;
  };
  for (let piece = 0; piece < ram.length; piece += PIECE) {
    if (isZero(piece, PIECE)) {
      end(piece);
      continue;
    }
    for (let page = piece; page < piece + PIECE; page += PAGE) {
      if (isZero(page, PAGE)) end(page);
      else start ??= page;
    }
  }
  end(ram.length);
  return runs;
}
