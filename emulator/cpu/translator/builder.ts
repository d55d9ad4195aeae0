import { Code } from '../../wasm/code.js';
import type { MemoryOp, ValueType } from '../../wasm/opcodes.js';
import { Builder } from '../builder.js';
import type { Operand } from '../encoding.js';
import { Locals } from '../interpreter/builder.js';
import * as L from '../layout.js';
import { runtimeFunctions, type RuntimeFunction } from '../runtime-api.js';
import { Value, i32, i64 } from '../value.js';
import { FlagsValue, fusedCondition } from './flags.js';
import type { Instruction } from './flow.js';

/** Thrown by an `emit` that needs what only the interpreter does: the region ends before that instruction. */
export class Untranslatable extends Error {}

/** Runtime functions whose answer depends on more than their arguments. */
const IMPURE = new Set<RuntimeFunction>([
  'counterPhysical', 'counterVirtual', 'readTimerValue', 'readTimerControl', 'readCycleCounter', 'readIsr', 'readZeroProhibited', 'readCacheSize',
]);

/** Where an instruction stands while it is translated. */
export interface Place {
  instruction: Instruction;
  /** Address of its predecoded operation. */
  ip: number;
  /** Instructions of its block that have been charged to the slice and are not done yet, this one included. */
  charged: number;
}

/**
 * Writes one region as a function. Registers that the region uses live in locals, loaded once at its start and stored
 * once at its end; flags are kept as the operands that they come from. Nothing here raises an exception or touches a
 * device: where an instruction would, the region ends before it, and the interpreter executes it.
 */
export abstract class TranslatorBuilder extends Builder {
  protected code = new Code();
  protected readonly locals = new Locals(0);
  protected place!: Place;
  /** Depth of the block that ends at the epilogue. */
  protected exitDepth = 0;
  protected readonly result = this.permanent('i32');
  protected readonly remaining = this.permanent('i32');
  protected readonly tlb = this.permanent('i32');
  private readonly registers = new Map<number, number>();
  private readonly written = new Set<number>();
  private readonly flags = { kind: this.permanent('i32'), packed: this.permanent('i32'), a: this.permanent('i64'), b: this.permanent('i64'), result: this.permanent('i64') };
  private flagsTouched = false;
  /** The last setter of the flags, where it is known while translating. */
  private pending: FlagsValue | 'packed' | undefined;
  private fpChecked = false;

  constructor(private readonly functionIndex: (name: RuntimeFunction) => number) {
    super();
  }

  /** Continues with the instruction at a position of the page: a block of this region, or out of it. */
  protected abstract continueAt(index: number): void;

  protected newLocal(type: ValueType): number {
    return this.locals.take(type);
  }

  /** A local that is never released. */
  private permanent(type: ValueType): number {
    return this.locals.keep(type);
  }

  protected local(index: number, type: ValueType): Value {
    return new Value(type, (code) => code.localGet(index));
  }

  protected set(index: number, value: Value): void {
    value.write(this.code);
    this.code.localSet(index);
  }

  // ---- Blocks and instructions -----------------------------------------------------------------------------------------------

  /** At the start of a block nothing is known of what came before. */
  protected beginBlock(): void {
    this.locals.release();
    this.pending = undefined;
    this.fpChecked = false;
  }

  protected translate(place: Place): void {
    this.place = place;
    const { row, statics } = place.instruction;
    if (row.fp && !this.fpChecked) {
      this.ifUnlikely(this.cell('i32.load', L.FP_TRAP), () => this.bail());
      this.fpChecked = true;
    }
    row.emit(this, row.namedOperands, statics);
  }

  protected override branches(then: () => void, otherwise?: () => void): void {
    const before = this.pending;
    let changed = false;
    const branch = (body: () => void): void => {
      this.pending = before;
      body();
      changed ||= this.pending !== before;
    };
    super.branches(() => branch(then), otherwise && (() => branch(otherwise)));
    this.pending = changed ? undefined : before;
  }

  // ---- Leaving -------------------------------------------------------------------------------------------------------------------

  /** Leaves the region; `unused` instructions were charged and not executed. */
  protected leave(result: number, unused: number): void {
    if (unused) this.set(this.remaining, this.add(this.local(this.remaining, 'i32'), i32(unused)));
    this.set(this.result, i32(result));
    this.code.br(this.depth - this.exitDepth);
  }

  /** Leaves the present instruction, of which nothing has been done, to the interpreter. */
  protected bail(): void {
    this.leave(this.place.ip | L.REGION_INTERPRET, this.place.charged);
  }

  jump(target: Value): void {
    this.setCell('i64.store', L.PC, target);
    this.leave(L.REGION_JUMP, this.place.charged - 1);
  }

  jumpRelative(): void {
    const { row, fields, word, index } = this.place.instruction;
    const distance = Number(row.immediate!(fields, word));
    const target = index + distance / 4;
    if (target >= 0 && target < 1024) this.continueAt(target);
    else this.jump(this.add(this.cell('i64.load', L.PAGE_VA), i64(BigInt(index * 4 + distance))));
  }

  raise(): void {
    this.bail();
  }

  requireLevel(level: number): void {
    if (level) this.if(this.ltU(this.cell('i32.load', L.EL), i32(level)), () => this.bail());
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

  // ---- Operands and registers ----------------------------------------------------------------------------------------------------

  private encoded(operand: Operand): number {
    const { fields } = this.place.instruction;
    return operand.rule.encode(fields[operand.rule.letter]!, fields);
  }

  immediate(): Value {
    const { row, fields, word } = this.place.instruction;
    return i64(BigInt.asUintN(64, row.immediate!(fields, word)));
  }

  immediate32(): Value {
    return this.wrap(this.immediate());
  }

  number(operand: Operand): Value {
    return i32(this.encoded(operand) & 0xff);
  }

  pc(): Value {
    return this.add(this.cell('i64.load', L.PAGE_VA), i64(BigInt(this.place.instruction.index * 4)));
  }

  private register(slot: number): number {
    let local = this.registers.get(slot);
    if (local === undefined) {
      local = this.permanent('i64');
      this.registers.set(slot, local);
    }
    return local;
  }

  x(operand: Operand): Value {
    const slot = this.encoded(operand);
    return slot === L.SLOT_ZR ? i64(0n) : this.let(this.local(this.register(slot), 'i64'));
  }

  w(operand: Operand): Value {
    const slot = this.encoded(operand);
    return slot === L.SLOT_ZR ? i32(0) : this.let(this.op('i32.wrap_i64', this.local(this.register(slot), 'i64')));
  }

  setX(operand: Operand, value: Value): void {
    this.setSlot(this.encoded(operand), value);
  }

  setLink(value: Value): void {
    this.setSlot(30, value);
  }

  private setSlot(slot: number, value: Value): void {
    if (slot === L.SLOT_SINK) return;
    this.set(this.register(slot), value);
    this.written.add(slot);
  }

  protected vectorAddress(operand: Operand): Value {
    return i32(this.encoded(operand) * 16);
  }

  // ---- Flags ---------------------------------------------------------------------------------------------------------------------------

  override flagsOfAdd(a: Value, b: Value, result: Value): Value {
    return new FlagsValue('add', a, b, result, super.flagsOfAdd(a, b, result));
  }

  override flagsOfSub(a: Value, b: Value, result: Value): Value {
    return new FlagsValue('sub', a, b, result, super.flagsOfSub(a, b, result));
  }

  override flagsOfLogic(result: Value): Value {
    return new FlagsValue('logic', result, result, result, super.flagsOfLogic(result));
  }

  override setNzcv(value: Value): void {
    this.flagsTouched = true;
    if (!(value instanceof FlagsValue)) {
      this.set(this.flags.packed, value);
      this.set(this.flags.kind, i32(0));
      this.pending = 'packed';
      return;
    }
    const wide = (v: Value): Value => (v.type === 'i32' ? this.extendS(v) : v);
    this.set(this.flags.kind, i32(value.kindNumber));
    if (value.operation !== 'logic') {
      this.set(this.flags.a, wide(value.a));
      this.set(this.flags.b, wide(value.b));
    }
    this.set(this.flags.result, wide(value.result));
    this.pending = value;
  }

  /** Makes the flags one number: from operands in locals, whose operation may be known only at run time. */
  private packed(): Value {
    const { kind, a, b, result } = this.flags;
    const operands = [this.local(kind, 'i32'), this.local(a, 'i64'), this.local(b, 'i64'), this.local(result, 'i64')];
    return this.choose(this.local(kind, 'i32'), this.invocation('packFlags', operands), this.local(this.flags.packed, 'i32'));
  }

  override nzcv(): Value {
    this.flagsTouched = true;
    if (this.pending !== 'packed') {
      this.set(this.flags.packed, this.packed());
      this.set(this.flags.kind, i32(0));
      this.pending = 'packed';
    }
    return this.let(this.local(this.flags.packed, 'i32'));
  }

  condition(operand: Operand): Value {
    const cond = this.encoded(operand);
    if (cond >= 14) return i32(1);
    const fused = this.pending instanceof FlagsValue ? fusedCondition(this, cond, this.pending) : undefined;
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
    for (const [slot, local] of this.registers) this.set(local, this.cell('i64.load', L.X_BASE + slot * 8));
    if (this.flagsTouched) this.set(this.flags.packed, this.cell('i32.load', L.NZCV));
    outer.appendCode(body);
    for (const slot of this.written) this.setCell('i64.store', L.X_BASE + slot * 8, this.local(this.registers.get(slot)!, 'i64'));
    if (this.flagsTouched) this.setCell('i32.store', L.NZCV, this.packed());
    this.setCell('i32.store', L.REMAINING, this.local(this.remaining, 'i32'));
    outer.localGet(this.result);
    return outer;
  }
}
