/** Random registers, with the values where arithmetic has its corners. */

/** A xorshift generator: the same seed gives the same tests everywhere. */
export class Random {
  private state: bigint;

  constructor(seed: number) {
    this.state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  }

  bits64(): bigint {
    let x = BigInt.asUintN(64, this.state);
    x ^= x >> 12n;
    x ^= BigInt.asUintN(64, x << 25n);
    x ^= x >> 27n;
    this.state = x;
    return BigInt.asUintN(64, x * 0x2545f4914f6cdd1dn);
  }

  bits32(): number {
    return Number(this.bits64() >> 32n);
  }

  /** 0 .. count - 1. */
  below(count: number): number {
    return this.bits32() % count;
  }

  chance(probability: number): boolean {
    return this.bits32() < probability * 2 ** 32;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

interface Format {
  readonly exponentBits: number;
  readonly fractionBits: number;
}

const formats: Readonly<Record<16 | 32 | 64, Format>> = {
  16: { exponentBits: 5, fractionBits: 10 },
  32: { exponentBits: 8, fractionBits: 23 },
  64: { exponentBits: 11, fractionBits: 52 },
};

/** A floating-point pattern: zeros, denormals, infinities, NaNs of both kinds, ordinary numbers near each other. */
function floatingPoint(random: Random, width: 16 | 32 | 64): bigint {
  const { exponentBits, fractionBits } = formats[width];
  const most = (1 << exponentBits) - 1;
  const bias = most >> 1;
  const allFraction = (1n << BigInt(fractionBits)) - 1n;
  const quiet = 1n << BigInt(fractionBits - 1);
  const anyFraction = random.bits64() & allFraction;
  const roundFraction = random.pick([0n, quiet, allFraction, 1n, anyFraction & (allFraction << BigInt(fractionBits - 5)) & allFraction]);
  const near = bias + random.below(9) - 4;
  const [exponent, fraction] = random.pick<() => [number, bigint]>([
    () => [0, 0n],
    () => [0, random.pick([1n, allFraction, quiet, anyFraction])],
    () => [most, 0n],
    () => [most, quiet | anyFraction],
    () => [most, (anyFraction & ~quiet) || 1n],
    () => [random.pick([1, 2, most - 1, most - 2]), random.pick([0n, allFraction, anyFraction])],
    () => [near, roundFraction],
    () => [near, anyFraction],
    // Products of two of these are at the edge of underflow, or of overflow.
    () => [(bias >> 1) + random.below(3), roundFraction],
    () => [bias + (bias >> 1) + random.below(3), roundFraction],
    () => [Math.min(most - 1, bias + fractionBits - random.below(4)), anyFraction],
    () => [Math.min(most - 1, bias + random.pick([7, 8, 14, 15, 16, 30, 31, 32, 33, 62, 63, 64, 65])), random.pick([0n, allFraction, anyFraction])],
    () => [random.below(most), anyFraction],
    () => [random.below(most), anyFraction],
  ])();
  const sign = BigInt(random.below(2)) << BigInt(width - 1);
  return sign | (BigInt(exponent) << BigInt(fractionBits)) | fraction;
}

function lanes(width: number, of: () => bigint): bigint {
  let value = 0n;
  for (let at = 0; at < 64; at += width) value |= BigInt.asUintN(width, of()) << BigInt(at);
  return value;
}

/** An integer of `width` bits near a power of two, or anything. */
function integer(random: Random, width: number): bigint {
  return BigInt.asUintN(width, random.pick<() => bigint>([
    () => 0n,
    () => -1n,
    () => BigInt(random.below(130) - 65),
    () => (1n << BigInt(random.below(width))) + BigInt(random.below(3) - 1),
    () => -(1n << BigInt(random.below(width))),
    () => random.bits64(),
    () => random.bits64(),
  ])());
}

export function generalRegister(random: Random): bigint {
  return random.chance(0.3) ? lanes(32, () => integer(random, 32)) : integer(random, 64);
}

/** Half of a SIMD register: elements of one kind. */
export function vectorHalf(random: Random): bigint {
  switch (random.below(10)) {
    case 0: return random.bits64();
    case 1: return lanes(8, () => integer(random, 8));
    case 2: return lanes(16, () => integer(random, 16));
    case 3: return lanes(32, () => integer(random, 32));
    case 4: return integer(random, 64);
    case 5: return lanes(16, () => floatingPoint(random, 16));
    case 6:
    case 7: return lanes(32, () => floatingPoint(random, 32));
    default: return floatingPoint(random, 64);
  }
}

/** FPCR: DN, FZ, AHP and the rounding mode; now and then Len and Stride, which mean nothing here. Zero as often as not. */
export function controlRegister(random: Random): bigint {
  return random.chance(0.4) ? 0n : ((random.bits64() & 0x1fn) << 22n) | (random.chance(0.1) ? 0x00370000n : 0n);
}

/** FPSR: the cumulative flags that AArch64 has. */
export function statusRegister(random: Random): bigint {
  return random.pick([0n, 0n, 0x10n, random.bits64() & 0x0800009fn]);
}
