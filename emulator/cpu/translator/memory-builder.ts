import type { GuestPart } from '../builder.js';
import type { Variable } from '../expressions.js';
import * as L from '../layout.js';
import type { RuntimeFunction } from '../runtime-api.js';
import { i32, i64, type Value } from '../value.js';
import { FlagBuilder } from './flag-builder.js';

/** Tables of at most 2 KiB: a larger one is often on several pages, and changing windows costs more than the TLB. */
const SMALL_TABLE = 11;
/** In a region: each takes three locals, and the engine has few registers. */
const MOST_WINDOWS = 4;

/** A page that an access in a loop has hit. Empty when the region begins: locals are zero then. */
interface Window {
  /** The page's first address, i64. */
  start: number;
  /** How many addresses from there an access may begin at, i64. */
  size: number;
  /** From guest address to linear memory, i32. */
  addend: number;
}

/** How a region finds guest memory: by the TLB, and where the address waits for another load, past it. */
export abstract class MemoryBuilder extends FlagBuilder {
  protected readonly tlb = this.permanent('i32');
  private readonly windows = new Map<string, Window>();

  /** Whether the present block is in a loop of its region. */
  protected abstract get repeats(): boolean;

  /** Leaves the present instruction, of which nothing has been done, to the interpreter. */
  protected abstract bail(): void;

  protected abstract override invocation(name: RuntimeFunction, args: Value[]): Value;

  protected tlbBank(): Value {
    return this.local(this.tlb, 'i32');
  }

  private translateAddress(address: Value, size: number, array: number, refill: RuntimeFunction): Value {
    const host = this.variable('i32');
    const window = this.windowFor(address, size, array);
    if (window) {
      const { start, size: room, addend } = window;
      const outside = this.geU(this.sub(address, this.local(start, 'i64')), this.local(room, 'i64'));
      const inside = (): void => host.set(this.add(this.wrap(address), this.local(addend, 'i32')));
      this.ifUnlikely(outside, () => this.throughTlb(host, address, size, array, refill, window), inside);
    } else this.throughTlb(host, address, size, array, refill);
    return host.get();
  }

  private throughTlb(host: Variable, address: Value, size: number, array: number, refill: RuntimeFunction, window?: Window): void {
    const line = this.let(this.tlbLine(address));
    this.ifUnlikely(
      this.eqz(this.hits(line, array, address, size)),
      () => {
        host.set(this.invocation(refill, [address, i32(size)]));
        this.if(this.eq(host.get(), i32(-1)), () => this.bail());
      },
      () => {
        host.set(this.lineTarget(line, array, address));
        if (!window) return;
        // Only lines of plain memory are hit, and no line changes its meaning while a region runs.
        this.set(window.start, this.and(address, i64(~0xfffn)));
        this.set(window.size, i64(BigInt(4097 - size)));
        this.set(window.addend, this.peek('i32.load', line, array + L.LINE_ADDEND));
      },
    );
  }

  /**
   * A loop that looks things up in a small table waits for each entry to know the next: a checksum, a decoder, an
   * interpreter. The TLB would be two more loads to wait for. So such an access remembers the page that it hit.
   */
  private windowFor(address: Value, size: number, array: number): Window | undefined {
    if (!this.repeats || (address.known.spread ?? 64) > SMALL_TABLE) return undefined;
    const key = `${array} ${size} ${this.place.instruction.fields.n}`;
    let window = this.windows.get(key);
    if (!window && this.windows.size < MOST_WINDOWS) {
      window = { start: this.permanent('i64'), size: this.permanent('i64'), addend: this.permanent('i32') };
      this.windows.set(key, window);
    }
    return window;
  }

  /** By the TLB bank that an unprivileged access uses; the interpreter fills it. */
  private unprivilegedAddress(address: Value, size: number, array: number): Value {
    const level = this.let(this.cell('i32.load', L.EL));
    const used = this.select(this.eq(level, i32(1)), i32(0), level);
    const bank = this.let(this.peek('i32.load', this.shl(used, i32(2)), L.BANK_OF_LEVEL));
    this.ifUnlikely(this.eqz(bank), () => this.bail());
    const line = this.let(this.tlbLine(address, bank));
    this.ifUnlikely(this.eqz(this.hits(line, array, address, size)), () => this.bail());
    return this.let(this.lineTarget(line, array, address));
  }

  readable(address: Value, size: number, slow: RuntimeFunction = 'readSlow'): Value {
    const bound = this.let(address);
    if (slow !== 'readSlow') return this.unprivilegedAddress(bound, size, L.TLB_READ);
    return this.translateAddress(bound, size, L.TLB_READ, 'refillRead');
  }

  writeGuest(address: Value, size: number, parts: readonly GuestPart[], slow: RuntimeFunction = 'writeSlow'): void {
    const bound = this.let(address);
    const host = slow === 'writeSlow' ? this.writable(bound, size) : this.unprivilegedAddress(bound, size, L.TLB_WRITE);
    this.storeParts(host, parts);
  }

  clearGuest(address: Value, size: number): void {
    this.storeZeros(this.writable(this.let(address), size), this.zeros(size));
  }

  private writable(address: Value, size: number): Value {
    return this.translateAddress(address, size, L.TLB_WRITE, 'refillWrite');
  }
}
