import type { Operand } from '../operands.js';
import * as L from '../layout.js';
import type { RuntimeFunction } from '../runtime-api.js';
import { i32, type Value } from '../value.js';
import { ConditionalFlags, FlagsValue, fusedCondition } from './flags.js';
import { RegisterBuilder } from './registers.js';

/**
 * NZCV in a translated region: the operands that the flags come from, for as long as these are known while translating.
 * Where blocks meet, and where the region is left, they are in locals: an operation by its kind, or, kind 0, a number.
 */
export abstract class FlagBuilder extends RegisterBuilder {
  private readonly flags = {
    kind: this.permanent('i32'),
    packed: this.permanent('i32'),
    a: this.permanent('i64'),
    b: this.permanent('i64'),
  };
  private flagsTouched = false;
  /** The last setter of the flags, where it is known while translating; 'packed': the local holds them as a number. */
  private pending: FlagsValue | ConditionalFlags | 'packed' | undefined;
  /** Where an instruction's own branches begin. */
  private instructionDepth = 0;

  protected abstract invocation(name: RuntimeFunction, args: Value[]): Value;

  /** At the start of a block nothing is known of what came before. */
  protected override beginBlock(): void {
    super.beginBlock();
    this.pending = undefined;
  }

  protected beginInstruction(): void {
    this.instructionDepth = this.depth;
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
      () => bit(30),
      () => bit(29),
      () => bit(31),
      () => bit(28),
      () => this.eq(this.and(flags, i32(0x60000000)), i32(0x20000000)),
      nIsV,
      () => this.and(nIsV(), this.eqz(bit(30))),
    ];
    const value = values[cond >> 1]!();
    return cond & 1 ? this.eqz(value) : value;
  }

  protected loadFlags(): void {
    if (this.flagsTouched) this.set(this.flags.packed, this.cell('i32.load', L.NZCV));
  }

  protected storeFlags(): void {
    if (this.flagsTouched) this.setCell('i32.store', L.NZCV, this.packed());
  }
}
