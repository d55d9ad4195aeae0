import { Code } from '../../wasm/code.js';
import type { MemoryOp } from '../../wasm/opcodes.js';
import type { Operand } from '../encoding.js';
import * as L from '../layout.js';
import { runtimeFunctions, type RuntimeFunction } from '../runtime-api.js';
import { Value, i32, i64 } from '../value.js';
import { ConditionalFlags, FlagsValue, fusedCondition } from './flags.js';
import type { HostFeatures } from './host-features.js';
import { RegisterBuilder, type Place } from './registers.js';

/** Thrown by an `emit` that needs what only the interpreter does: the region ends before that instruction. */
export class Untranslatable extends Error {}

/** Runtime functions whose answer depends on more than their arguments. */
const IMPURE = new Set<RuntimeFunction>([
  'counterPhysical', 'counterVirtual', 'readTimerValue', 'readTimerControl', 'readCycleCounter', 'readIsr', 'readZeroProhibited', 'readCacheSize',
]);

/**
 * Writes one region as a function. Flags are kept as the operands that they come from, for as long as these are known
 * while translating; where blocks meet they are in locals. Nothing here raises an exception or touches a device: where
 * an instruction would, the region ends before it, and the interpreter executes it.
 */
export abstract class TranslatorBuilder extends RegisterBuilder {
  /** Depth of the block that ends at the epilogue. */
  protected exitDepth = 0;
  /** What the region answers: an offset from the page's operations with REGION_* bits, or REGION_JUMP. */
  protected readonly result = this.permanent('i32');
  protected readonly remaining = this.permanent('i32');
  protected readonly tlb = this.permanent('i32');
  private readonly fpTrap = this.permanent('i32');
  private usesFp = false;
  /** In this block it has been seen that FP and SIMD instructions do not trap. */
  private fpChecked = false;
  /** Where an instruction's own branches begin. */
  private instructionDepth = 0;
  private readonly flags = { kind: this.permanent('i32'), packed: this.permanent('i32'), a: this.permanent('i64'), b: this.permanent('i64') };
  private flagsTouched = false;
  /** The last setter of the flags, where it is known while translating; 'packed': the local holds them as a number. */
  private pending: FlagsValue | ConditionalFlags | 'packed' | undefined;

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
    this.pending = undefined;
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
    this.instructionDepth = this.depth;
    row.emit(this, row.namedOperands, statics);
  }

  protected override branches(then: () => void, otherwise?: () => void): void {
    const before = this.pending;
    const branch = (body: () => void): void => {
      this.pending = before;
      body();
    };
    super.branches(() => branch(then), otherwise && (() => branch(otherwise)));
    this.pending = before;
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
  protected bail(): void {
    this.leave(i32((this.place.instruction.index * L.OP_SIZE) | L.REGION_INTERPRET), this.place.charged);
  }

  jump(target: Value): void {
    this.setCell('i64.store', L.PC, target);
    this.leave(i32(L.REGION_JUMP), this.place.charged - 1);
  }

  jumpRelative(): void {
    const { row, fields, word, index } = this.place.instruction;
    const distance = Number(row.immediate!(fields, word));
    const target = index + distance / 4;
    if (target >= 0 && target < 1024) this.continueAt(target);
    else this.leavePage(this.add(this.cell('i64.load', L.PAGE_VA), i64(BigInt(index * 4 + distance))));
  }

  /** A jump that is known to end in another page. */
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

  attempt(name: RuntimeFunction): void {
    throw new Untranslatable(name);
  }

  run(name: RuntimeFunction): void {
    throw new Untranslatable(name);
  }

  call(name: RuntimeFunction, ...args: Value[]): Value {
    if (IMPURE.has(name)) throw new Untranslatable(name);
    return this.let(this.invocation(name, args));
  }

  private invocation(name: RuntimeFunction, args: Value[]): Value {
    const [result] = runtimeFunctions[name].results;
    if (!result) throw new Error(`${name} yields no value`);
    return new Value(result, (code) => {
      for (const arg of args) arg.write(code);
      code.call(this.functionIndex(name));
    });
  }

  override fused(size: number, n: Value, m: Value, addend: Value): Value | undefined {
    return this.features.fusedMultiplyAdd ? this.op(size === 3 ? 'f64x2.relaxed_madd' : 'f32x4.relaxed_madd', n, m, addend) : undefined;
  }

  // ---- Flags ---------------------------------------------------------------------------------------------------------------------------

  override flagsOfAdd(a: Value, b: Value, result: Value): Value {
    return new FlagsValue('add', a, b, result, super.flagsOfAdd(a, b, result));
  }

  override flagsOfAddWithCarry(a: Value, b: Value, carry: Value, result: Value): Value {
    return new FlagsValue('add', a, b, result, super.flagsOfAdd(a, b, result), carry);
  }

  override flagsOfSub(a: Value, b: Value, result: Value): Value {
    return new FlagsValue('sub', a, b, result, super.flagsOfSub(a, b, result));
  }

  override flagsOfLogic(result: Value): Value {
    return new FlagsValue('logic', result, result, result, super.flagsOfLogic(result));
  }

  override flagsOfFloats(x: Value, y: Value): Value {
    return new FlagsValue('float', x, y, x, super.flagsOfFloats(x, y));
  }

  override flagsIf(condition: Value, flags: Value, otherwise: Value): Value {
    const packed = super.flagsIf(condition, flags, otherwise);
    return flags instanceof FlagsValue ? new ConditionalFlags(condition, flags, otherwise, packed) : packed;
  }

  override setNzcv(value: Value): void {
    if (this.depth !== this.instructionDepth) throw new Error('flags are set in one branch of an instruction');
    this.flagsTouched = true;
    if (value instanceof FlagsValue || value instanceof ConditionalFlags) this.pending = value;
    else this.setPacked(value);
  }

  private setPacked(value: Value): void {
    this.set(this.flags.packed, value);
    this.set(this.flags.kind, i32(0));
    this.pending = 'packed';
  }

  /** Brings the flags into their locals: who goes on from here does not know where they come from. */
  protected settleFlags(): void {
    const { pending, flags } = this;
    if (pending === undefined || pending === 'packed') return;
    const source = pending instanceof FlagsValue ? pending : pending.flags;
    const [a, b] = source.operands(this);
    this.set(flags.a, a);
    this.set(flags.b, b);
    if (pending instanceof FlagsValue) return this.set(flags.kind, source.kind(this));
    this.set(flags.kind, this.select(pending.condition, source.kind(this), i32(0)));
    this.set(flags.packed, pending.otherwise);
  }

  /** Makes the flags one number: from operands in locals, whose operation may be known only at run time. */
  private packed(): Value {
    const { kind, a, b, packed } = this.flags;
    const operands = [this.local(kind, 'i32'), this.local(a, 'i64'), this.local(b, 'i64')];
    return this.choose(this.local(kind, 'i32'), this.invocation('packFlags', operands), this.local(packed, 'i32'));
  }

  override nzcv(): Value {
    this.flagsTouched = true;
    const { pending } = this;
    if (pending instanceof FlagsValue || pending instanceof ConditionalFlags) return this.let(pending);
    if (pending === undefined) this.setPacked(this.packed());
    return this.let(this.local(this.flags.packed, 'i32'));
  }

  condition(operand: Operand): Value {
    return this.conditionOf(this.encoded(operand));
  }

  override carry(): Value {
    return this.conditionOf(2);
  }

  private conditionOf(cond: number): Value {
    if (cond >= 14) return i32(1);
    const { pending } = this;
    const fused = pending === undefined || pending === 'packed' ? undefined : fusedCondition(this, cond, pending);
    return fused ?? this.packedCondition(cond);
  }

  private packedCondition(cond: number): Value {
    const flags = this.nzcv();
    const bit = (n: number): Value => this.and(this.shrU(flags, i32(n)), i32(1));
    const nIsV = (): Value => this.eq(bit(31), bit(28));
    const values: (() => Value)[] = [
      () => bit(30), () => bit(29), () => bit(31), () => bit(28),
      () => this.eq(this.and(flags, i32(0x60000000)), i32(0x20000000)),
      nIsV,
      () => this.and(nIsV(), this.eqz(bit(30))),
    ];
    const value = values[cond >> 1]!();
    return cond & 1 ? this.eqz(value) : value;
  }

  // ---- Guest memory -------------------------------------------------------------------------------------------------------------------------

  protected tlbBank(): Value {
    return this.local(this.tlb, 'i32');
  }

  private translateAddress(address: Value, size: number, array: number, refill: RuntimeFunction): Value {
    const line = this.let(this.tlbLine(address));
    const host = this.variable('i32');
    this.ifUnlikely(
      this.eqz(this.hits(line, array, address, size)),
      () => {
        host.set(this.invocation(refill, [address, i32(size)]));
        this.if(this.eq(host.get(), i32(-1)), () => this.bail());
      },
      () => host.set(this.lineTarget(line, array, address)),
    );
    return host.get();
  }

  readable(address: Value, size: number, slow: RuntimeFunction = 'readSlow'): Value {
    if (slow !== 'readSlow') throw new Untranslatable(slow);
    return this.translateAddress(this.let(address), size, L.TLB_READ, 'refillRead');
  }

  writeGuest(address: Value, size: number, parts: { op: MemoryOp; offset: number; value: Value }[], slow: RuntimeFunction = 'writeSlow'): void {
    if (slow !== 'writeSlow') throw new Untranslatable(slow);
    const host = this.translateAddress(this.let(address), size, L.TLB_WRITE, 'refillWrite');
    for (const part of parts) this.poke(part.op, host, part.value, part.offset);
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
    if (this.flagsTouched) this.set(this.flags.packed, this.cell('i32.load', L.NZCV));
    outer.appendCode(body);
    this.storeRegisters();
    if (this.flagsTouched) this.setCell('i32.store', L.NZCV, this.packed());
    this.setCell('i32.store', L.REMAINING, this.local(this.remaining, 'i32'));
    outer.localGet(this.result);
    return outer;
  }
}
