import { Code } from '../../wasm/code.js';
import * as L from '../layout.js';
import { runtimeFunctions, type RuntimeFunction } from '../runtime-api.js';
import { Value, i32, i64 } from '../value.js';
import { HCR_VF, HCR_VI, HCR_VSE } from '../virtual-interrupts.js';
import type { HostFeatures } from './host-features.js';
import { MemoryBuilder } from './memory-builder.js';
import type { Place } from './registers.js';

/** Thrown by an `emit` that needs what only the interpreter does: the region ends before that instruction. */
export class Untranslatable extends Error {}

/** Runtime functions that ask what time it is. */
const TIMED = new Set<RuntimeFunction>(['counterPhysical', 'counterVirtual', 'readTimerValue', 'readTimerControl', 'readPerformance']);

/**
 * Writes one region as a function. Nothing here raises an exception or touches a device: where
 * an instruction would, the region ends before it, and the interpreter executes it.
 */
export abstract class TranslatorBuilder extends MemoryBuilder {
  /** Depth of the block that ends at the epilogue. */
  protected exitDepth = 0;
  /** What the region answers: an offset from the page's operations with REGION_* bits, or REGION_JUMP. */
  protected readonly result = this.permanent('i32');
  protected readonly remaining = this.permanent('i32');
  private readonly fpTrap = this.permanent('i32');
  private usesFp = false;
  /** In this block it has been seen that FP and SIMD instructions do not trap. */
  private fpChecked = false;

  constructor(
    private readonly functionIndex: (name: RuntimeFunction) => number,
    private readonly features: HostFeatures,
  ) {
    super();
  }

  /** Continues with the instruction at a position of the page: a block of this region, or out of it. */
  protected abstract continueAt(index: number): void;

  // ---- Blocks and instructions -----------------------------------------------------------------------------------------------

  /** At the start of a block nothing is known of what came before. */
  protected override beginBlock(): void {
    super.beginBlock();
    this.fpChecked = false;
  }

  protected translate(place: Place): void {
    this.place = place;
    const { row, statics } = place.instruction;
    if (row.fp && !this.fpChecked) {
      this.usesFp = true;
      this.ifUnlikely(this.local(this.fpTrap, 'i32'), () => this.bail());
      this.fpChecked = true;
    }
    this.beginInstruction();
    row.emit(this, row.namedOperands, statics);
  }

  // ---- Leaving -------------------------------------------------------------------------------------------------------------------

  /** Leaves the region; `unused` instructions were charged and not executed. */
  protected leave(result: Value, unused: number): void {
    this.settleFlags();
    if (unused) this.set(this.remaining, this.add(this.local(this.remaining, 'i32'), i32(unused)));
    this.set(this.result, result);
    this.code.br(this.depth - this.exitDepth);
  }

  /** Answer for the operation at a position of the page. */
  protected offsetOf(index: number): Value {
    return i32(index * L.OP_SIZE);
  }

  /** Leaves the present instruction, of which nothing has been done, to the interpreter. */
  protected override bail(): void {
    this.leave(i32((this.place.instruction.index * L.OP_SIZE) | L.REGION_INTERPRET), this.place.charged);
  }

  jump(target: Value): void {
    this.leavePage(target);
  }

  jumpRelative(): void {
    const { row, fields, word, index } = this.place.instruction;
    const distance = Number(row.immediate!(fields, word));
    const target = index + distance / 4;
    if (target >= 0 && target < 1024) this.continueAt(target);
    else this.leavePage(this.add(this.cell('i64.load', L.PAGE_VA), i64(BigInt(index * 4 + distance))));
  }

  /** A jump to another page, or to where the region does not know its way. */
  protected leavePage(target: Value): void {
    this.setCell('i64.store', L.PC, target);
    this.leave(i32(L.REGION_JUMP), this.place.charged - 1);
  }

  raise(): void {
    this.bail();
  }

  requireLevel(level: number): void {
    if (level) this.ifUnlikely(this.ltU(this.cell('i32.load', L.EL), i32(level)), () => this.bail());
  }

  attempt(name: RuntimeFunction, ...args: Value[]): void {
    if (name === 'synchronize') return this.staysInPage();
    // An access that traps is the interpreter's.
    if (name !== 'sysregTrap') throw new Untranslatable(name);
    this.ifUnlikely(this.eqz(this.invocation('accessAllowed', [args[0]!])), () => this.bail());
  }

  /** ISB: where the page may have moved, the interpreter fetches again. */
  private staysInPage(): void {
    const page = this.let(this.cell('i64.load', L.PAGE_VA));
    const line = this.let(this.tlbLine(page));
    const moved = this.ne(this.peek('i64.load', line, L.TLB_FETCH + L.LINE_TAG), page);
    const other = this.ne(this.peek('i32.load', line, L.TLB_FETCH + L.LINE_ADDEND), this.cell('i32.load', L.PAGE_OPS));
    this.ifUnlikely(this.or(moved, other), () => this.bail());
  }

  run(name: RuntimeFunction): void {
    if (name !== 'afterInterruptMask') throw new Untranslatable(name);
    const virtual = this.and(this.cell('i64.load', L.SYSREG_BASE + L.SR_HCR_EL2 * 8), i64(BigInt(HCR_VI | HCR_VF | HCR_VSE)));
    // A mask lifted from debug exceptions may begin a software step.
    const step = this.and(this.cell('i64.load', L.SYSREG_BASE + L.SR_MDSCR_EL1 * 8), i64(1n));
    const pending = this.or(this.cell('i32.load', L.IRQ_LINES), this.ne(this.or(virtual, step), i64(0n)));
    // The slice may be over after this instruction: the interpreter sees to that at the next one.
    this.ifUnlikely(pending, () => {
      this.spillTime();
      this.invocation(name, []).write(this.code);
      this.set(this.remaining, this.cell('i32.load', L.REMAINING));
      this.leave(this.offsetOf(this.place.instruction.index + 1), 0);
    });
  }

  call(name: RuntimeFunction, ...args: Value[]): Value {
    if (TIMED.has(name)) this.spillTime();
    return this.let(this.invocation(name, args));
  }

  /** Makes known how far the slice has come, this instruction included. */
  private spillTime(): void {
    this.setCell('i32.store', L.REMAINING, this.add(this.local(this.remaining, 'i32'), i32(this.place.charged - 1)));
  }

  protected override invocation(name: RuntimeFunction, args: Value[]): Value {
    return new Value(runtimeFunctions[name].results[0] ?? 'i32', (code) => {
      for (const arg of args) arg.write(code);
      code.call(this.functionIndex(name));
    });
  }

  override fused(size: number, n: Value, m: Value, addend: Value): Value | undefined {
    return this.features.fusedMultiplyAdd ? this.op(size === 3 ? 'f64x2.relaxed_madd' : 'f32x4.relaxed_madd', n, m, addend) : undefined;
  }

  // ---- Prologue and epilogue -------------------------------------------------------------------------------------------------------------------

  /** Everything around the body, now that the body has said what it uses. */
  protected enclose(body: Code): Code {
    const outer = new Code();
    this.code = outer;
    this.set(this.remaining, this.cell('i32.load', L.REMAINING));
    this.set(this.tlb, this.cell('i32.load', L.TLB_BASE));
    if (this.usesFp) this.set(this.fpTrap, this.cell('i32.load', L.FP_TRAP));
    this.loadRegisters();
    this.loadFlags();
    outer.appendCode(body);
    this.storeRegisters();
    this.storeFlags();
    this.setCell('i32.store', L.REMAINING, this.local(this.remaining, 'i32'));
    outer.localGet(this.result);
    return outer;
  }
}
