/**
 * Host arithmetic where it provably gives Arm's answer and touches no flag. The host rounds to nearest even and tells
 * nothing about exceptions, so it computes only while FPCR asks for nothing special and FPSR.IXC is set already, and
 * its result says whether anything else can have happened. A finite sum had finite operands, and is exact where it is
 * denormal. A normal product, quotient or fused result (normal before it was rounded, too) involved neither NaN,
 * overflow, underflow nor a division by zero. Everything else goes to the runtime's exact functions (core/fp), which
 * are the definition. The bounds that results are checked against are 0 while the host may not compute (layout.ts).
 */
import type { Builder } from '../../builder.js';
import * as L from '../../layout.js';
import { f32, f64, i32, i64, type Value } from '../../value.js';
import type { Arrangement } from './lanes.js';

/** What must be known of a result before it counts. */
type Proof = 'finite' | 'normal';

export const hostType = (size: number): 'f32' | 'f64' => (size === 3 ? 'f64' : 'f32');

export const hostNumber = (size: number, value: number): Value => (size === 3 ? f64(value) : f32(value));

/** A bit pattern, i64, as the host's number. */
export function toHost(b: Builder, bits: Value, size: number): Value {
  return size === 3 ? b.op('f64.reinterpret_i64', bits) : b.op('f32.reinterpret_i32', b.wrap(bits));
}

/** The host's number as a bit pattern, i64. */
export function fromHost(b: Builder, value: Value, size: number): Value {
  return size === 3 ? b.op('i64.reinterpret_f64', value) : b.extendU(b.op('i32.reinterpret_f32', value));
}

const finiteBound = (b: Builder, size: number): Value =>
  size === 3 ? b.floatBound('i64.load', L.FP_FINITE_D) : b.floatBound('i32.load', L.FP_FINITE_S);

/** FPCR's modes are the host's, and one inexact result more changes nothing. */
export const hostMayRound = (b: Builder): Value => b.ne(finiteBound(b, 2), i32(0));

/** Whether the host may compute, and a bound number is what the proof asks for. */
function holds(b: Builder, value: Value, size: number, proof: Proof): Value {
  // Doubled, to lose the sign.
  const bits = size === 3 ? b.shl(b.op('i64.reinterpret_f64', value), i64(1n)) : b.shl(b.op('i32.reinterpret_f32', value), i32(1));
  if (proof === 'finite') return b.ltU(bits, finiteBound(b, size));
  return size === 3
    ? b.ltU(b.sub(bits, b.floatBound('i64.load', L.FP_LEAST_D)), b.floatBound('i64.load', L.FP_NORMAL_D))
    : b.ltU(b.sub(bits, b.floatBound('i32.load', L.FP_LEAST_S)), b.floatBound('i32.load', L.FP_NORMAL_S));
}

/**
 * `quick`'s result where it proves harmless, else that of `slow`, a bit pattern. `excused` may accept a finite result
 * that the proof does not: exact zeros. All but the bit pattern are numbers of the host.
 */
export function quickOr(
  b: Builder,
  size: number,
  quick: Value,
  proof: Proof,
  slow: () => Value,
  excused?: (result: Value) => Value,
): Value {
  const result = b.variable(hostType(size), quick);
  const exact = (): void => {
    result.set(toHost(b, slow(), size));
    b.floatStatusChanged();
  };
  b.ifUnlikely(b.eqz(holds(b, result.get(), size, proof)), () => {
    if (!excused) return exact();
    b.if(b.and(holds(b, result.get(), size, 'finite'), excused(result.get())), () => undefined, exact);
  });
  return result.get();
}

/** `quick`, where it is known beforehand to be right, else `slow`; both of one type. */
export function quickWhere(b: Builder, right: Value, quick: Value, slow: () => Value): Value {
  const result = b.variable(quick.type, quick);
  b.ifUnlikely(b.eqz(right), () => {
    result.set(slow());
    b.floatStatusChanged();
  });
  return result.get();
}

const isZero = (b: Builder, value: Value, size: number): Value => b.op(`${hostType(size)}.eq`, value, hostNumber(size, 0));

/** The operations of the host that results vouch for. */
const proofs = {
  add: 'finite',
  sub: 'finite',
  sqrt: 'finite',
  mul: 'normal',
  div: 'normal',
  max: 'finite',
  min: 'finite',
  // Rounding to integers, in the modes that the host has.
  nearest: 'finite',
  ceil: 'finite',
  floor: 'finite',
  trunc: 'finite',
} as const satisfies Record<string, Proof>;
export type HostOperation = keyof typeof proofs;

/** An operation on bound numbers of the host. `slow` answers a bit pattern. */
export function quickArithmetic(b: Builder, name: HostOperation, operands: readonly Value[], size: number, slow: () => Value): Value {
  // A zero is exact when a factor, or the dividend, was one.
  const excused = (): Value => {
    const zero = isZero(b, operands[0]!, size);
    return name === 'mul' ? b.or(zero, isZero(b, operands[1]!, size)) : zero;
  };
  const quick = b.op(`${hostType(size)}.${name}`, ...operands);
  return quickOr(b, size, quick, proofs[name], slow, proofs[name] === 'normal' ? excused : undefined);
}

export const floats = (size: number): 'f64x2' | 'f32x4' => (size === 3 ? 'f64x2' : 'f32x4');
export const integers = (size: number): 'i64x2' | 'i32x4' => (size === 3 ? 'i64x2' : 'i32x4');

/** A mask of the lanes that hold what the proof asks for: magnitudes are positive as integers, so signed comparisons order them. */
function holdLanes(b: Builder, vector: Value, size: number, proof: Proof): Value {
  const shape = integers(size);
  const magnitude = b.let(b.op(`${floats(size)}.abs`, vector));
  const finite = b.op(`${shape}.gt_s`, b.floatBound('v128.load', size === 3 ? L.FP_FINITE_2D : L.FP_FINITE_4S), magnitude);
  if (proof === 'finite') return finite;
  return b.op('v128.and', finite, b.op(`${shape}.gt_s`, magnitude, b.floatBound('v128.load', size === 3 ? L.FP_LEAST_2D : L.FP_LEAST_4S)));
}

/** As quickOr, for vectors. `excused` answers a mask of lanes. */
function quickOrVector(b: Builder, size: number, quick: Value, proof: Proof, slow: () => Value, excused?: () => Value): Value {
  const result = b.variable('v128', quick);
  const all = (mask: Value): Value => b.op(`${integers(size)}.all_true`, mask);
  const exact = (): void => {
    result.set(slow());
    b.floatStatusChanged();
  };
  b.ifUnlikely(b.eqz(all(holdLanes(b, result.get(), size, proof))), () => {
    if (!excused) return exact();
    const normal = b.let(holdLanes(b, result.get(), size, 'normal'));
    const finite = holdLanes(b, result.get(), size, 'finite');
    b.if(all(b.op('v128.or', normal, b.op('v128.and', finite, excused()))), () => undefined, exact);
  });
  return result.get();
}

/** Lanes whose bound value is zero. */
const zeroLanes = (b: Builder, vector: Value, size: number): Value => b.op(`${floats(size)}.eq`, vector, b.op('i64x2.splat', i64(0n)));

/** Vectors of 64 bits as the host sees them: their lower half twice, so that no lane holds anything else. */
export function wholeVectors(b: Builder, operands: readonly Value[], { size, lanes }: Arrangement): Value[] {
  if (lanes << size === 16) return [...operands];
  return operands.map((v) =>
    b.let(
      lanes << size === 8 && size === 2
        ? b.op('i64x2.splat', b.lane('i64x2.extract_lane', 0, v))
        : b.op(`${integers(size)}.splat`, b.lane(`${integers(size)}.extract_lane`, 0, v)),
    ),
  );
}

/** The same for vectors. The bound operands may be of fewer lanes than the result has. */
export function quickVector(b: Builder, name: HostOperation, operands: readonly Value[], shape: Arrangement, slow: () => Value): Value {
  const { size } = shape;
  const whole = wholeVectors(b, operands, shape);
  const excused = (): Value => {
    const zero = zeroLanes(b, whole[0]!, size);
    return name === 'mul' ? b.op('v128.or', zero, zeroLanes(b, whole[1]!, size)) : zero;
  };
  const quick = b.op(`${floats(size)}.${name}`, ...whole);
  return quickOrVector(b, size, quick, proofs[name], slow, proofs[name] === 'normal' ? excused : undefined);
}

/** n * m + addend in each lane; undefined where the host cannot round it once. Operands bound. */
export function quickFusedVector(b: Builder, addend: Value, n: Value, m: Value, shape: Arrangement, slow: () => Value): Value | undefined {
  const { size } = shape;
  const [a, x, y] = wholeVectors(b, [addend, n, m], shape) as [Value, Value, Value];
  const quick = b.fused(size, x, y, a);
  if (!quick) return undefined;
  // Without a product the sum is the addend.
  return quickOrVector(b, size, quick, 'normal', slow, () => b.op('v128.or', zeroLanes(b, x, size), zeroLanes(b, y, size)));
}

type Host = (op: string, p: Value, q: Value) => Value;

/** The host's operations on doubles, each result bound. */
const doubles =
  (b: Builder): Host =>
  (op, p, q) =>
    b.let(b.op(`f64.${op}`, p, q));

/** p + q and what its rounding lost (Knuth's two-sum): together exact. */
function twoSum(f: Host, p: Value, q: Value): [sum: Value, error: Value] {
  const sum = f('add', p, q);
  const back = f('sub', sum, p);
  return [sum, f('add', f('sub', p, f('sub', sum, back)), f('sub', q, back))];
}

/** p * q and what its rounding lost (Dekker's product, by Veltkamp's splitting at 27 bits). */
function twoProduct(b: Builder, f: Host, p: Value, q: Value): [product: Value, error: Value] {
  const factor = b.op('f64.reinterpret_i64', i64(0x41a0000002000000n)); // 2^27 + 1
  const split = (value: Value): [Value, Value] => {
    const scaled = f('mul', factor, value);
    const high = f('sub', scaled, f('sub', scaled, value));
    return [high, f('sub', value, high)];
  };
  const [pHigh, pLow] = split(p);
  const [qHigh, qLow] = split(q);
  const product = f('mul', p, q);
  const cross = f('add', f('add', f('sub', f('mul', pHigh, qHigh), product), f('mul', pHigh, qLow)), f('mul', pLow, qHigh));
  return [product, f('add', cross, f('mul', pLow, qLow))];
}

/** A rounded sum and its error as one double rounded to odd: where inexact, the neighbour whose last bit is set. */
function toOdd(b: Builder, sum: Value, error: Value): Value {
  const bits = b.let(b.op('i64.reinterpret_f64', sum));
  const errorBits = b.let(b.op('i64.reinterpret_f64', error));
  // Towards the error: one more in magnitude where the signs agree, one less where not.
  const step = b.select(b.op('i64.lt_s', b.xor(bits, errorBits), i64(0n)), i64(-1n), i64(1n));
  const adjust = b.and(b.eqz(b.and(bits, i64(1n))), b.ne(b.shl(errorBits, i64(1n)), i64(0n)));
  return b.op('f64.reinterpret_i64', b.select(adjust, b.add(bits, step), bits));
}

/**
 * n * m + a, rounded once; operands bound numbers of the host. Where it has no instruction for it, out of operations
 * that round (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to
 * odd", 2008). A product of singles is exact as a double; that of doubles needs its error too, and exponents far enough
 * from both ends that no step leaves the range.
 */
export function quickFused(b: Builder, a: Value, n: Value, m: Value, size: number, slow: () => Value): Value {
  const splat = (value: Value): Value => b.op(`${floats(size)}.splat`, value);
  const hosts = b.fused(size, splat(n), splat(m), splat(a));
  const noProduct = (): Value => b.or(isZero(b, n, size), isZero(b, m, size));
  if (hosts) return quickOr(b, size, b.lane(`${floats(size)}.extract_lane`, 0, hosts), 'normal', slow, noProduct);
  const f = doubles(b);
  if (size === 2) {
    const [x, y, z] = [n, m, a].map((value) => b.let(b.op('f64.promote_f32', value))) as [Value, Value, Value];
    const quick = b.op('f32.demote_f64', toOdd(b, ...twoSum(f, f('mul', x, y), z)));
    return quickOr(b, 2, quick, 'normal', slow, noProduct);
  }
  const moderate = (value: Value): Value => {
    const magnitude = b.and(b.op('i64.reinterpret_f64', value), i64((1n << 63n) - 1n));
    return b.ltU(b.sub(magnitude, i64(623n << 52n)), i64(800n << 52n));
  };
  const result = b.variable('f64');
  const exact = (): void => {
    result.set(toHost(b, slow(), 3));
    b.floatStatusChanged();
  };
  b.if(
    b.and(b.and(moderate(a), moderate(n)), moderate(m)),
    () => {
      const [product, rest] = twoProduct(b, f, n, m);
      const [low, lowest] = twoSum(f, a, rest);
      const [high, middle] = twoSum(f, product, low);
      result.set(f('add', high, toOdd(b, ...twoSum(f, lowest, middle))));
      b.ifUnlikely(b.eqz(holds(b, result.get(), 3, 'normal')), exact);
    },
    exact,
  );
  return result.get();
}
