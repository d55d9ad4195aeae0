/** Code that earlier runs of the same images have translated, and what this run adds to it. */
import { type CachedBatch, CodeCache } from '../cpu/translator/code-cache.js';
import { readCodeCache, writeCodeCache } from '../machine/code-cache-file.js';

export interface ReadSettings {
  /** Tells what is read; absent where nobody can say. */
  digest?: string | undefined;
  /** The modules that are compiled already, in the order of what is read. */
  modules?: readonly WebAssembly.Module[] | undefined;
  /** Another maker whose code can be executed here. */
  portable?: string | undefined;
}

/** In other threads; what is needed before it is there is compiled on the spot. */
async function compileLater(batch: CachedBatch): Promise<void> {
  const module = await WebAssembly.compile(batch.bytes).catch(() => undefined);
  if (module) batch.module = module;
}

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
  static read(bytes: Uint8Array | undefined, maker: string, { digest, modules = [], portable }: ReadSettings = {}): KnownCode {
    const found = bytes && (readCodeCache(bytes, maker) ?? (portable === undefined ? undefined : readCodeCache(bytes, portable)));
    const cache = found ?? new CodeCache();
    for (const [at, batch] of cache.batches.entries()) {
      const module = modules[at];
      if (module) batch.module = module;
      else void compileLater(batch);
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
