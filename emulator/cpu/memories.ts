/** Linear memories of processors that are gone, for those that come. */
import type { MemoryStore, Runtime } from './processor-interfaces.js';

const PAGE = 65536;

/**
 * A machine's memory is hundreds of megabytes, which the host finds page by page when they are first written to, and takes back when the
 * engine comes to it. A thread that runs one machine after the other keeps it, and empties it, which takes a tenth of that.
 */
export class Memories implements MemoryStore {
  /** Who is done with a memory before all are need not say so. */
  private taken: WeakRef<WebAssembly.Memory>[] = [];
  private free: WebAssembly.Memory | undefined;

  /** @param runtime the module of `core/`, which knows what is empty already */
  constructor(private readonly runtime: WebAssembly.Module) {}

  take(pages: number): WebAssembly.Memory {
    const kept = this.free?.buffer.byteLength === pages * PAGE ? this.free : undefined;
    this.free = undefined;
    if (kept) this.empty(kept);
    const memory = kept ?? new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.taken.push(new WeakRef(memory));
    return memory;
  }

  /** The first that is there is kept. */
  release(): void {
    this.free = this.taken.map((each) => each.deref()).find(Boolean);
    this.taken = [];
  }

  /** Pages that hold nothing are not written to. */
  private empty(memory: WebAssembly.Memory): void {
    const imports = WebAssembly.Module.imports(this.runtime).filter(({ module }) => module === 'host');
    const host = Object.fromEntries(imports.map(({ name }) => [name, () => 0]));
    const { exports } = new WebAssembly.Instance(this.runtime, { env: { memory }, host });
    const known = exports as unknown as Runtime;
    const bytes = new Uint8Array(memory.buffer);
    for (let end, at = 0; (at = known.nextPage(at, bytes.length, false) >>> 0) < bytes.length; at = end) {
      end = known.nextPage(at, bytes.length, true) >>> 0;
      bytes.fill(0, at, end);
    }
  }
}
