/** What the SIMD rows share: elements of a vector, arrangements, and how a result reaches its register. */
import type { Builder } from '../../builder.js';
import type { Fields, Operand } from '../../encoding.js';
import { SR_FPSR, SYSREG_BASE } from '../../layout.js';
import type { Value } from '../../value.js';
import { i32, i64, v128 } from '../../value.js';

/** WebAssembly's name of a vector of elements of `8 << size` bits. */
export const shapeNames = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const;

/** How many elements of which size (log2 of bytes) an instruction works on; a scalar form has one. */
export interface Arrangement {
  readonly size: number;
  readonly lanes: number;
}

/** The arrangement of a vector form: 64 or 128 bits of elements. */
export function arrangement(size: number, Q: number): Arrangement {
  return { size, lanes: (8 << Q) >> size };
}

/** Two operands to one vector. `d` reads the destination's old value, for instructions that accumulate. */
export type BinaryOperation = (b: Builder, n: Value, m: Value, shape: Arrangement, d: () => Value) => Value;
/** One operand to one vector. */
export type UnaryOperation = (b: Builder, n: Value, shape: Arrangement, d: () => Value) => Value;

export const zeroVector = v128(0n, 0n);

/** The element as i64, sign- or zero-extended. */
export function element(b: Builder, vector: Value, size: number, lane: number, isSigned = false): Value {
  const name = `${shapeNames[size]!}.extract_lane`;
  if (size === 3) return b.lane(name, lane, vector);
  const value = b.lane(size === 2 ? name : `${name}_${isSigned ? 's' : 'u'}`, lane, vector);
  return isSigned ? b.extendS(value) : b.extendU(value);
}

/** The vector with one element replaced by the low bits of an i64. */
export function withElement(b: Builder, vector: Value, size: number, lane: number, value: Value): Value {
  return b.lane(`${shapeNames[size]!}.replace_lane`, lane, vector, size === 3 ? value : b.wrap(value));
}

/** A vector of computed elements (i64 each); the elements beyond are zero. */
export function collect(b: Builder, shape: Arrangement, compute: (lane: number) => Value): Value {
  const result = b.variable('v128', zeroVector);
  for (let lane = 0; lane < shape.lanes; lane++) result.set(withElement(b, result.get(), shape.size, lane, compute(lane)));
  return result.get();
}

/** A two-operand operation defined on elements (i64, extended as said). */
export function perElement(isSigned: boolean, f: (b: Builder, n: Value, m: Value, size: number) => Value): BinaryOperation {
  return (b, n, m, shape) =>
    collect(b, shape, (i) =>
      f(b, b.let(element(b, n, shape.size, i, isSigned)), b.let(element(b, m, shape.size, i, isSigned)), shape.size),
    );
}

/** A one-operand operation defined on elements. */
export function perElementUnary(isSigned: boolean, f: (b: Builder, n: Value, size: number) => Value): UnaryOperation {
  return (b, n, shape) => collect(b, shape, (i) => f(b, b.let(element(b, n, shape.size, i, isSigned)), shape.size));
}

/** Writes the arrangement's bits of `value`; the rest of the register becomes zero. */
export function setVector(b: Builder, d: Operand, { size, lanes }: Arrangement, value: Value): void {
  const bits = lanes * (8 << size);
  if (bits === 128) return b.setV(d, value);
  const low = b.lane('i64x2.extract_lane', 0, value);
  b.setD(d, bits === 64 ? low : b.and(low, i64((1n << BigInt(bits)) - 1n)));
}

/** Wide forms ("2" in the mnemonic) take their narrow operand from the upper half: first lane of that half. */
export const upperHalf = (size: number, Q: number): number => (Q ? 8 >> size : 0);

/** -1 or 0, i64, from a condition. */
export function maskOf(b: Builder, condition: Value): Value {
  return b.sub(i64(0n), b.extendU(condition));
}

/** FPSR.QC becomes 1 where the condition (i32) holds. */
export function saturated(b: Builder, condition: Value): void {
  b.if(condition, () => {
    const address = SYSREG_BASE + SR_FPSR * 8;
    b.setCell('i32.store', address, b.or(b.cell('i32.load', address), i32(1 << 27)));
  });
}

/** Sizes of a row that exist as vectors: no lone 64-bit element. */
export function vectorAllocated(sizes: readonly number[]): (f: Fields) => boolean {
  return (f) => sizes.includes(f.z) && !(f.z === 3 && !f.Q);
}

/** The combinations of statics that `vectorAllocated` lets through. */
export const vectorExists = ({ z, Q }: Readonly<Record<'z' | 'Q', number>>): boolean => !(z === 3 && !Q);
