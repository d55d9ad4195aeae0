import type { Code } from '../wasm/code.js';
import type { ValueType } from '../wasm/opcodes.js';

export interface Known {
  /** How many of its lowest bits may be set. */
  bits?: number | undefined;
  /** It is the sum of anything and of a number that has at most so many bits: the place of an entry of a table. */
  spread?: number | undefined;
}

/** A pure WebAssembly expression: writing it twice computes it twice, so anything used twice is bound to a local. */
export class Value {
  constructor(
    readonly type: ValueType,
    readonly write: (code: Code) => void,
    /** The value, where it is known while code is generated; integers as unsigned. */
    readonly constant?: bigint,
    /** What is known of an integer that is no constant. */
    readonly known: Known = {},
  ) {}

  /** Only so many of an integer's lowest bits may be set. */
  get bits(): number {
    if (this.constant !== undefined) return this.constant.toString(2).length;
    return this.known.bits ?? (this.type === 'i32' ? 32 : 64);
  }
}

export function i32(value: number): Value {
  return new Value('i32', (code) => code.i32Const(value), BigInt(value >>> 0));
}

export function i64(value: bigint): Value {
  return new Value('i64', (code) => code.i64Const(value), BigInt.asUintN(64, value));
}

export const f32 = (value: number): Value =>
  new Value('f32', (code) => code.byte(0x43).append(new Uint8Array(Float32Array.of(value).buffer)));
export const f64 = (value: number): Value =>
  new Value('f64', (code) => code.byte(0x44).append(new Uint8Array(Float64Array.of(value).buffer)));

/** A v128 constant from its two halves, low first. */
export function v128(low: bigint, high: bigint): Value {
  return new Value('v128', (code) => {
    code.append([0xfd, 12]);
    for (const half of [low, high]) for (let i = 0n; i < 64n; i += 8n) code.byte(Number((half >> i) & 0xffn));
  });
}
