import { ModuleBuilder } from '../../wasm/module.js';
import type { Decoder } from '../decoder.js';
import { REGION_SLOTS } from '../interpreter/generate.js';
import * as L from '../layout.js';
import { collectRegion, type Instruction, type Region } from './flow.js';
import type { HostFeatures } from './host-features.js';
import { loopAround } from './loops.js';
import { Trial, writeRegion } from './region.js';

/** What the translator needs of the processor. */
export interface TranslatorHost {
  readonly view: DataView;
  readonly memory: WebAssembly.Memory;
  readonly decoder: Decoder;
  /** Exports of the runtime module. */
  readonly runtime: Record<string, unknown>;
  /** The interpreter's table: handlers first, then room for regions. */
  readonly table: WebAssembly.Table;
  /** The instruction word that an operation stands for. */
  wordAt(ip: number): number;
  readonly features: HostFeatures;
}

interface Installed {
  operations: number;
  /** Positions in the page where it can be entered. */
  entries: number[];
  /** Positions of the blocks in the loop around where it begins. */
  loop: ReadonlySet<number>;
  slot: number;
  /** Bytes of WebAssembly, its share of the module. */
  bytes: number;
}

/** A region that has been written, and what it needs of a slice at each entry. */
interface Made extends Installed {
  region: Region;
  needs: Map<number, number>;
}

/** Regions, and bytes of their WebAssembly, that may live at one time. */
const MAX_REGIONS = 16384;
const MAX_BYTES = 48 << 20;

export interface TranslatorStatistics {
  regions: number;
  modules: number;
  /** Bytes of WebAssembly that the living regions were made from. */
  bytes: number;
  /** Regions that had to go because others needed the room. */
  evicted: number;
  /** Guest instructions that were translated so far, counting each time. */
  instructions: number;
  /** Milliseconds spent making and compiling modules. */
  milliseconds: number;
  /** Times that code of a page changed under its regions. */
  invalidations: number;
}

/** When and how much is translated. It changes nothing but speed. */
export interface TranslationTuning {
  /** Visits that make code worth translating; 0 leaves everything to the interpreter. */
  threshold: number;
  /** Hot operations that are compiled together, unless the oldest has waited for `patience` instructions. */
  batch: number;
  patience: number;
}

/** Translating an instruction costs what the interpreter spends on it in some thousand visits. */
export const defaultTuning: TranslationTuning = { threshold: 10_000, batch: 64, patience: 2_000_000 };

/** A page whose code changed this often is left to the interpreter. */
const RESTLESS = 16;

/** The second tier: turns hot code into WebAssembly functions, batches of them into modules, and drops what goes stale. */
export class Translator {
  readonly statistics: TranslatorStatistics = { regions: 0, modules: 0, bytes: 0, evicted: 0, instructions: 0, milliseconds: 0, invalidations: 0 };
  private queue: number[] = [];
  private since: number | undefined;
  private readonly installed = new Map<number, Installed[]>();
  private readonly restless = new Map<number, number>();
  /** Hot operations that were left to a region, and its slot. */
  private readonly postponed = new Set<string>();
  private readonly freeSlots: number[] = [];
  private nextSlot: number;
  private readonly translatable = new Map<string, boolean>();
  /** What words mean: the same few come again and again. Null: not translatable. */
  private readonly decoded = new Map<number, Omit<Instruction, 'index'> | null>();

  constructor(
    private readonly host: TranslatorHost,
    private readonly tuning: TranslationTuning,
  ) {
    this.nextSlot = host.table.length - REGION_SLOTS;
  }

  /** The interpreter has come to this operation often. */
  hotspot(ip: number): void {
    this.queue.push(ip);
  }

  /** Between slices, `now` in virtual time: translates what has become hot, when it is worth a module. */
  poll(now: number): void {
    if (this.queue.length === 0) return;
    this.since ??= now;
    if (this.queue.length < this.tuning.batch && now - this.since < this.tuning.patience) return;
    this.since = undefined;
    const start = performance.now();
    const queue = this.queue;
    this.queue = [];
    this.translate(queue);
    this.statistics.milliseconds += performance.now() - start;
  }

  private pageOf(ip: number): { operations: number; index: number } {
    const { view } = this.host;
    const pool = view.getUint32(L.OPS_POOL, true);
    const operations = pool + Math.floor((ip - pool) / L.OPS_PAGE_SIZE) * L.OPS_PAGE_SIZE;
    return { operations, index: (ip - operations) / L.OP_SIZE };
  }

  private handlerAt(ip: number): number {
    return this.host.view.getUint16(ip + L.OP_HANDLER, true);
  }

  private translate(queue: readonly number[]): void {
    const module = new ModuleBuilder({ module: 'env', name: 'memory', minPages: 1, maxPages: 65536 });
    if (this.statistics.regions + queue.length > MAX_REGIONS || this.statistics.bytes > MAX_BYTES) this.evict();
    const made: Made[] = [];
    const covered = new Set<number>();
    for (const ip of queue) {
      const { operations, index } = this.pageOf(ip);
      const handler = this.handlerAt(ip);
      if (covered.has(ip) || handler === L.HANDLER_TRANSLATED || handler === L.HANDLER_UNDECODED || index >= 1024) continue;
      if ((this.restless.get(operations) ?? 0) >= RESTLESS) continue;
      const neighbours = [...(this.installed.get(operations) ?? []), ...made.filter((other) => other.operations === operations)];
      if (this.postpone(ip, index, neighbours)) continue;
      const region = collectRegion(index, {
        instructionAt: (at) => this.instructionAt(operations, at),
        jumpTargets: () => this.jumpTargets(operations),
      });
      if (!region.blocks.has(index)) continue;
      const slot = this.takeSlot();
      if (slot === undefined) break;
      const needs = writeRegion(module, `r${made.length}`, index, region, this.host.features);
      for (const at of region.entries) covered.add(operations + at * L.OP_SIZE);
      made.push({ operations, entries: [], loop: loopAround(region.blocks, index), slot, bytes: 0, region, needs });
    }
    if (made.length === 0) return;
    const bytes = module.toBytes();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: this.host.memory }, runtime: this.host.runtime });
    const share = Math.ceil(bytes.length / made.length);
    made.forEach((region, i) => this.install({ ...region, bytes: share }, exports[`r${i}`]));
    this.statistics.modules++;
  }

  /** Makes room: regions that nobody entered since the last time go, and if that is too little, those seen first. */
  private evict(): void {
    const { view } = this.host;
    const all = [...this.installed.values()].flat();
    const idle = all.filter(({ slot }) => view.getUint8(L.REGION_USED + slot) === 0);
    for (const { slot } of all) view.setUint8(L.REGION_USED + slot, 0);
    const victims = idle.length >= all.length / 4 ? idle : all.slice(0, Math.ceil(all.length / 2));
    for (const region of victims) {
      this.uninstall(region);
      const page = this.installed.get(region.operations)!;
      page.splice(page.indexOf(region), 1);
    }
    this.statistics.evicted += victims.length;
  }

  /**
   * Whether the operation is left to a region that it is in, because the loop around them both soon comes by where that
   * begins: the inner loops of a loop get hot at once, and one region has them all. Only once: should it not come by,
   * the operation will be hot again.
   */
  private postpone(ip: number, index: number, regions: readonly Installed[]): boolean {
    for (const { loop, slot } of regions) {
      if (!loop.has(index)) continue;
      const reason = `${ip} ${slot}`;
      if (this.postponed.has(reason)) continue;
      this.postponed.add(reason);
      this.host.view.setUint32(L.HEAT + ((ip & L.HEAT_MASK) >>> 2), 0, true);
      return true;
    }
    return false;
  }

  /** Positions where jumps have arrived often enough to be part of what is hot, hottest first. */
  private jumpTargets(operations: number): number[] {
    const visits = (index: number): number => this.host.view.getUint32(L.HEAT + (((operations + index * L.OP_SIZE) & L.HEAT_MASK) >>> 2), true);
    const enough = Math.max(1, this.tuning.threshold / 16);
    return Array.from({ length: 1024 }, (_, index) => ({ index, visits: visits(index) }))
      .filter(({ visits: often }) => often >= enough)
      .sort((a, b) => b.visits - a.visits)
      .map(({ index }) => index);
  }

  private instructionAt(operations: number, index: number): Instruction | undefined {
    const ip = operations + index * L.OP_SIZE;
    // What was never decoded was never executed: hot code leaves its cold ways to the interpreter.
    if (this.host.view.getUint16(ip + L.OP_HANDLER, true) === L.HANDLER_UNDECODED) return undefined;
    const word = this.host.wordAt(ip);
    const key = word | 0;
    let known = this.decoded.get(key);
    if (known === undefined) {
      known = this.prepare(word);
      this.decoded.set(key, known);
    }
    return known ? { ...known, index } : undefined;
  }

  private prepare(word: number): Omit<Instruction, 'index'> | null {
    const { row, fields } = this.host.decoder.find(word);
    const statics: Record<string, number> = {};
    let key = row.name;
    for (const name in row.statics) {
      const value = row.statics[name]!.of(fields);
      statics[name] = value;
      key += ` ${value}`;
    }
    const instruction = { row, fields, word, statics };
    // Whether a row can be translated depends on its statics alone.
    let answer = this.translatable.get(key);
    if (answer === undefined) {
      answer = Trial.accepts({ ...instruction, index: 0 });
      this.translatable.set(key, answer);
    }
    return answer ? instruction : null;
  }

  private takeSlot(): number | undefined {
    return this.freeSlots.pop() ?? (this.nextSlot < this.host.table.length ? this.nextSlot++ : undefined);
  }

  private install({ operations, loop, slot, bytes, region, needs }: Made, code: unknown): void {
    const { view, table } = this.host;
    const { blocks } = region;
    table.set(slot, code);
    const entries: number[] = [];
    for (const [entry, need] of needs) {
      const ip = operations + entry * L.OP_SIZE;
      const handler = view.getUint16(ip + L.OP_HANDLER, true);
      // Another region begins here already, and may know better.
      if (handler === L.HANDLER_TRANSLATED) continue;
      const cell = operations + L.OPS_ENTRIES + entry * L.ENTRY_SIZE;
      view.setUint32(cell + L.ENTRY_SLOT, slot, true);
      view.setUint16(cell + L.ENTRY_HANDLER, handler, true);
      view.setUint16(cell + L.ENTRY_COST, need, true);
      view.setUint16(ip + L.OP_HANDLER, L.HANDLER_TRANSLATED, true);
      entries.push(entry);
    }
    for (const { instructions } of blocks.values()) {
      for (const { index } of instructions) {
        const byte = operations + L.OPS_COVERED + (index >> 3);
        view.setUint8(byte, view.getUint8(byte) | (1 << (index & 7)));
      }
      this.statistics.instructions += instructions.length;
    }
    const page = this.installed.get(operations) ?? [];
    page.push({ operations, entries, loop, slot, bytes });
    this.installed.set(operations, page);
    view.setUint8(L.REGION_USED + slot, 1);
    this.statistics.regions++;
    this.statistics.bytes += bytes;
  }

  /** Code of the page of these operations has changed; 0: forget every region. */
  stale(operations: number): void {
    if (operations === 0) {
      for (const page of [...this.installed.keys()]) this.drop(page);
      this.queue = [];
      this.restless.clear();
      this.postponed.clear();
      return;
    }
    this.statistics.invalidations++;
    this.restless.set(operations, (this.restless.get(operations) ?? 0) + 1);
    this.drop(operations);
  }

  /** Gives an operation back to the interpreter. */
  private uninstall({ operations, entries, slot, bytes }: Installed): void {
    const { view, table } = this.host;
    for (const entry of entries) {
      const ip = operations + entry * L.OP_SIZE;
      if (view.getUint16(ip + L.OP_HANDLER, true) === L.HANDLER_TRANSLATED) {
        view.setUint16(ip + L.OP_HANDLER, view.getUint16(operations + L.OPS_ENTRIES + entry * L.ENTRY_SIZE + L.ENTRY_HANDLER, true), true);
      }
      // It may become hot again.
      view.setUint32(L.HEAT + ((ip & L.HEAT_MASK) >>> 2), 0, true);
    }
    table.set(slot, null);
    this.freeSlots.push(slot);
    this.statistics.regions--;
    this.statistics.bytes -= bytes;
  }

  private drop(operations: number): void {
    const { view } = this.host;
    for (const region of this.installed.get(operations) ?? []) this.uninstall(region);
    this.installed.delete(operations);
    for (let i = 0; i < 128; i += 4) view.setUint32(operations + L.OPS_COVERED + i, 0, true);
  }
}
