import type { MemoryOp, ValueType } from '../wasm/opcodes.js';
import type { Operand } from './encoding.js';
import { Expressions } from './expressions.js';
import { NZCV } from './layout.js';
import type { RuntimeFunction } from './runtime-api.js';
import { Value, i32, i64 } from './value.js';

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

  abstract v(operand: Operand): Value;
  abstract setV(operand: Operand, value: Value): void;
  /** The low 64 bits as i64. */
  abstract d(operand: Operand): Value;
  /** Writes the low 64 bits; the rest becomes zero. */
  abstract setD(operand: Operand, value: Value): void;
  /** The low 32 bits as i32. */
  abstract s(operand: Operand): Value;
  abstract setS(operand: Operand, value: Value): void;

  /** V register by a number known only when the instruction runs (LD1..LD4 lists, TBL), i32. */
  abstract vIndexed(number: Value): Value;
  abstract setVIndexed(number: Value, value: Value): void;

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
  abstract writeGuest(address: Value, size: number, parts: { op: MemoryOp; offset: number; value: Value }[], slow?: RuntimeFunction): void;

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
