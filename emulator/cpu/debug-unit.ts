import * as L from './layout.js';

export type WatchKind = 'read' | 'write' | 'access';

/** A stretch of virtual addresses to stop at accesses to. `length` in bytes. */
export interface Watchpoint {
  kind: WatchKind;
  address: bigint;
  length: number;
}

/** Why the processor stopped: before the instruction at a breakpoint, or before one that would touch a watchpoint. */
export type DebugStop = { kind: 'breakpoint'; address: bigint } | { kind: 'watchpoint'; watchpoint: Watchpoint };

const ACCESS: Record<WatchKind, number> = { read: L.WATCH_READ, write: L.WATCH_WRITE, access: L.WATCH_READ | L.WATCH_WRITE };

/** What the unit asks of the processor. */
export interface DebugPorts {
  /** Regions of the page of these operations must not be entered any more. */
  regionsStale(operations: number): void;
  /** A guest's breakpoint is met: whether its exception was taken, which the guest's other controls decide. */
  takeBreakpoint(address: bigint): boolean;
}

/**
 * Breakpoints and watchpoints by virtual address, whatever the address space, as QEMU has them. The guest's own breakpoints
 * (core/debug.ts) are kept the same way, beside those of a debugger, which come first where both are at an address. Without any they cost
 * nothing; with some, all but the pages that have them runs at full speed, translated or not.
 *
 * The operation at a breakpoint is kept undecoded. An undecoded operation is in no translated region, and the
 * interpreter asks for it to be decoded each time it gets there: then it stops instead. Pages are shown to the unit when a
 * virtual address comes to mean them; the same operation met by another address is executed, one instruction in
 * a slice, and kept undecoded again.
 */
export class DebugUnit {
  private readonly breakpoints = new Set<bigint>();
  /** The guest's own, of the resident processor. */
  private guestBreakpoints = new Set<bigint>();
  private watchpoints: Watchpoint[] = [];
  /** Operations that are kept undecoded. */
  private readonly armed = new Set<number>();
  /** Those of them that were decoded in this slice. */
  private passed: number[] = [];
  private passing: bigint | undefined;
  /** MPIDR_EL1 of the processor that passes it. */
  private passer = 0n;
  private stop: DebugStop | undefined;

  constructor(
    private readonly view: DataView,
    private readonly ports: DebugPorts,
  ) {}

  /** Sets the breakpoints, each once, in place of those before. To be called between slices. */
  setBreakpoints(addresses: Iterable<bigint>): void {
    this.breakpoints.clear();
    for (const address of addresses) this.breakpoints.add(address & ~3n);
    this.armAll();
  }

  /** The guest has set breakpoints of its own, or another processor, which has others, is resident. */
  guestBreakpointsChanged(): void {
    const count = this.view.getInt32(L.GUEST_BREAKPOINTS, true);
    this.guestBreakpoints = new Set(
      Array.from({ length: count }, (_, n) => this.view.getBigUint64(L.GUEST_BREAKPOINT_TABLE + n * 8, true)),
    );
    this.armAll();
  }

  private armAll(): void {
    this.armed.clear();
    this.view.setInt32(L.BREAKPOINTS, this.breakpoints.size + this.guestBreakpoints.size, true);
    for (const address of this.addresses()) this.armWhereKnown(address);
  }

  private addresses(): Iterable<bigint> {
    return this.guestBreakpoints.size > 0 ? new Set([...this.breakpoints, ...this.guestBreakpoints]) : this.breakpoints;
  }

  /** Sets the watchpoints in place of those before. Throws a RangeError when they are too many. To be called between slices. */
  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    if (watchpoints.length > L.WATCH_MAX) throw new RangeError(`there are ${L.WATCH_MAX} watchpoints at most`);
    this.watchpoints = [...watchpoints];
    this.view.setInt32(L.WATCHPOINTS, watchpoints.length, true);
    watchpoints.forEach(({ kind, address, length }, index) => {
      const entry = L.WATCH_TABLE + index * L.WATCH_SIZE;
      const last = address + BigInt(length - 1);
      this.view.setBigUint64(entry, address, true);
      this.view.setBigUint64(entry + 8, BigInt.asUintN(64, last) < address ? ~0n : last, true);
      this.view.setInt32(entry + 16, ACCESS[kind], true);
      for (let page = address & ~0xfffn; page <= last; page += 0x1000n) this.slowDown(page);
    });
  }

  /**
   * The next slice of the present processor executes its first instruction, at this address, whatever there is to stop at:
   * the run begins with it.
   */
  passOnce(address: bigint): void {
    this.passing = address;
    this.passer = this.processor;
    this.view.setBigUint64(L.WATCH_PASS, address, true);
    this.view.setBigUint64(L.WATCH_PASSER, this.passer, true);
  }

  private get processor(): bigint {
    return this.view.getBigUint64(L.MPIDR, true);
  }

  /** Why the last slice ended, once. */
  takeStop(): DebugStop | undefined {
    const { stop } = this;
    this.stop = undefined;
    return stop;
  }

  // ---- For the processor -------------------------------------------------------------------------------------------

  /** A translation to these operations has been made for the virtual page. */
  pageEntered(operations: number, page: bigint): void {
    for (const address of this.addresses()) if ((address & ~0xfffn) === page) this.arm(operations, address);
  }

  /** These predecoded operations, or all, are gone, or those of other pages now. */
  forgetOperations(operations?: number): void {
    const gone = (ip: number): boolean => operations === undefined || (ip >= operations && ip < operations + L.OPS_PAGE_SIZE);
    for (const ip of this.armed) if (gone(ip)) this.armed.delete(ip);
    this.passed = this.passed.filter((ip) => !gone(ip));
  }

  /** Whether an operation is to stay undecoded. */
  holds(ip: number): boolean {
    return this.armed.has(ip);
  }

  /**
   * An undecoded operation is to be executed: `stop` where the processor stops before it, `exception` where it has taken that
   * of a guest's breakpoint instead.
   */
  intercepts(ip: number): 'stop' | 'exception' | undefined {
    if (!this.armed.has(ip)) return undefined;
    const { view } = this;
    const address = this.addressOf(ip);
    const first = view.getInt32(L.BUDGET, true) === view.getInt32(L.REMAINING, true);
    const stops = this.breakpoints.has(address) && !(first && this.passing === address && this.passer === this.processor);
    if (stops) this.stop = { kind: 'breakpoint', address };
    else if (this.guestBreakpoints.has(address) && this.ports.takeBreakpoint(address)) return 'exception';
    else this.passed.push(ip);
    const rest = stops ? 0 : 1;
    view.setInt32(L.BUDGET, view.getInt32(L.BUDGET, true) - view.getInt32(L.REMAINING, true) + rest, true);
    view.setInt32(L.REMAINING, rest, true);
    return stops ? 'stop' : undefined;
  }

  /** Virtual address of an operation of the page that is executed. */
  addressOf(ip: number): bigint {
    return this.view.getBigUint64(L.PAGE_VA, true) + BigInt((ip - this.view.getUint32(L.PAGE_OPS, true)) >> 2);
  }

  /** The slice is over: whether it was the debug unit that ended it. */
  endSlice(): boolean {
    if (this.passing !== undefined && this.passer === this.processor) {
      this.passing = undefined;
      this.view.setBigInt64(L.WATCH_PASS, -1n, true);
    }
    for (const ip of this.passed) this.undecode(ip);
    this.passed = [];
    const hit = this.watchpoints.length > 0 ? this.view.getInt32(L.WATCH_HIT, true) : 0;
    if (hit > 0) {
      this.view.setInt32(L.WATCH_HIT, 0, true);
      this.stop = { kind: 'watchpoint', watchpoint: this.watchpoints[hit - 1]! };
    }
    return this.stop !== undefined;
  }

  /** Translations that banks of the TLB have of the breakpoint's page. */
  private armWhereKnown(address: bigint): void {
    const page = address & ~0xfffn;
    this.lines(page, L.TLB_FETCH, (line) => {
      if (this.view.getBigUint64(line + L.LINE_TAG, true) === page) this.arm(this.view.getUint32(line + L.LINE_ADDEND, true), address);
    });
  }

  private arm(operations: number, address: bigint): void {
    const ip = operations + Number(address & 0xffcn) * 4;
    this.armed.add(ip);
    this.undecode(ip);
  }

  private undecode(ip: number): void {
    const { view } = this;
    view.setUint16(ip + L.OP_HANDLER, L.HANDLER_UNDECODED, true);
    const pool = view.getUint32(L.OPS_POOL, true);
    const operations = pool + Math.floor((ip - pool) / L.OPS_PAGE_SIZE) * L.OPS_PAGE_SIZE;
    const index = (ip - operations) / L.OP_SIZE;
    const covered = view.getUint8(operations + L.OPS_COVERED + (index >> 3)) & (1 << (index & 7));
    if (covered) this.ports.regionsStale(operations);
  }

  /** Accesses to the page take the slow path from now on: the translation stays what it was. */
  private slowDown(page: bigint): void {
    for (const array of [L.TLB_READ, L.TLB_WRITE]) {
      this.lines(page, array, (line) => {
        if (this.view.getBigUint64(line + L.LINE_TAG, true) === page) this.view.setBigUint64(line + L.LINE_TAG, page | 1n, true);
      });
    }
  }

  private lines(page: bigint, array: number, action: (line: number) => void): void {
    const index = Number((page >> 12n) & BigInt(L.TLB_LINES - 1));
    for (let bank = 0; bank < L.TLB_BANKS; bank++) action(L.TLB_AREA + bank * L.TLB_BANK_SIZE + array + index * L.TLB_LINE_SIZE);
  }
}
