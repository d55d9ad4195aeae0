import type { MemoryOp, ValueType } from '../wasm/opcodes.js';
import type { Operand } from './operands.js';
import { Expressions } from './expressions.js';
import { LINE_ADDEND, LINE_TAG, NZCV, TLB_LINES, TLB_LINE_SIZE, V_BASE } from './layout.js';
import type { RuntimeFunction } from './runtime-api.js';
import type { Value } from './value.js';
import { i32, i64, v128 } from './value.js';

/** Of what is written to guest memory at once: `offset` in bytes from its address. */
export interface GuestPart {
  op: MemoryOp;
  offset: number;
  value: Value;
}

/**
 * What an instruction's `emit` writes its meaning with. One implementation per tier: in the interpreter an operand
 * is a byte of the predecoded operation and a register is memory; in the translator operands are constants and
 * registers may be locals. Reads of registers and guest memory happen where they are called for, in order.
 */
export abstract class Builder extends Expressions {
  // ---- Operands ----------------------------------------------------------------------------------------------------

  /** The operation's 64-bit immediate, i64. */
  abstract immediate(): Value;
  /** The immediate's low half, i32. */
  abstract immediate32(): Value;
  /** A `small` operand, i32. */
  abstract number(operand: Operand): Value;
  /** Address of this instruction, i64. */
  abstract pc(): Value;

  // ---- General registers -----------------------------------------------------------------------------------------------

  /** 64-bit read. */
  abstract x(operand: Operand): Value;
  abstract setX(operand: Operand, value: Value): void;
  /** 32-bit read. */
  abstract w(operand: Operand): Value;
  /** 32-bit write; the upper half becomes zero. */
  setW(operand: Operand, value: Value): void {
    this.setX(operand, this.extendU(value));
  }

  /** Read or write by width: `sf` 1 is 64-bit. */
  r(operand: Operand, sf: number): Value {
    return sf ? this.x(operand) : this.w(operand);
  }

  setR(operand: Operand, sf: number, value: Value): void {
    if (sf) this.setX(operand, value);
    else this.setW(operand, value);
  }

  /** X30 by its fixed number, for BL and BLR. */
  abstract setLink(value: Value): void;

  // ---- SIMD and floating-point registers --------------------------------------------------------------------------------

  /** Place of a register's first byte, as `peekVector` takes it, i32. */
  vectorPlace(operand: Operand): Value {
    return this.shl(this.number(operand), i32(4));
  }

  v(operand: Operand): Value {
    return this.let(this.peekVector('v128.load', this.vectorPlace(operand)));
  }

  setV(operand: Operand, value: Value): void {
    this.pokeVector('v128.store', this.vectorPlace(operand), value);
  }

  /** The low 64 bits as i64. */
  d(operand: Operand): Value {
    return this.let(this.peekVector('i64.load', this.vectorPlace(operand)));
  }

  /** Writes the low 64 bits; the rest becomes zero. */
  setD(operand: Operand, value: Value): void {
    const place = this.let(this.vectorPlace(operand));
    this.pokeVector('i64.store', place, value);
    this.pokeVector('i64.store', place, i64(0n), 8);
  }

  /** The low 32 bits as i32. */
  s(operand: Operand): Value {
    return this.let(this.peekVector('i32.load', this.vectorPlace(operand)));
  }

  setS(operand: Operand, value: Value): void {
    this.setD(operand, this.extendU(value));
  }

  /** The scalar in a register's lowest bits as the host's number: f32 (`size` 2) or f64 (3). Its bits are kept. */
  float(operand: Operand, size: number): Value {
    return this.let(this.peekVector(size === 3 ? 'f64.load' : 'f32.load', this.vectorPlace(operand)));
  }

  /** Writes the scalar; the rest becomes zero. */
  setFloat(operand: Operand, size: number, value: Value): void {
    if (size === 3) this.setD(operand, this.op('i64.reinterpret_f64', value));
    else this.setS(operand, this.op('i32.reinterpret_f32', value));
  }

  /** V register by a number that is no operand of its own (LD1..LD4 lists, TBL), i32. */
  vIndexed(number: Value): Value {
    return this.let(this.peekVector('v128.load', this.shl(this.and(number, i32(31)), i32(4))));
  }

  setVIndexed(number: Value, value: Value): void {
    this.pokeVector('v128.store', this.shl(this.and(number, i32(31)), i32(4)), value);
  }

  /** Part of a register: `place`, i32, is 16 times its number plus a byte's; evaluated where it is used. */
  peekVector(op: MemoryOp, place: Value, offset = 0): Value {
    return this.peek(op, place, V_BASE + offset);
  }

  pokeVector(op: MemoryOp, place: Value, value: Value, offset = 0): void {
    this.poke(op, place, value, V_BASE + offset);
  }

  /** One of the bounds FP_* of `layout.ts`, as good as new after `floatStatusChanged`. */
  floatBound(op: MemoryOp, cell: number): Value {
    return this.cell(op, cell);
  }

  /** A runtime function has been called that may have set flags of FPSR. */
  floatStatusChanged(): void {}

  /** n * m + addend in each lane of f64x2 (`size` 3) or f32x4, rounded once; undefined where the host cannot be asked. */
  fused(_size: number, _n: Value, _m: Value, _addend: Value): Value | undefined {
    return undefined;
  }

  // ---- Flags ------------------------------------------------------------------------------------------------------------

  /** N, Z, C, V in bits 31..28, i32. */
  nzcv(): Value {
    return this.let(this.cell('i32.load', NZCV));
  }

  setNzcv(value: Value): void {
    this.setCell('i32.store', NZCV, value);
  }

  private topBit(value: Value): Value {
    return value.type === 'i32' ? this.shrU(value, i32(31)) : this.wrap(this.shrU(value, i64(63n)));
  }

  private pack(result: Value, carry: Value, overflow: Value): Value {
    const n = this.shl(this.topBit(result), i32(31));
    const z = this.shl(this.eqz(result), i32(30));
    return this.or(this.or(n, z), this.or(this.shl(carry, i32(29)), this.shl(overflow, i32(28))));
  }

  /** Flags of `a + b + carryIn = result`; for a subtraction `b` is the inverted subtrahend. All bound, one type. */
  flagsOfAdd(a: Value, b: Value, result: Value): Value {
    const carry = this.topBit(this.or(this.and(a, b), this.and(this.or(a, b), this.not(result))));
    const overflow = this.topBit(this.and(this.xor(a, result), this.xor(b, result)));
    return this.pack(result, carry, overflow);
  }

  /** Flags of `a - b = result`. */
  flagsOfSub(a: Value, b: Value, result: Value): Value {
    const overflow = this.topBit(this.and(this.xor(a, b), this.xor(a, result)));
    return this.pack(result, this.geU(a, b), overflow);
  }

  /** Flags of a logical result: C and V are zero. */
  flagsOfLogic(result: Value): Value {
    return this.or(this.shl(this.topBit(result), i32(31)), this.shl(this.eqz(result), i32(30)));
  }

  /** Flags of `a + b + carry = result`, carry 0 or 1 as i32. */
  flagsOfAddWithCarry(a: Value, b: Value, _carry: Value, result: Value): Value {
    return this.flagsOfAdd(a, b, result);
  }

  /** Flags of a comparison of two bound numbers of the host (manual: FPCompare); C and V where they are unordered. */
  flagsOfFloats(x: Value, y: Value): Value {
    const flag = (op: string, a: Value, b: Value): Value => this.op(`${x.type}.${op}`, a, b);
    const unordered = this.or(flag('ne', x, x), flag('ne', y, y));
    const n = this.shl(flag('lt', x, y), i32(31));
    const z = this.shl(flag('eq', x, y), i32(30));
    return this.or(this.or(n, z), this.or(this.shl(this.eqz(flag('lt', x, y)), i32(29)), this.shl(unordered, i32(28))));
  }

  /** One set of flags or the other, a number. `condition` i32, bound. */
  flagsIf(condition: Value, flags: Value, otherwise: Value): Value {
    return this.select(condition, flags, otherwise);
  }

  /** C, i32, 0 or 1. */
  carry(): Value {
    return this.and(this.shrU(this.nzcv(), i32(29)), i32(1));
  }

  /** Whether the condition in this operand (0..15, manual C1.2.4) holds: i32, 0 or 1. */
  abstract condition(operand: Operand): Value;

  // ---- Guest memory --------------------------------------------------------------------------------------------------------

  /**
   * Translates `address` for a read of `size` bytes, or leaves the instruction with an exception.
   * Yields a linear-memory address, bound, good until the next guest access. `slow` names another access function.
   */
  abstract readable(address: Value, size: number, slow?: RuntimeFunction): Value;

  /**
   * Writes the parts, `offset` bytes each from `address`, together `size` bytes, or leaves with an exception
   * before any of them is visible. Parts must not read guest memory.
   */
  abstract writeGuest(address: Value, size: number, parts: readonly GuestPart[], slow?: RuntimeFunction): void;

  /**
   * Makes `size` bytes zero, a multiple of 16. Memory that is zero is not written: the host then need not find a page for it, and
   * Linux clears all that it hands out.
   */
  abstract clearGuest(address: Value, size: number): void;

  protected storeParts(host: Value, parts: readonly GuestPart[]): void {
    for (const part of parts) this.poke(part.op, host, part.value, part.offset);
  }

  /** @param host bound */
  protected storeZeros(host: Value, parts: readonly GuestPart[]): void {
    const held = parts.map(({ offset }) => this.peek('v128.load', host, offset)).reduce((all, part) => this.op('v128.or', all, part));
    this.if(this.op('v128.any_true', held), () => this.storeParts(host, parts));
  }

  protected zeros(size: number): GuestPart[] {
    return Array.from({ length: size / 16 }, (_, at) => ({ op: 'v128.store', offset: at * 16, value: v128(0n, 0n) }));
  }

  /** The TLB bank in use, i32. */
  protected abstract tlbBank(): Value;

  /** The TLB line of an address: (VA[20:12] * 16) + bank. */
  protected tlbLine(address: Value, bank = this.tlbBank()): Value {
    const slot = this.and(this.wrap(this.shrU(address, i64(8n))), i32((TLB_LINES - 1) * TLB_LINE_SIZE));
    return this.add(slot, bank);
  }

  /** Whether the line holds the page of both the first and the last byte. */
  protected hits(line: Value, array: number, address: Value, size: number): Value {
    const page = this.and(size > 1 ? this.add(address, i64(BigInt(size - 1))) : address, i64(~0xfffn));
    return this.eq(this.peek('i64.load', line, array + LINE_TAG), page);
  }

  protected lineTarget(line: Value, array: number, address: Value): Value {
    return this.add(this.wrap(address), this.peek('i32.load', line, array + LINE_ADDEND));
  }

  /** One guest read, bound. `op` gives width and extension. */
  load(op: MemoryOp, address: Value, size: number): Value {
    return this.let(this.peek(op, this.readable(address, size)));
  }

  store(op: MemoryOp, address: Value, size: number, value: Value): void {
    this.writeGuest(address, size, [{ op, offset: 0, value }]);
  }

  // ---- Control ---------------------------------------------------------------------------------------------------------------

  /** Continues at an address computed by the guest. Nothing may follow in the row. */
  abstract jump(target: Value): void;
  /** Continues at the immediate, a byte distance from this instruction. Nothing may follow on this path. */
  abstract jumpRelative(): void;
  /** Calls the runtime for a value. */
  abstract call(name: RuntimeFunction, ...args: Value[]): Value;
  /** Calls the runtime for its effect. */
  abstract run(name: RuntimeFunction, ...args: Value[]): void;
  /** Calls a runtime function that may raise: leaves the instruction when it answers 1. */
  abstract attempt(name: RuntimeFunction, ...args: Value[]): void;
  /** Undefined below this exception level. */
  abstract requireLevel(level: number): void;
  /** Calls a runtime function that always takes an exception. Nothing may follow on this path. */
  abstract raise(name: RuntimeFunction, ...args: Value[]): void;

  /** A value of the type `sf` stands for. */
  integer(sf: number, value: number | bigint): Value {
    return sf ? i64(BigInt(value)) : i32(Number(value));
  }

  typeOf(sf: number): ValueType {
    return sf ? 'i64' : 'i32';
  }
}
