import type { DirectMemory } from '../devices/peripheral.js';
import * as L from './layout.js';

export interface DirectPagesHost {
  directMemory(address: number): DirectMemory | undefined;
  /** Bytes under the numbers of these pages are others now: what was decoded from them is stale. */
  written(address: number, size: number): void;
  /** The translations of these guest-physical pages may no longer lead to a copy. */
  changed(first: number, count: number): void;
}

const PAGE = 4096;

/**
 * Copies of flash in the linear memory, page by page as they are read or executed, so that flash that reads as its array
 * is as fast as RAM. A copy keeps its place when its device changes: code that is the same afterwards stays decoded.
 */
export class DirectPages {
  /** Place of each guest-physical page that has a copy, and whether the copy is that of now. */
  private readonly places = new Map<number, { place: number; valid: boolean }>();

  constructor(
    private readonly linear: Uint8Array,
    private readonly host: DirectPagesHost,
  ) {}

  /** The page number that the copy of a guest-physical page has; 0 where the page does not read like memory now. */
  numberOf(page: number): number {
    const known = this.places.get(page);
    if (known?.valid) return L.DIRECT_FIRST + known.place;
    const memory = this.host.directMemory(page * PAGE);
    if (!memory) return 0;
    const entry = known ?? this.take(page);
    const at = L.DIRECT_HOST + entry.place * PAGE;
    const now = memory.bytes.subarray(memory.offset, memory.offset + PAGE);
    if (!now.every((byte, i) => byte === this.linear[at + i])) {
      this.linear.set(now, at);
      this.host.written((L.DIRECT_FIRST + entry.place) * PAGE, PAGE);
    }
    entry.valid = true;
    return L.DIRECT_FIRST + entry.place;
  }

  /** A device reads differently at these addresses, or no longer like memory. */
  changed(address: number, length: number): void {
    const first = Math.floor(address / PAGE);
    const count = Math.ceil((address + length) / PAGE) - first;
    for (const [page, entry] of this.places) if (page >= first && page < first + count) entry.valid = false;
    this.host.changed(first, count);
  }

  /** No page has a copy any more, as at power-on. */
  forget(): void {
    this.places.clear();
  }

  private take(page: number): { place: number; valid: boolean } {
    if (this.places.size === L.DIRECT_PAGES) {
      const pages = [...this.places.keys()];
      this.places.clear();
      const first = Math.min(...pages);
      this.host.changed(first, Math.max(...pages) + 1 - first);
    }
    const entry = { place: this.places.size, valid: false };
    this.places.set(page, entry);
    return entry;
  }
}
