import * as L from '../layout.js';
import type { CompiledRegion } from './compiler.js';

/** A region in the interpreter's table, and at the operations where it can be entered. */
export interface Installed {
  /** The operations of its page. */
  operations: number;
  /** Positions in the page where it is entered. */
  entries: number[];
  /** Positions of the blocks in the loop around where it begins. */
  loop: ReadonlySet<number>;
  slot: number;
  /** Bytes of WebAssembly, its share of the module. */
  bytes: number;
}

/** The number of the counter of visits of an operation, which it may share with others. */
export const counterOf = (ip: number): number => (ip & L.HEAT_MASK) >>> 4;

/** Regions that may live at one time, and bytes of their WebAssembly. */
export const MAX_REGIONS = 16384;
export const MAX_BYTES = 48 << 20;

/** All living regions: the marks that they leave in the interpreter's memory, and which go when there are too many. */
export class Regions {
  count = 0;
  bytes = 0;
  private readonly byPage = new Map<number, Installed[]>();
  private readonly freeSlots: number[] = [];

  constructor(
    private readonly view: DataView,
    private readonly table: WebAssembly.Table,
    private nextSlot: number,
  ) {}

  /** Regions of the page with these operations. */
  of(operations: number): readonly Installed[] {
    return this.byPage.get(operations) ?? [];
  }

  handlerAt(ip: number): number {
    return this.view.getUint16(ip + L.OP_HANDLER, true);
  }

  /** False when the table is full. */
  install(operations: number, region: CompiledRegion, bytes: number, code: unknown): boolean {
    const { view, table } = this;
    const slot = this.freeSlots.pop() ?? (this.nextSlot < table.length ? this.nextSlot++ : undefined);
    if (slot === undefined) return false;
    table.set(slot, code);
    const entries: number[] = [];
    for (const { index, need } of region.entries) {
      const ip = operations + index * L.OP_SIZE;
      const handler = this.handlerAt(ip);
      // Another region begins here already, and may know better; what is not decoded has never been executed.
      if (handler === L.HANDLER_TRANSLATED || handler === L.HANDLER_UNDECODED) continue;
      const cell = operations + L.OPS_ENTRIES + index * L.ENTRY_SIZE;
      view.setUint32(cell + L.ENTRY_SLOT, slot, true);
      view.setUint16(cell + L.ENTRY_HANDLER, handler, true);
      view.setUint16(cell + L.ENTRY_COST, need, true);
      view.setUint16(ip + L.OP_HANDLER, L.HANDLER_TRANSLATED, true);
      entries.push(index);
    }
    for (const index of region.covered) {
      const byte = operations + L.OPS_COVERED + (index >> 3);
      view.setUint8(byte, view.getUint8(byte) | (1 << (index & 7)));
    }
    const page = this.byPage.get(operations) ?? [];
    page.push({ operations, entries, loop: new Set(region.loop), slot, bytes });
    this.byPage.set(operations, page);
    view.setUint8(L.REGION_USED + slot, 1);
    this.count++;
    this.bytes += bytes;
    return true;
  }

  /** Makes room: regions that nobody entered since the last time go, and if that is too little, those seen first. Answers how many. */
  evict(): number {
    const { view } = this;
    const all = [...this.byPage.values()].flat();
    const idle = all.filter(({ slot }) => view.getUint8(L.REGION_USED + slot) === 0);
    for (const { slot } of all) view.setUint8(L.REGION_USED + slot, 0);
    const victims = idle.length >= all.length / 4 ? idle : all.slice(0, Math.ceil(all.length / 2));
    for (const region of victims) {
      this.uninstall(region);
      const page = this.byPage.get(region.operations)!;
      page.splice(page.indexOf(region), 1);
    }
    return victims.length;
  }

  /** Gives operations back to the interpreter. */
  private uninstall({ operations, entries, slot, bytes }: Installed): void {
    const { view, table } = this;
    for (const entry of entries) {
      const ip = operations + entry * L.OP_SIZE;
      if (this.handlerAt(ip) === L.HANDLER_TRANSLATED) {
        view.setUint16(ip + L.OP_HANDLER, view.getUint16(operations + L.OPS_ENTRIES + entry * L.ENTRY_SIZE + L.ENTRY_HANDLER, true), true);
      }
      // It may become hot again.
      view.setUint32(L.HEAT + counterOf(ip) * 4, 0, true);
    }
    table.set(slot, null);
    this.freeSlots.push(slot);
    this.count--;
    this.bytes -= bytes;
  }

  /** The code of a page has changed. */
  drop(operations: number): void {
    for (const region of this.of(operations)) this.uninstall(region);
    this.byPage.delete(operations);
    for (let i = 0; i < 128; i += 4) this.view.setUint32(operations + L.OPS_COVERED + i, 0, true);
  }

  dropAll(): void {
    for (const operations of [...this.byPage.keys()]) this.drop(operations);
  }
}
