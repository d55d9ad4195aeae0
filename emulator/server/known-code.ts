/** Code that earlier runs of the same images have translated, and what this run adds to it. */
import { CodeCache } from '../cpu/translator/code-cache.js';
import { readCodeCache, writeCodeCache } from '../machine/code-cache-file.js';

export class KnownCode {
  readonly cache: CodeCache;
  /** So many modules are from earlier runs. */
  private readonly known: number;

  private constructor(
    cache: CodeCache,
    private readonly maker: string,
    /** Tells what was read; undefined where nobody can say. */
    private readonly digest: string | undefined,
  ) {
    this.cache = cache;
    this.known = cache.batches.length;
  }

  /** `bytes`: what `save` gave after an earlier run; ignored when another `maker` has made them. */
  static read(bytes: Uint8Array | undefined, maker: string, digest?: string): KnownCode {
    const cache = (bytes && readCodeCache(bytes, maker)) ?? new CodeCache();
    // In other threads; what is needed before it is there is compiled on the spot.
    for (const batch of cache.batches) {
      void WebAssembly.compile(batch.bytes).then(
        (module) => (batch.module = module),
        () => undefined,
      );
    }
    return new KnownCode(cache, maker, digest);
  }

  /**
   * The same for another machine: what was read, and is compiled by now, and nothing that the machine before has added. Undefined where
   * something else is wanted.
   */
  again(maker: string, digest: string | undefined): KnownCode | undefined {
    if (digest === undefined || digest !== this.digest || maker !== this.maker) return undefined;
    return new KnownCode(new CodeCache(this.cache.batches.slice(0, this.known)), maker, digest);
  }

  /** Undefined when this run has added nothing. */
  save(): Uint8Array | undefined {
    return this.cache.batches.length > this.known ? writeCodeCache(this.cache.batches, this.maker) : undefined;
  }
}
