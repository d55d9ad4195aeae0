import * as L from '../layout.js';
import { digestOf, type CachedBatch, type CachedRegion, type CodeCache } from './code-cache.js';
import type { Regions } from './regions.js';

/** What code of an earlier run is checked against, and linked with. */
export interface CacheHost {
  readonly memory: WebAssembly.Memory;
  /** Exports of the runtime module. */
  readonly runtime: WebAssembly.ModuleImports;
  /** The instruction word that an operation stands for. */
  wordAt(ip: number): number;
  /** The guest-physical page number that these operations stand for. */
  frameOf(operations: number): number;
  /** Makes an operation ready that was not executed yet. */
  decode(ip: number): void;
}

type Exports = Record<string, unknown>;

/** Installs regions of earlier runs where the same code is about to become hot again. */
export class CachedRegions {
  /** Undefined: a module that this engine does not take. */
  private readonly instances = new Map<CachedBatch, Exports | undefined>();

  constructor(
    readonly cache: CodeCache,
    private readonly host: CacheHost,
  ) {}

  /** A region that can be entered at a position of the page with these operations. False: there is none. */
  install(operations: number, index: number, regions: Regions): boolean {
    for (const { batch, region } of this.cache.at(this.host.frameOf(operations), index)) {
      const cached = batch.regions[region]!;
      if (!this.isSame(operations, cached) || !this.isReady(operations, cached, regions)) continue;
      const code = this.instanceOf(batch)?.[`r${region}`];
      const share = Math.ceil(batch.bytes.length / batch.regions.length);
      if (typeof code === 'function' && regions.install(operations, cached, share, code)) return true;
    }
    return false;
  }

  private isSame(operations: number, { covered, digest }: CachedRegion): boolean {
    const [a, b] = digestOf(Array.from(covered, (index) => this.host.wordAt(operations + index * L.OP_SIZE)));
    return a === digest[0] && b === digest[1];
  }

  /** Makes operations ready that this run has not executed yet. False: one is kept from it, by a breakpoint. */
  private isReady(operations: number, { covered }: CachedRegion, regions: Regions): boolean {
    return covered.every((index) => {
      const ip = operations + index * L.OP_SIZE;
      if (regions.handlerAt(ip) === L.HANDLER_UNDECODED) this.host.decode(ip);
      return regions.handlerAt(ip) !== L.HANDLER_UNDECODED;
    });
  }

  private instanceOf(batch: CachedBatch): Exports | undefined {
    if (!this.instances.has(batch)) {
      let exports: Exports | undefined;
      try {
        batch.module ??= new WebAssembly.Module(batch.bytes);
        ({ exports } = new WebAssembly.Instance(batch.module, { env: { memory: this.host.memory }, runtime: this.host.runtime }));
      } catch {
        exports = undefined;
      }
      this.instances.set(batch, exports);
    }
    return this.instances.get(batch);
  }
}
