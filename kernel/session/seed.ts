import { randomInt } from 'node:crypto';

/** Largest seed that is drawn; any non-negative safe integer may be given. */
const DRAWN_SEEDS = 2 ** 31;

/**
 * Gives each run its seed. Unset, every run draws another; set to N, runs get N, N+1, ...: each run of a notebook has
 * its own word, and the notebook as a whole repeats.
 */
export class SeedSource {
  private following: number | undefined;

  constructor(start?: number) {
    this.following = start;
  }

  set(start: number | undefined): void {
    this.following = start;
  }

  /** The seed that the next run will get, if that is settled. */
  get settled(): number | undefined {
    return this.following;
  }

  next(): number {
    if (this.following === undefined) return randomInt(DRAWN_SEEDS);
    return this.following++;
  }
}

/** A seed as readers write it: decimal or `0x` hexadecimal; undefined for anything else. */
export function parseSeed(text: string): number | undefined {
  if (!/^(\d+|0x[0-9a-f]+)$/i.test(text)) return undefined;
  const seed = Number(text);
  return Number.isSafeInteger(seed) ? seed : undefined;
}
