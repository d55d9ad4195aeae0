import { memoryOps, type MemoryOp, type OpcodeInfo, type ValueType } from './opcodes.js';

const valueTypeByte: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const BLOCK_VOID = 0x40;

export function typeByte(type: ValueType): number {
  return valueTypeByte[type];
}

/** A growing run of bytes in WebAssembly's binary encoding. */
export class Code {
  private bytes = new Uint8Array(256);
  length = 0;
  /** Positions of `if`s whose condition hardly ever holds: see `ifUnlikely`. */
  readonly unlikely: number[] = [];

  byte(value: number): this {
    if (this.length === this.bytes.length) this.grow(this.length + 1);
    this.bytes[this.length++] = value;
    return this;
  }

  /** Continues with what another piece of the same function holds. */
  appendCode(code: Code): this {
    for (const position of code.unlikely) this.unlikely.push(this.length + position);
    return this.append(code.toBytes());
  }

  append(bytes: ArrayLike<number>): this {
    const end = this.length + bytes.length;
    if (end > this.bytes.length) this.grow(end);
    this.bytes.set(bytes, this.length);
    this.length = end;
    return this;
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  /** Unsigned LEB128. */
  unsigned(value: number): this {
    do {
      const low = value & 0x7f;
      value >>>= 7;
      this.byte(value ? low | 0x80 : low);
    } while (value);
    return this;
  }

  /** Signed LEB128 of up to 64 bits. */
  signed(value: bigint): this {
    if (value >= -0x40000000n && value < 0x40000000n) return this.signed32(Number(value));
    for (;;) {
      const low = Number(value & 0x7fn);
      value >>= 7n;
      if ((value === 0n && !(low & 0x40)) || (value === -1n && low & 0x40)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  private signed32(value: number): this {
    for (;;) {
      const low = value & 0x7f;
      value >>= 7;
      if ((value === 0 && !(low & 0x40)) || (value === -1 && low & 0x40)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  op(info: OpcodeInfo, lane = 0): this {
    this.append(info.bytes);
    return info.lane ? this.byte(lane) : this;
  }

  memory(name: MemoryOp, offset: number): this {
    const [bytes, align] = memoryOps[name];
    // Guest accesses may be misaligned; alignment 0 promises nothing and costs nothing on the hosts that matter.
    return this.append(bytes).byte(Math.min(align, 0)).unsigned(offset);
  }

  i32Const(value: number): this {
    const word = value | 0;
    this.byte(0x41);
    return word >= -0x40000000 && word < 0x40000000 ? this.signed32(word) : this.signed(BigInt(word));
  }

  i64Const(value: bigint): this {
    return this.byte(0x42).signed(BigInt.asIntN(64, value));
  }

  localGet(index: number): this {
    return this.byte(0x20).unsigned(index);
  }

  localSet(index: number): this {
    return this.byte(0x21).unsigned(index);
  }

  call(functionIndex: number): this {
    return this.byte(0x10).unsigned(functionIndex);
  }

  br(depth: number): this {
    return this.byte(0x0c).unsigned(depth);
  }

  brIf(depth: number): this {
    return this.byte(0x0d).unsigned(depth);
  }

  /** By an i32 to the block so many levels out, or to `other`. */
  brTable(depths: readonly number[], other: number): this {
    this.byte(0x0e).unsigned(depths.length);
    for (const depth of depths) this.unsigned(depth);
    return this.unsigned(other);
  }

  block(): this {
    return this.byte(0x02).byte(BLOCK_VOID);
  }

  loop(): this {
    return this.byte(0x03).byte(BLOCK_VOID);
  }

  if(result?: ValueType): this {
    return this.byte(0x04).byte(result ? typeByte(result) : BLOCK_VOID);
  }

  /** An `if` that the engine may move out of the way (custom section metadata.code.branch_hint). */
  ifUnlikely(): this {
    this.unlikely.push(this.length);
    return this.if();
  }

  else(): this {
    return this.byte(0x05);
  }

  end(): this {
    return this.byte(0x0b);
  }

  return(): this {
    return this.byte(0x0f);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }
}
