/** Code that earlier runs of the same images have translated, and what this run adds to it. */
import { type CachedBatch, CodeCache, type EngineCode } from '../cpu/translator/code-cache.js';
import { readCodeCache, writeCodeCache } from '../machine/code-cache-file.js';

export interface ReadSettings {
  /** Tells what is read; absent where nobody can say. */
  digest?: string | undefined;
  /** The modules that are compiled already, in the order of what is read. */
  modules?: readonly WebAssembly.Module[] | undefined;
  /** Another maker whose code can be executed here. */
  portable?: string | undefined;
  /** The host's, where it tells what it has made of modules. */
  engine?: EngineCode | undefined;
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
    private readonly engine: EngineCode | undefined,
  ) {
    this.cache = cache;
    this.known = cache.batches.length;
  }

  /** `bytes`: what `save` gave after an earlier run; ignored when another `maker` has made them. */
  static read(bytes: Uint8Array | undefined, maker: string, { digest, modules = [], portable, engine }: ReadSettings = {}): KnownCode {
    const found = bytes && (readCodeCache(bytes, maker) ?? (portable === undefined ? undefined : readCodeCache(bytes, portable)));
    const cache = found ?? new CodeCache();
    const hot = takeEngineCode(cache, engine);
    for (const [at, batch] of cache.batches.entries()) {
      const module = batch.module ?? modules[at];
      if (module) batch.module = module;
      // Where the engine has found some that are hot, the others are compiled when they are needed.
      else if (!hot) void compileLater(batch);
    }
    return new KnownCode(cache, maker, digest, engine);
  }

  /**
   * The same for another machine: what was read, and is compiled by now, and nothing that the machine before has added. Undefined where
   * something else is wanted.
   */
  again(maker: string, digest: string | undefined): KnownCode | undefined {
    if (digest === undefined || digest !== this.digest || maker !== this.maker) return undefined;
    return new KnownCode(new CodeCache(this.cache.batches.slice(0, this.known)), maker, digest, this.engine);
  }

  /** Undefined when this run has added nothing. */
  save(): Uint8Array | undefined {
    const { batches } = this.cache;
    if (batches.length === this.known) return undefined;
    const withCode = ({ module, ...batch }: CachedBatch): CachedBatch => {
      const code = module && this.engine?.of(module);
      return code ? { ...batch, code } : batch;
    };
    return writeCodeCache(batches.map(withCode), this.maker);
  }
}

/** Modules that were hot enough for the engine's best code begin with it. False: none was. */
function takeEngineCode({ batches }: CodeCache, engine: EngineCode | undefined): boolean {
  let found = false;
  for (const batch of batches) {
    const { code } = batch;
    delete batch.code;
    const module = code && engine?.module(batch.bytes, code);
    if (!module) continue;
    batch.module = module;
    found = true;
  }
  return found;
}
