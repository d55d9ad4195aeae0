import { ModuleBuilder } from '../../wasm/module.js';
import type { Decoder } from '../decoder.js';
import { REGION_SLOTS } from '../interpreter/generate.js';
import * as L from '../layout.js';
import { collectRegion, type Block, type Instruction } from './flow.js';
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
}

interface Installed {
  operations: number;
  entry: number;
  slot: number;
  /** Bytes of WebAssembly, its share of the module. */
  bytes: number;
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

  private translate(queue: readonly number[]): void {
    const module = new ModuleBuilder({ module: 'env', name: 'memory', minPages: 1, maxPages: 65536 });
    if (this.statistics.regions + queue.length > MAX_REGIONS || this.statistics.bytes > MAX_BYTES) this.evict();
    const made: (Installed & { blocks: Map<number, Block> })[] = [];
    for (const ip of queue) {
      const { operations, index } = this.pageOf(ip);
      const handler = this.host.view.getUint16(ip + L.OP_HANDLER, true);
      if (handler === L.HANDLER_TRANSLATED || handler === L.HANDLER_UNDECODED || index >= 1024) continue;
      if ((this.restless.get(operations) ?? 0) >= RESTLESS) continue;
      const blocks = collectRegion(index, (at) => this.instructionAt(operations, at));
      if (!blocks.has(index)) continue;
      const slot = this.takeSlot();
      if (slot === undefined) break;
      writeRegion(module, `r${made.length}`, operations, index, blocks);
      made.push({ operations, entry: index, slot, bytes: 0, blocks });
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

  private install(region: Installed & { blocks: Map<number, Block> }, code: unknown): void {
    const { view, table } = this.host;
    const { operations, entry, slot, bytes, blocks } = region;
    const ip = operations + entry * L.OP_SIZE;
    table.set(slot, code);
    const cell = operations + L.OPS_ENTRIES + entry * L.ENTRY_SIZE;
    view.setUint32(cell + L.ENTRY_SLOT, slot, true);
    view.setUint16(cell + L.ENTRY_HANDLER, view.getUint16(ip + L.OP_HANDLER, true), true);
    view.setUint16(cell + L.ENTRY_COST, blocks.get(entry)!.instructions.length, true);
    view.setUint16(ip + L.OP_HANDLER, L.HANDLER_TRANSLATED, true);
    for (const { instructions } of blocks.values()) {
      for (const { index } of instructions) {
        const byte = operations + L.OPS_COVERED + (index >> 3);
        view.setUint8(byte, view.getUint8(byte) | (1 << (index & 7)));
      }
      this.statistics.instructions += instructions.length;
    }
    const page = this.installed.get(operations) ?? [];
    page.push({ operations, entry, slot, bytes });
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
      return;
    }
    this.statistics.invalidations++;
    this.restless.set(operations, (this.restless.get(operations) ?? 0) + 1);
    this.drop(operations);
  }

  /** Gives an operation back to the interpreter. */
  private uninstall({ operations, entry, slot, bytes }: Installed): void {
    const { view, table } = this.host;
    const ip = operations + entry * L.OP_SIZE;
    if (view.getUint16(ip + L.OP_HANDLER, true) === L.HANDLER_TRANSLATED) {
      view.setUint16(ip + L.OP_HANDLER, view.getUint16(operations + L.OPS_ENTRIES + entry * L.ENTRY_SIZE + L.ENTRY_HANDLER, true), true);
    }
    // It may become hot again.
    view.setUint32(L.HEAT + ((ip & L.HEAT_MASK) >>> 2), 0, true);
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
