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
  /** Bytes of what the engine had made of them. */
  private engineBytes = 0;

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
    const engineBytes = takeEngineCode(cache, engine);
    for (const [at, batch] of cache.batches.entries()) {
      const module = batch.module ?? modules[at];
      if (module) batch.module = module;
      // Where the engine has found some that are hot, the others are compiled when they are needed.
      else if (engineBytes === 0) void compileLater(batch);
    }
    const code = new KnownCode(cache, maker, digest, engine);
    code.engineBytes = engineBytes;
    return code;
  }

  /**
   * The same for another machine: what was read, and is compiled by now, and nothing that the machine before has added. Undefined where
   * something else is wanted.
   */
  again(maker: string, digest: string | undefined): KnownCode | undefined {
    if (digest === undefined || digest !== this.digest || maker !== this.maker) return undefined;
    const code = new KnownCode(new CodeCache(this.cache.batches.slice(0, this.known)), maker, digest, this.engine);
    code.engineBytes = this.engineBytes;
    return code;
  }

  /**
   * Undefined when this run has added nothing.
   * @param whole others begin with it many times: the engine makes its best of all that was entered, of earlier modules as well
   */
  save(whole = false): Uint8Array | undefined {
    const { batches } = this.cache;
    const added = batches.length > this.known;
    if (!added && !whole) return undefined;
    const withCode = ({ module, ...batch }: CachedBatch): CachedBatch => {
      const code = module && this.engine?.of(module, whole);
      return code ? { ...batch, code } : batch;
    };
    const all = batches.map(withCode);
    const engineBytes = all.reduce((sum, { code }) => sum + (code?.length ?? 0), 0);
    return added || engineBytes > this.engineBytes ? writeCodeCache(all, this.maker) : undefined;
  }
}

/** Modules that were hot enough for the engine's best code begin with it. @returns bytes of that */
function takeEngineCode({ batches }: CodeCache, engine: EngineCode | undefined): number {
  let size = 0;
  for (const batch of batches) {
    const { code } = batch;
    delete batch.code;
    const module = code && engine?.module(batch.bytes, code);
    if (!module) continue;
    batch.module = module;
    size += code.length;
  }
  return size;
}
