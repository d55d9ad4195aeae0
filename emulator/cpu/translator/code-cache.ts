import type { CompiledRegion } from './compiler.js';

/** A region of an earlier run: good wherever the same page of RAM has the same words. */
export interface CachedRegion extends Omit<CompiledRegion, 'page'> {
  /** Guest-physical page number. */
  page: number;
  /** `digestOf` the words that it was made from. */
  digest: readonly [number, number];
}

/** A module of an earlier run, with a function `r0`, `r1`, ... for each region. */
export interface CachedBatch {
  bytes: Uint8Array<ArrayBuffer>;
  regions: readonly CachedRegion[];
  /** Where somebody has had the time to compile it. */
  module?: WebAssembly.Module;
  /** What the engine has made of it in an earlier run. */
  code?: Uint8Array;
}

/** What the host's engine makes of modules while they run, as bytes. */
export interface EngineCode {
  /**
   * Undefined: it has made nothing of this one yet that were worth keeping, or does not tell.
   * @param best it first makes its best of all that was entered, which otherwise comes when that has run for long
   */
  of(module: WebAssembly.Module, best?: boolean): Uint8Array | undefined;
  /** The module of `bytes`, with what was made of it. Undefined where the engine does not take that. */
  module(bytes: Uint8Array, code: Uint8Array): WebAssembly.Module | undefined;
}

/** Bytes of WebAssembly that a cache takes up, at most: what comes later is not kept. */
const MAX_BYTES = 16 << 20;

/** What was translated once, so that the next run of the same image need not find out again what is hot in it. */
export class CodeCache {
  private readonly places = new Map<number, { batch: CachedBatch; region: number }[]>();
  private readonly kept: CachedBatch[] = [];
  private size = 0;

  constructor(batches: readonly CachedBatch[] = []) {
    for (const batch of batches) this.add(batch);
  }

  get batches(): readonly CachedBatch[] {
    return this.kept;
  }

  add(batch: CachedBatch): void {
    if (this.size + batch.bytes.length > MAX_BYTES) return;
    this.size += batch.bytes.length;
    this.kept.push(batch);
    batch.regions.forEach(({ page, entries }, region) => {
      for (const { index } of entries) {
        const key = page * 1024 + index;
        const known = this.places.get(key);
        if (known) known.push({ batch, region });
        else this.places.set(key, [{ batch, region }]);
      }
    });
  }

  /** Regions that can be entered at a position of a page of RAM, if the code is still the same. */
  at(page: number, index: number): readonly { batch: CachedBatch; region: number }[] {
    return this.places.get(page * 1024 + index) ?? [];
  }
}

/** 64 bits that tell words apart (FNV-1a with two bases, a word at a time). */
export function digestOf(words: Iterable<number>): [number, number] {
  let a = 0x811c9dc5 | 0;
  let b = 0x9747b28c | 0;
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [a, b];
}
