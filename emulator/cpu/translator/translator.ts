import { REGION_SLOTS } from '../interpreter/generate.js';
import * as L from '../layout.js';
import { CachedRegions, type CacheHost } from './cached-regions.js';
import { digestOf, type CodeCache } from './code-cache.js';
import type { CompileJob, CompiledBatch, CompiledRegion, PageImage } from './compiler.js';
import { MAX_BYTES, MAX_REGIONS, Regions, counterOf, type Installed } from './regions.js';
import type { FinishedJob, TranslationService } from './service.js';

/** What the translator needs of the processor. */
export interface TranslatorHost extends CacheHost {
  readonly view: DataView;
  /** The interpreter's table: handlers first, then room for regions. */
  readonly table: WebAssembly.Table;
  readonly service: TranslationService;
}

export interface TranslatorStatistics {
  regions: number;
  modules: number;
  /** Bytes of WebAssembly that the living regions were made from. */
  bytes: number;
  /** Regions that had to go because others needed the room. */
  evicted: number;
  /** Guest instructions that were translated so far, counting each time. */
  instructions: number;
  /** Milliseconds that the processor waited for modules to be made, compiled and installed. */
  milliseconds: number;
  /** Times that code of a page changed under its regions. */
  invalidations: number;
  /** Pages that have held code, and were let go. */
  released: number;
  /** Regions that the code cache had, which an earlier run has filled, or this one. */
  cached: number;
}

/** When and how much is translated. It changes nothing but speed. */
export interface TranslationTuning {
  /** Visits that make code worth translating; 0 leaves everything to the interpreter. */
  threshold: number;
  /** Hot operations that are compiled together, unless the oldest has waited for `patience` instructions. */
  batch: number;
  patience: number;
  /** Instructions of a region, at most; absent: as many as are good. */
  most?: number;
}

/** Where translating takes the processor's own time, an instruction costs what the interpreter spends on it in some thousand visits. */
export const defaultTuning: TranslationTuning = { threshold: 10_000, batch: 64, patience: 2_000_000 };
/**
 * Where another thread translates, nothing is gained by waiting for more. The threshold is the same: on two cores, what is
 * translated earlier takes more from the machine, in compilers of the engine, than it gives.
 */
export const backgroundTuning: TranslationTuning = { threshold: 10_000, batch: 1, patience: 0 };

/** Visits after which a cache of earlier runs is asked for code. */
const WARM = 64;

/** Notes of what was left to a region, at most: forgetting them only leaves something once more. */
const MOST_POSTPONED = 1 << 16;

/** A page whose code changed this often is left to the interpreter. */
const RESTLESS = 16;

interface SubmittedPage {
  /** Undefined: it has none any more. */
  operations: number | undefined;
  /** The guest-physical page number. */
  readonly frame: number;
}

/** The second tier: has hot code turned into WebAssembly functions, batches of them into modules, and drops what goes stale. */
export class Translator {
  private readonly counters = { modules: 0, evicted: 0, instructions: 0, milliseconds: 0, invalidations: 0, released: 0, cached: 0 };
  private readonly regions: Regions;
  private queue: number[] = [];
  private since: number | undefined;
  /** Times that the code of a page has changed, by its operations. */
  private readonly changes = new Map<number, number>();
  /** Hot operations that were left to a region, and its slot. */
  private readonly postponed = new Set<string>();
  private cached: CachedRegions | undefined;
  /** By counter of visits, 1: the cache did not have the operation, and its visits are counted. */
  private readonly counted = new Uint8Array((L.HEAT_MASK >>> 4) + 1);
  /** The pages of the job in work; none after all was forgotten. */
  private submitted: SubmittedPage[] = [];

  constructor(
    private readonly host: TranslatorHost,
    private readonly tuning: TranslationTuning,
  ) {
    this.regions = new Regions(host.view, host.table, host.table.length - REGION_SLOTS);
  }

  get statistics(): TranslatorStatistics {
    return { regions: this.regions.count, bytes: this.regions.bytes, ...this.counters };
  }

  /** The interpreter has come to this operation often. */
  hotspot(ip: number): void {
    const counter = counterOf(ip);
    const isHot = !this.cached || this.counted[counter] === 1;
    if (isHot) this.counted[counter] = 0;
    // The cache is asked when it is warm, and once more when it is hot: it may be another operation of this counter, or other code by now.
    if (this.cached && (this.regions.handlerAt(ip) === L.HANDLER_TRANSLATED || this.installCached(ip))) return;
    if (isHot) {
      this.queue.push(ip);
      return;
    }
    // What the cache does not have becomes hot after as many visits as ever.
    this.counted[counter] = 1;
    this.setVisits(ip, WARM - this.tuning.threshold);
  }

  /** Takes code from an earlier run of the same image from now on, and keeps what comes for the next one. */
  useCache(cache: CodeCache): void {
    if (this.tuning.threshold <= WARM) return;
    this.cached = new CachedRegions(cache, this.host);
    this.host.view.setInt32(L.HEAT_THRESHOLD, this.askedAfter, true);
  }

  /** Visits after which the interpreter speaks of an operation. */
  get askedAfter(): number {
    return this.cached ? WARM : this.tuning.threshold;
  }

  /** Visits of this operation that the interpreter has counted; negative: so many more before it is as if there were none. */
  private setVisits(ip: number, visits: number): void {
    this.host.view.setInt32(L.HEAT + counterOf(ip) * 4, visits, true);
  }

  private visitsOf(ip: number): number {
    const visits = this.host.view.getInt32(L.HEAT + counterOf(ip) * 4, true);
    return this.counted[counterOf(ip)] ? visits + this.tuning.threshold - WARM : visits;
  }

  private installCached(ip: number): boolean {
    const { operations, index } = this.pageOf(ip);
    const { regions, counters } = this;
    if (this.changesOf(operations) >= RESTLESS) return false;
    this.makeRoom(1);
    const start = performance.now();
    const found = this.cached!.install(operations, index, regions);
    if (found) counters.cached++;
    counters.milliseconds += performance.now() - start;
    return found;
  }

  private makeRoom(regions: number): void {
    if (this.regions.count + regions > MAX_REGIONS || this.regions.bytes > MAX_BYTES) this.counters.evicted += this.regions.evict();
  }

  /** Between slices, `now` in virtual time: installs what has been translated, and hands on what has become hot. */
  poll(now: number): void {
    const { service } = this.host;
    if (service.busy) this.collect();
    if (this.queue.length === 0 || service.busy) return;
    this.since ??= now;
    if (this.queue.length < this.tuning.batch && now - this.since < this.tuning.patience) return;
    this.since = undefined;
    const start = performance.now();
    const job = this.nextJob();
    if (job) service.submit(job);
    this.counters.milliseconds += performance.now() - start;
    this.collect();
  }

  private collect(): void {
    const finished = this.host.service.take();
    if (!finished) return;
    const start = performance.now();
    this.finish(finished);
    this.counters.milliseconds += performance.now() - start;
  }

  private pageOf(ip: number): { operations: number; index: number } {
    const pool = this.host.view.getUint32(L.OPS_POOL, true);
    const operations = pool + Math.floor((ip - pool) / L.OPS_PAGE_SIZE) * L.OPS_PAGE_SIZE;
    return { operations, index: (ip - operations) / L.OP_SIZE };
  }

  private changesOf(operations: number): number {
    return this.changes.get(operations) ?? 0;
  }

  /** All of the queue that is worth a region. */
  private nextJob(): CompileJob | undefined {
    const { queue } = this;
    this.queue = [];
    this.submitted = [];
    const pages: PageImage[] = [];
    const numbers = new Map<number, number>();
    const hot: { page: number; index: number }[] = [];
    for (const ip of queue) {
      const { operations, index } = this.pageOf(ip);
      const handler = this.regions.handlerAt(ip);
      if (handler === L.HANDLER_TRANSLATED || handler === L.HANDLER_UNDECODED || index >= 1024) continue;
      if (this.changesOf(operations) >= RESTLESS || this.postpone(ip, index, this.regions.of(operations))) continue;
      let page = numbers.get(operations);
      if (page === undefined) {
        page = pages.push(this.imageOf(operations)) - 1;
        numbers.set(operations, page);
        this.submitted.push({ operations, frame: this.host.frameOf(operations) });
      }
      hot.push({ page, index });
    }
    return hot.length > 0 ? { pages, hot, ...(this.tuning.most && { most: this.tuning.most }) } : undefined;
  }

  /**
   * Whether the operation is left to a region that it is in, because the loop around them both soon comes by where that
   * begins: the inner loops of a loop get hot at once, and one region has them all. Only once: should it not come by,
   * the operation will be hot again.
   */
  private postpone(ip: number, index: number, regions: readonly Pick<Installed, 'loop' | 'slot'>[]): boolean {
    for (const { loop, slot } of regions) {
      const reason = `${ip} ${slot}`;
      if (!loop.has(index) || this.postponed.has(reason)) continue;
      if (this.postponed.size >= MOST_POSTPONED) this.postponed.clear();
      this.postponed.add(reason);
      this.setVisits(ip, 0);
      return true;
    }
    return false;
  }

  private imageOf(operations: number): PageImage {
    const words = new Uint32Array(1024);
    const executed = new Uint8Array(1024);
    const visited: { index: number; visits: number }[] = [];
    // Often enough to be part of what is hot.
    const enough = Math.max(1, this.tuning.threshold / 16);
    for (let index = 0; index < 1024; index++) {
      const ip = operations + index * L.OP_SIZE;
      if (this.regions.handlerAt(ip) === L.HANDLER_UNDECODED) continue;
      words[index] = this.host.wordAt(ip);
      executed[index] = 1;
      const visits = this.visitsOf(ip);
      if (visits >= enough) visited.push({ index, visits });
    }
    return { words, executed, jumpTargets: visited.sort((a, b) => b.visits - a.visits).map(({ index }) => index) };
  }

  private finish({ job, batch, module }: FinishedJob): void {
    if (!batch || !module) return;
    const { regions, counters } = this;
    this.makeRoom(batch.regions.length);
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.host.memory }, runtime: this.host.runtime });
    const share = Math.ceil(batch.bytes.length / batch.regions.length);
    batch.regions.forEach((region, i) => {
      const operations = this.submitted[region.page]?.operations;
      if (operations === undefined || !this.isCurrent(operations, region, job.pages[region.page]!)) return;
      if (regions.install(operations, region, share, exports[`r${i}`])) counters.instructions += region.covered.length;
    });
    this.remember(job, batch, module);
    for (const { hot } of batch.left) {
      const { page, index } = job.hot[hot]!;
      const operations = this.submitted[page]?.operations;
      if (operations !== undefined) this.postpone(operations + index * L.OP_SIZE, index, regions.of(operations));
    }
    counters.modules++;
  }

  /** For the next run. */
  private remember({ pages }: CompileJob, { bytes, regions }: CompiledBatch, module: WebAssembly.Module): void {
    if (!this.cached || this.submitted.length === 0) return;
    this.cached.cache.add({
      bytes,
      module,
      regions: regions.map(({ page, ...region }) => ({
        ...region,
        page: this.submitted[page]!.frame,
        digest: digestOf(Array.from(region.covered, (index) => pages[page]!.words[index]!)),
      })),
    });
  }

  /** Whether the code is still what was translated, and none of it has been taken from the interpreter's hands: a breakpoint. */
  private isCurrent(operations: number, { covered }: CompiledRegion, { words }: PageImage): boolean {
    return covered.every((index) => {
      const ip = operations + index * L.OP_SIZE;
      return this.regions.handlerAt(ip) !== L.HANDLER_UNDECODED && this.host.wordAt(ip) === words[index];
    });
  }

  /** Code of the page of these operations has changed. */
  stale(operations: number): void {
    this.counters.invalidations++;
    this.changes.set(operations, this.changesOf(operations) + 1);
    this.regions.drop(operations);
  }

  /** These operations will be another page's. */
  released(operations: number): void {
    this.counters.released++;
    this.regions.drop(operations);
    this.changes.delete(operations);
    this.queue = this.queue.filter((ip) => this.pageOf(ip).operations !== operations);
    for (const page of this.submitted) if (page.operations === operations) page.operations = undefined;
  }

  /** Forgets every region. */
  forgetAll(): void {
    this.regions.dropAll();
    this.queue = [];
    this.postponed.clear();
    this.changes.clear();
    this.submitted = [];
  }
}
