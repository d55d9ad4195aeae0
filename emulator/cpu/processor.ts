import type { GuestMemory } from '../devices/peripheral.js';
import type { Snapshotable, State, StateReader } from '../devices/snapshotable.js';
import { conditionHolds } from './conditions.js';
import { DebugUnit } from './debug-unit.js';
import { Decoder } from './decoder.js';
import { DirectPages } from './direct-pages.js';
import { instructionTable } from './isa/index.js';
import { handlerNumbers } from './interpreter/generate.js';
import { KeptOperations } from './kept-operations.js';
import * as L from './layout.js';
import { ProcessorBank } from './processor-bank.js';
import type { CoreModules, ExitReason, ProcessorBus, ProcessorOptions, Runtime } from './processor-interfaces.js';
import { resetRegisters } from './processor-reset.js';
import { restoreProcessor, saveProcessor } from './processor-state.js';
import { ResidentRegisters } from './resident-registers.js';
import { accessSyndrome } from './syndrome.js';
import { systemRegisters } from './sysregs/table.js';
import type { CodeCache } from './translator/code-cache.js';
import type { ProcessorTrace } from './trace.js';
import { ImmediateTranslation } from './translator/service.js';
import { Translator, defaultTuning, type TranslatorStatistics } from './translator/translator.js';

const PAGE = 65536;
/** What a word means is the same in every machine. */
const decoder = new Decoder(instructionTable, handlerNumbers(instructionTable));
/** Machines of a thread share them. */
const keptOperations = new KeptOperations(decoder);
/** Pages of code that are kept decoded in any case. */
const LEAST_CODE_PAGES = 256;
const TWO_TO_32 = 2 ** 32;
const RETIRED = L.SYSREG_BASE + L.SR_RETIRED * 8;
const outputs = ['physical', 'virtual', 'hypervisor', 'performance'] as const;
const REASONS: Record<number, ExitReason> = {
  [L.EXIT_WFI]: 'waiting',
  [L.EXIT_FIRMWARE]: 'firmware',
  [L.EXIT_WFE]: 'yield',
  [L.EXIT_SEMIHOSTING]: 'semihosting',
};

/**
 * Cortex-A53: state, memory and the two WebAssembly modules that work on them. With several processors, one at a time is
 * resident: it executes, and what is said of registers, levels and timers is said of it.
 */
export class Processor extends ResidentRegisters implements GuestMemory, Snapshotable {
  readonly memory: WebAssembly.Memory;
  protected readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly runtime: Runtime;
  private readonly interpret: () => void;
  private readonly translator: Translator;
  private readonly bank: ProcessorBank;
  private readonly poolStart: number;
  /** Pages of code that are kept decoded: a quarter of RAM's, within bounds. */
  private readonly poolSize: number;
  private readonly directPages: DirectPages;
  private watcher: ProcessorTrace | undefined;
  /** Interrupt inputs that the resident processor does not see for an instruction. */
  private heldLines = 0;
  /** Breakpoints and watchpoints of a debugger, which survive a reset, and breakpoints of the guest. */
  readonly debug: DebugUnit;

  /** `ramSize` in bytes, a multiple of 4096. */
  constructor(
    modules: CoreModules,
    private readonly bus: ProcessorBus,
    readonly ramSize: number,
    private readonly options: ProcessorOptions,
  ) {
    super();
    const tuning = { ...defaultTuning, ...options.translation };
    this.poolStart = L.RAM_HOST + ramSize;
    this.poolSize = Math.min(L.OPS_POOL_PAGES, Math.max(LEAST_CODE_PAGES, ramSize >>> 14));
    const pages = Math.ceil((this.poolStart + this.poolSize * L.OPS_PAGE_SIZE) / PAGE);
    this.memory = modules.memories?.take(pages) ?? new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.view = new DataView(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.bank = new ProcessorBank(this.bytes, options.processors ?? 1);
    const runtime = new WebAssembly.Instance(modules.runtime, { env: { memory: this.memory }, host: this.hostOfRuntime() });
    this.runtime = runtime.exports as unknown as Runtime;
    this.directPages = new DirectPages(this.bytes, {
      directMemory: (address) => this.bus.directMemory?.(address),
      written: (address, size) => this.runtime.memoryWritten(address, size),
      changed: (first, count) => this.runtime.directChanged(first, count),
    });
    const interpreter = new WebAssembly.Instance(modules.interpreter, {
      env: {
        memory: this.memory,
        decode: (ip: number) => (this.decode(ip >>> 0) ? 0 : 1),
        hotspot: (ip: number) => this.translator.hotspot(ip >>> 0),
      },
      runtime: runtime.exports,
    });
    this.interpret = interpreter.exports['interpret'] as () => void;
    this.translator = new Translator(
      {
        view: this.view,
        memory: this.memory,
        runtime: runtime.exports,
        table: interpreter.exports['regions'] as WebAssembly.Table,
        wordAt: (ip) => this.wordAt(ip),
        frameOf: (operations) => this.view.getUint32(L.POOL_OWNER + ((operations - this.poolStart) / L.OPS_PAGE_SIZE) * 4, true),
        decode: (ip) => {
          if (!this.debug.holds(ip)) this.predecode(ip);
        },
        service: options.service ?? new ImmediateTranslation(modules.features),
      },
      tuning,
    );
    this.debug = new DebugUnit(this.view, {
      regionsStale: (operations) => this.translator.stale(operations),
      takeBreakpoint: (address) => this.runtime.takeBreakpoint(address) !== 0,
    });
    this.reset(BigInt(L.RAM_GUEST));
  }

  /** What the runtime calls: see core/host.ts. */
  private hostOfRuntime(): WebAssembly.ModuleImports {
    return {
      mmioRead: (address: number, size: 1 | 2 | 4) => {
        const value = this.bus.read(address, size);
        this.watcher?.access?.(address, size, value, false);
        if (value >= 0) return value;
        this.watcher?.unassigned(address, size, false);
        this.view.setInt32(L.BUS_ERROR, 1, true);
        return 0;
      },
      mmioWrite: (address: number, size: 1 | 2 | 4, value: number) => {
        this.watcher?.access?.(address, size, value >>> 0, true);
        if (this.bus.write(address, value >>> 0, size)) return;
        this.watcher?.unassigned(address, size, true);
        this.view.setInt32(L.BUS_ERROR, 1, true);
      },
      directPage: (page: number) => this.directPages.numberOf(page),
      timerOutput: (timer: number, level: number) => this.bus.timerOutput(outputs[timer]!, level !== 0),
      traceException: (from: number, target: number, kind: number) => this.watcher?.exception(from, target, kind),
      traceReturn: (from: number, legal: number) => this.watcher?.exceptionReturn(from, legal !== 0),
      traceTranslation: (virtual: bigint, physical: bigint, access: number, level: number) =>
        this.watcher?.translation(BigInt.asUintN(64, virtual), physical, access, level),
      guestBreakpointsChanged: () => this.debug.guestBreakpointsChanged(),
      accessSyndrome: (ip: number) => accessSyndrome(this.wordAt(ip >>> 0)),
      regionsStale: (operations: number) => this.translator.stale(operations >>> 0),
      operationsReleased: (operations: number) => {
        this.debug.forgetOperations(operations >>> 0);
        this.translator.released(operations >>> 0);
      },
      pageEntered: (operations: number, page: bigint) => this.debug.pageEntered(operations >>> 0, BigInt.asUintN(64, page)),
    };
  }

  /** Resets all processors, with the first one resident; `entry` is for it. */
  reset(entry: bigint): void {
    const { view } = this;
    this.bytes.fill(0, L.STATE, L.STATE + 0x1000);
    this.bank.clear();
    view.setUint32(L.RAM_SIZE, this.ramSize, true);
    view.setUint32(L.OPS_POOL, this.poolStart, true);
    view.setUint32(L.OPS_POOL_SIZE, this.poolSize, true);
    for (let cond = 0; cond < 16; cond++) view.setUint16(L.CONDITION_TABLE + cond * 2, conditionTruth(cond), true);
    view.setInt32(L.HEAT_THRESHOLD, this.translator.askedAfter, true);
    view.setInt32(L.HAS_EL2, this.options.hypervisor ? 1 : 0, true);
    view.setInt32(L.CONDUIT, this.options.hypervisor ? L.CONDUIT_SMC : L.CONDUIT_HVC, true);
    view.setInt32(L.SEMIHOSTING, this.options.semihosting ? 1 : 0, true);
    for (let cpu = this.bank.count - 1; cpu >= 0; cpu--) {
      this.bank.select(cpu);
      resetRegisters(this.bytes, cpu, this.options.hypervisor);
    }
    this.bytes.fill(0, L.BANK_KEYS, L.BANK_KEYS + 0x1000);
    this.translator.forgetAll();
    this.bytes.fill(0, L.HEAT, L.HEAT + 0x40000);
    this.bytes.fill(0, L.PAGE_MAP - L.DIRECT_PAGES * 4, L.PAGE_MAP + (this.ramSize >>> 12) * 4);
    // RAM stays as it is.
    const pages = new Uint16Array(this.memory.buffer, L.PAGE_RETURNS, this.ramSize >>> 12);
    pages.forEach((known, page) => (pages[page] = known & L.PAGE_WRITTEN));
    this.directPages.forget();
    this.debug.forgetOperations();
    this.pc = entry;
    this.stateChanged();
  }

  /** The resident processor's registers have changed: makes again what follows from them. */
  private stateChanged(): void {
    this.runtime.translationChanged();
    this.runtime.updateFpTrap();
    this.runtime.fpcrChanged();
    this.runtime.debugChanged();
  }

  // ---- Several processors ----------------------------------------------------------------------------------------------

  /** Whether EL2 exists. */
  get hypervisor(): boolean {
    return this.options.hypervisor;
  }

  get count(): number {
    return this.bank.count;
  }

  /** The resident processor. */
  get current(): number {
    return this.bank.current;
  }

  /** Makes a processor the resident one. To be called between slices; it takes no time and changes no state. */
  select(cpu: number): void {
    if (!this.bank.select(cpu)) return;
    this.stateChanged();
    this.bus.selected?.(cpu);
  }

  /** Does something with another processor resident. */
  as<T>(cpu: number, action: () => T): T {
    const { current } = this;
    this.select(cpu);
    try {
      return action();
    } finally {
      this.select(current);
    }
  }

  /** Resets one processor that is off, and lets it begin at `entry` with `context` in X0. */
  start(cpu: number, entry: bigint, context: bigint): void {
    this.as(cpu, () => {
      resetRegisters(this.bytes, cpu, this.options.hypervisor);
      this.pc = entry;
      this.setX(0, context);
    });
  }

  /**
   * A processor's exclusive monitor. Others can only have stored since its load-exclusive if they have executed since, so
   * opening it whenever another executes is what a monitor of stores would do, and sometimes more, as it may (DDI 0487 B2.9).
   */
  openMonitor(cpu: number): void {
    this.view.setBigInt64(this.bank.cell(cpu, L.EXCLUSIVE_ADDRESS), -1n, true);
  }

  /** Whether another processor has something to execute: WFE ends the slice then. */
  set othersReady(ready: boolean) {
    this.view.setInt32(L.OTHERS_READY, ready ? 1 : 0, true);
  }

  /** For what a device does to others than the resident processor: the slice ends after the present instruction. */
  endSlice(): void {
    const { view } = this;
    view.setInt32(L.BUDGET, view.getInt32(L.BUDGET, true) - view.getInt32(L.REMAINING, true), true);
    view.setInt32(L.REMAINING, 0, true);
  }

  // ---- State -----------------------------------------------------------------------------------------------------------

  /** Without RAM. The resident one's timer outputs are to be up to date (`updateTimers`). */
  saveState(): State {
    const { bytes, bank } = this;
    const processors = Array.from({ length: bank.count }, (_, cpu) => saveProcessor(bytes, (cell) => bank.cell(cpu, cell)));
    return { current: bank.current, processors };
  }

  /** Before the interrupt controller's state, `updateTimers` after it: outputs that are up already then change nothing. */
  restoreState(state: StateReader): void {
    const { bytes, bank } = this;
    this.reset(0n);
    state.records('processors', bank.count).forEach((each, cpu) => {
      restoreProcessor(bytes, (cell) => bank.cell(cpu, cell), each, this.options.hypervisor);
    });
    this.stateChanged();
    this.select(state.integer('current', 0, bank.count - 1));
  }

  /** Tells a trace what happens from now on. A trace changes nothing; without one, nobody is told. */
  watch(trace: ProcessorTrace | undefined): void {
    this.watcher = trace;
    this.view.setInt32(L.TRACE, trace?.events ?? 0, true);
  }

  /** What the second tier has done. */
  get translation(): Readonly<TranslatorStatistics> {
    return this.translator.statistics;
  }

  /** Whether CPACR_EL1 or CPTR_EL2 keep the present exception level from the floating-point registers. */
  get floatingPointTraps(): boolean {
    return this.view.getInt32(L.FP_TRAP, true) !== 0;
  }

  /** FPCR or FPSR, by cell: bits that do not exist stay zero. */
  setFloatingPointRegister(cell: number, value: bigint): void {
    const { writable } = systemRegisters.find((register) => register.cell === cell)!;
    this.view.setBigUint64(L.SYSREG_BASE + cell * 8, value & writable!, true);
    this.runtime.fpcrChanged();
  }

  /** Sets or clears interrupt inputs (IRQ_* of `layout.ts`), of the resident processor unless another is named. */
  setInterruptLine(line: number, level: boolean, cpu = this.bank.current): void {
    const cell = this.bank.cell(cpu, L.IRQ_LINES);
    const lines = this.view.getInt32(cell, true);
    if (!level && cpu === this.bank.current) this.heldLines &= ~line;
    this.view.setInt32(cell, level ? lines | line : lines & ~line, true);
  }

  /** Whether WFI would not wait. */
  get wakePending(): boolean {
    return this.runtime.wakePending() !== 0;
  }

  /** Brings the timers' outputs up to date; the time of the next change in virtual nanoseconds, or Infinity. */
  updateTimers(now: number): number {
    this.beginSlice(now, 0);
    return this.runtime.updateTimers();
  }

  /** Times are whole numbers below 2^53. They go by halves: a BigInt for each slice would cost more than the slice. */
  private beginSlice(now: number, budget: number): void {
    this.view.setUint32(L.SLICE_START, now, true);
    this.view.setUint32(L.SLICE_START + 4, now / TWO_TO_32, true);
    this.view.setInt32(L.BUDGET, budget, true);
    this.view.setInt32(L.REMAINING, budget, true);
  }

  /** Where programs of a hypervisor's own divided by zero, the first places of them. */
  get divisionsByZero(): { pc: bigint; vttbr: bigint }[] {
    const { view } = this;
    return Array.from({ length: view.getInt32(L.DIVISION_COUNT, true) }, (_, n) => {
      const entry = L.DIVISION_TABLE + n * L.DIVISION_SIZE;
      return { pc: view.getBigUint64(entry, true), vttbr: view.getBigUint64(entry + 8, true) };
    });
  }

  /** Virtual time inside a slice, for devices: nanoseconds. */
  now(): number {
    const { view } = this;
    const start = view.getUint32(L.SLICE_START + 4, true) * TWO_TO_32 + view.getUint32(L.SLICE_START, true);
    return start + view.getInt32(L.BUDGET, true) - view.getInt32(L.REMAINING, true);
  }

  /** Executes at most `budget` instructions from `now` on. Takes a pending interrupt first. */
  run(now: number, budget: number): { executed: number; reason: ExitReason } {
    this.translator.poll(now);
    this.beginSlice(now, budget);
    this.view.setInt32(L.EXIT_REASON, 0, true);
    // Its first fetch takes the interrupt.
    this.view.setInt32(L.IN_SLICE, 1, true);
    this.interpret();
    this.view.setInt32(L.IN_SLICE, 0, true);
    const executed = this.view.getInt32(L.BUDGET, true) - this.view.getInt32(L.REMAINING, true);
    this.view.setFloat64(RETIRED, this.view.getFloat64(RETIRED, true) + executed, true);
    const reason = this.view.getInt32(L.EXIT_REASON, true);
    if (this.debug.endSlice()) return { executed, reason: 'debug' };
    return { executed, reason: REASONS[reason] ?? 'budget' };
  }

  /** As `run`, of one instruction, before which the resident processor takes no interrupt: it stays pending. */
  runUninterrupted(now: number): { executed: number; reason: ExitReason } {
    const cell = this.bank.cell(this.bank.current, L.IRQ_LINES);
    this.heldLines = this.view.getInt32(cell, true);
    this.view.setInt32(cell, 0, true);
    const outcome = this.run(now, 1);
    this.view.setInt32(cell, this.view.getInt32(cell, true) | this.heldLines, true);
    this.heldLines = 0;
    return outcome;
  }

  /** One number for RAM and everything that the guest can know of the processors: equal runs have equal ones. */
  digest(): bigint {
    let sum = this.runtime.digest(L.RAM_HOST, this.ramSize, 0n);
    for (let cpu = 0; cpu < this.bank.count; cpu++) sum = this.as(cpu, () => this.digestRegisters(sum));
    return BigInt.asUintN(64, sum);
  }

  /** The start of the first page of RAM, from `offset` on, that is zero, or is not, as `zero` says; RAM's size where there is none. */
  nextPage(offset: number, zero: boolean): number {
    return (this.runtime.nextRamPage(L.RAM_HOST + offset, L.RAM_HOST + this.ramSize, zero) >>> 0) - L.RAM_HOST;
  }

  private digestRegisters(before: bigint): bigint {
    const { view, runtime } = this;
    // X0..X30, then SP: the slots between hold nothing.
    let sum = runtime.digest(L.X_BASE, 31 * 8, before);
    sum = runtime.digest(L.X_BASE + L.SLOT_SP * 8, 8, sum);
    sum = runtime.digest(L.V_BASE, 32 * 16, sum);
    sum = runtime.digest(L.SYSREG_BASE, L.SYSREG_COUNT * 8, sum);
    view.setBigUint64(L.SCRATCH, this.pc, true);
    view.setUint32(L.SCRATCH + 8, this.pstate, true);
    view.setUint32(L.SCRATCH + 12, view.getUint32(L.IRQ_LINES, true), true);
    view.setUint32(L.SCRATCH + 16, view.getUint32(L.PSTATE_SS, true), true);
    view.setUint32(L.SCRATCH + 20, view.getUint32(L.STEP, true), true);
    return runtime.digest(L.SCRATCH, 24, sum);
  }

  /** Code from an earlier run of the same image, and to be used by the next: it changes nothing but speed. */
  useCodeCache(cache: CodeCache): void {
    this.translator.useCache(cache);
  }

  /** Has what was executed at a physical address translated before the next slice, however seldom that was. */
  markHot(address: number): void {
    const operations = this.view.getUint32(L.PAGE_MAP + ((address - L.RAM_GUEST) >>> 12) * 4, true);
    if (operations) this.translator.hotspot(operations + ((address & 0xffc) >>> 2) * L.OP_SIZE);
  }

  /** Whether code that was translated, and lives, was made from what is at a physical address. */
  isTranslated(address: number): boolean {
    const operations = this.view.getUint32(L.PAGE_MAP + ((address - L.RAM_GUEST) >>> 12) * 4, true);
    const index = (address & 0xffc) >>> 2;
    return operations !== 0 && ((this.view.getUint8(operations + L.OPS_COVERED + (index >> 3)) >>> (index & 7)) & 1) === 1;
  }

  // ---- Guest memory ----------------------------------------------------------------------------------------------------

  private inRam(address: number, length: number): boolean {
    return address >= L.RAM_GUEST && length >= 0 && address + length <= L.RAM_GUEST + this.ramSize;
  }

  read(address: number, length: number): Uint8Array | undefined {
    if (!this.inRam(address, length)) return undefined;
    const start = address - L.RAM_GUEST + L.RAM_HOST;
    return this.bytes.slice(start, start + length);
  }

  write(address: number, bytes: Uint8Array): boolean {
    if (!this.inRam(address, bytes.length)) return false;
    this.bytes.set(bytes, address - L.RAM_GUEST + L.RAM_HOST);
    this.runtime.memoryWritten(address, bytes.length);
    return true;
  }

  /** What `bus.directMemory` gave for these addresses no longer holds. */
  directMemoryChanged(address: number, length: number): void {
    this.directPages.changed(address, length);
  }

  /** Physical address of a virtual one for a read at the current level; undefined where it does not translate. */
  physicalAddress(address: bigint): number | undefined {
    const physical = this.runtime.physicalAddress(address);
    return physical < 0 ? undefined : physical;
  }

  /** False: the operation was not decoded, because the guest's own breakpoint there has been taken. */
  private decode(ip: number): boolean {
    const interception = this.debug.intercepts(ip);
    if (interception) return interception === 'stop';
    this.predecode(ip);
    return true;
  }

  private predecode(ip: number): void {
    const word = this.wordAt(ip);
    if (this.watcher?.decoded) {
      const { row, fields } = decoder.find(word);
      this.watcher.decoded(this.debug.addressOf(ip), word, row, fields);
    }
    keptOperations.writeInto(this.view, ip, word);
  }

  /** The instruction word that a predecoded operation stands for. */
  private wordAt(ip: number): number {
    const offset = ip - this.poolStart;
    const slot = Math.floor(offset / L.OPS_PAGE_SIZE);
    const index = (offset - slot * L.OPS_PAGE_SIZE) / L.OP_SIZE;
    const page = this.view.getUint32(L.POOL_OWNER + slot * 4, true);
    return this.view.getUint32(page * 4096 - L.RAM_GUEST + L.RAM_HOST + index * 4, true);
  }
}

/** Bit n: whether the condition holds when NZCV is n. */
function conditionTruth(cond: number): number {
  let truth = 0;
  for (let flags = 0; flags < 16; flags++) if (conditionHolds(cond, flags)) truth |= 1 << flags;
  return truth;
}
