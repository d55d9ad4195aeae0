/** Code that earlier runs of the same images have translated, and what this run adds to it. */
import { CodeCache } from '../cpu/translator/code-cache.js';
import { readCodeCache, writeCodeCache } from '../machine/code-cache-file.js';

export class KnownCode {
  readonly cache: CodeCache;
  /** So many modules are from earlier runs. */
  private readonly known: number;

  /** `bytes`: what `save` gave after an earlier run; ignored when another `maker` has made them. */
  constructor(
    bytes: Uint8Array | undefined,
    private readonly maker: string,
  ) {
    this.cache = (bytes && readCodeCache(bytes, maker)) ?? new CodeCache();
    this.known = this.cache.batches.length;
    // In other threads; what is needed before it is there is compiled on the spot.
    for (const batch of this.cache.batches) {
      void WebAssembly.compile(batch.bytes).then(
        (module) => (batch.module = module),
        () => undefined,
      );
    }
  }

  /** Undefined when this run has added nothing. */
  save(): Uint8Array | undefined {
    return this.cache.batches.length > this.known ? writeCodeCache(this.cache.batches, this.maker) : undefined;
  }
}
