import { Code } from '../../wasm/code.js';
import type { MemoryOp, ValueType } from '../../wasm/opcodes.js';
import { Builder } from '../builder.js';
import type { Operand } from '../operands.js';
import { Locals } from '../interpreter/builder.js';
import * as L from '../layout.js';
import { Value, i32, i64, v128 } from '../value.js';
import type { Instruction } from './flow.js';

/** Where the translation of an instruction is. */
export interface Place {
  instruction: Instruction;
  /** Instructions of its block that have been charged to the slice and are not done yet, this one included. */
  charged: number;
}

/** A vector register's lowest bits as a number in a local of its own: as good as the register, and cheaper. */
interface View {
  size: number;
  local: number;
}

const zero = v128(0n, 0n);

/** How lanes are read from and written to a register that is a local, by memory instruction. */
const laneReads: Partial<Record<MemoryOp, [lane: string, bytes: number, extend?: string]>> = {
  'i64.load8_u': ['i8x16.extract_lane_u', 1, 'i64.extend_i32_u'],
  'i64.load8_s': ['i8x16.extract_lane_s', 1, 'i64.extend_i32_s'],
  'i64.load16_u': ['i16x8.extract_lane_u', 2, 'i64.extend_i32_u'],
  'i64.load16_s': ['i16x8.extract_lane_s', 2, 'i64.extend_i32_s'],
  'i64.load32_u': ['i32x4.extract_lane', 4, 'i64.extend_i32_u'],
  'i64.load32_s': ['i32x4.extract_lane', 4, 'i64.extend_i32_s'],
  'i64.load': ['i64x2.extract_lane', 8],
  'i32.load16_u': ['i16x8.extract_lane_u', 2],
  'i32.load': ['i32x4.extract_lane', 4],
};
const laneWrites: Partial<Record<MemoryOp, [lane: string, bytes: number]>> = {
  'i64.store8': ['i8x16.replace_lane', 1],
  'i64.store16': ['i16x8.replace_lane', 2],
  'i64.store32': ['i32x4.replace_lane', 4],
  'i64.store': ['i64x2.replace_lane', 8],
};

/** The guest's registers in a translated region: those that it uses are locals, loaded once at its start. */
export abstract class RegisterBuilder extends Builder {
  protected code = new Code();
  protected readonly locals = new Locals(1);
  protected place!: Place;
  private readonly registers = new Map<number, number>();
  private readonly written = new Set<number>();
  private readonly vectors = new Map<number, number>();
  private readonly vectorsWritten = new Set<number>();
  /** What is known in this block, by vector register. */
  private views = new Map<number, View>();
  /** How many of its lowest bits a general register may have set, where this block has written it. */
  private narrow = new Map<number, number>();
  private readonly bounds = new Map<number, { op: MemoryOp; local: number }>();

  protected newLocal(type: ValueType): number {
    return this.locals.take(type);
  }

  /** A local that is never released. */
  protected permanent(type: ValueType): number {
    return this.locals.keep(type);
  }

  protected local(index: number, type: ValueType): Value {
    return new Value(type, (code) => code.localGet(index));
  }

  protected set(index: number, value: Value): void {
    value.write(this.code);
    this.code.localSet(index);
  }

  protected beginBlock(): void {
    this.locals.release();
    this.views.clear();
    this.narrow.clear();
  }

  protected override branches(then: () => void, otherwise?: () => void): void {
    const before = { views: this.views, narrow: this.narrow };
    const branch = (body: () => void): typeof before => {
      this.views = new Map(before.views);
      this.narrow = new Map(before.narrow);
      body();
      return { views: this.views, narrow: this.narrow };
    };
    let after = before;
    let other = before;
    super.branches(() => (after = branch(then)), otherwise && (() => (other = branch(otherwise))));
    // After both, what neither changed still holds.
    this.views = new Map([...before.views].filter(([n, view]) => after.views.get(n) === view && other.views.get(n) === view));
    this.narrow = new Map([...before.narrow].filter(([slot, bits]) => after.narrow.get(slot) === bits && other.narrow.get(slot) === bits));
  }

  // ---- Operands and general registers ------------------------------------------------------------------------------

  protected encoded(operand: Operand): number {
    const { fields } = this.place.instruction;
    return operand.rule.encode(fields[operand.rule.letter], fields);
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
    return slot === L.SLOT_ZR ? i64(0n) : this.let(this.held(slot));
  }

  /** A register's local, with what is known in this block of what it holds. */
  private held(slot: number): Value {
    const local = this.register(slot);
    return new Value('i64', (code) => code.localGet(local), undefined, { bits: this.narrow.get(slot) ?? 64 });
  }

  w(operand: Operand): Value {
    const slot = this.encoded(operand);
    return slot === L.SLOT_ZR ? i32(0) : this.let(this.wrap(this.held(slot)));
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
    this.narrow.set(slot, value.bits);
  }

  // ---- SIMD and floating-point registers ---------------------------------------------------------------------------

  private vector(n: number): Value {
    let local = this.vectors.get(n);
    if (local === undefined) {
      local = this.permanent('v128');
      this.vectors.set(n, local);
    }
    return this.local(local, 'v128');
  }

  private setVector(n: number, value: Value): void {
    this.vector(n);
    this.set(this.vectors.get(n)!, value);
    this.vectorsWritten.add(n);
    this.views.delete(n);
  }

  override v(operand: Operand): Value {
    return this.let(this.vector(this.encoded(operand)));
  }

  override float(operand: Operand, size: number): Value {
    const n = this.encoded(operand);
    const type = size === 3 ? 'f64' : 'f32';
    let view = this.views.get(n);
    if (view?.size !== size) {
      view = { size, local: this.newLocal(type) };
      this.set(view.local, this.lane(size === 3 ? 'f64x2.extract_lane' : 'f32x4.extract_lane', 0, this.vector(n)));
      this.views.set(n, view);
    }
    return this.local(view.local, type);
  }

  override setFloat(operand: Operand, size: number, value: Value): void {
    const n = this.encoded(operand);
    const type = size === 3 ? 'f64' : 'f32';
    const view = { size, local: this.newLocal(type) };
    this.set(view.local, value);
    this.setVector(n, this.lane(size === 3 ? 'f64x2.replace_lane' : 'f32x4.replace_lane', 0, zero, this.local(view.local, type)));
    this.views.set(n, view);
  }

  override setD(operand: Operand, value: Value): void {
    this.setVector(this.encoded(operand), this.lane('i64x2.replace_lane', 0, zero, value));
  }

  /** Register number and byte of a place, which is known while translating. */
  private placeOf(place: Value, offset: number): [n: number, byte: number] {
    if (place.constant === undefined) throw new Error('no register is chosen while an instruction runs');
    const at = Number(place.constant) + offset;
    return [at >> 4, at & 15];
  }

  override peekVector(op: MemoryOp, place: Value, offset = 0): Value {
    const [n, byte] = this.placeOf(place, offset);
    if (op === 'v128.load') return this.vector(n);
    const [lane, bytes, extend] = laneReads[op]!;
    const value = this.lane(lane, byte / bytes, this.vector(n));
    return extend ? this.op(extend, value) : value;
  }

  override pokeVector(op: MemoryOp, place: Value, value: Value, offset = 0): void {
    const [n, byte] = this.placeOf(place, offset);
    if (op === 'v128.store') return this.setVector(n, value);
    const [lane, bytes] = laneWrites[op]!;
    this.setVector(n, this.lane(lane, byte / bytes, this.vector(n), bytes < 8 ? this.wrap(value) : value));
  }

  override floatBound(op: MemoryOp, cell: number): Value {
    const type = op.slice(0, op.indexOf('.')) as ValueType;
    let bound = this.bounds.get(cell);
    if (!bound) {
      bound = { op, local: this.permanent(type) };
      this.bounds.set(cell, bound);
    }
    return this.local(bound.local, type);
  }

  override floatStatusChanged(): void {
    for (const [cell, { op, local }] of this.bounds) this.set(local, this.cell(op, cell));
  }

  // ---- Start and end of the region -----------------------------------------------------------------------------------

  protected loadRegisters(): void {
    for (const [slot, local] of this.registers) this.set(local, this.cell('i64.load', L.X_BASE + slot * 8));
    for (const [n, local] of this.vectors) this.set(local, this.cell('v128.load', L.V_BASE + n * 16));
    this.floatStatusChanged();
  }

  protected storeRegisters(): void {
    for (const slot of this.written) this.setCell('i64.store', L.X_BASE + slot * 8, this.local(this.registers.get(slot)!, 'i64'));
    for (const n of this.vectorsWritten) this.setCell('v128.store', L.V_BASE + n * 16, this.local(this.vectors.get(n)!, 'v128'));
  }
}
