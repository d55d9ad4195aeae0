/** Random registers and memory, with the values where arithmetic has its corners. They are written as 32-bit words: BigInts are slow. */

/** A generator of 32-bit numbers (sfc32, of PractRand): the same seed and stream give the same tests everywhere. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number, stream = 0) {
    this.a = Math.floor(seed / 2 ** 32) | 0;
    this.b = seed | 0;
    this.c = stream | 0;
    for (let i = 0; i < 15; i++) this.bits32();
  }

  bits32(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  bits64(): bigint {
    return (BigInt(this.bits32()) << 32n) | BigInt(this.bits32());
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

/** How a fraction is filled; `top`: the upper five bits alone. */
type Fraction = 'zero' | 'one' | 'all' | 'quiet' | 'any' | 'top' | 'quiet NaN' | 'signalling NaN';

const rounding: readonly Fraction[] = ['zero', 'quiet', 'all', 'one', 'top'];
const denormal: readonly Fraction[] = ['one', 'all', 'quiet', 'any'];
const plain: readonly Fraction[] = ['zero', 'all', 'any'];

/** The upper `bits` of a fraction, all of it where `whole`. */
function upperFraction(random: Random, kind: Fraction, bits: number, whole: boolean): number {
  const mask = (1 << bits) - 1;
  const quiet = 1 << (bits - 1);
  switch (kind) {
    case 'zero':
      return 0;
    case 'one':
      return whole ? 1 : 0;
    case 'all':
      return mask;
    case 'quiet':
      return quiet;
    case 'any':
      return random.bits32() & mask;
    case 'top':
      return random.bits32() & mask & ~(mask >>> 5);
    case 'quiet NaN':
      return quiet | (random.bits32() & mask);
    case 'signalling NaN':
      return random.bits32() & mask & ~quiet || 1;
  }
}

/** The lower 32 bits of a double's. */
function lowerFraction(random: Random, kind: Fraction): number {
  switch (kind) {
    case 'zero':
    case 'quiet':
    case 'top':
      return 0;
    case 'one':
      return 1;
    case 'all':
      return 0xffffffff;
    default:
      return random.bits32();
  }
}

const INTEGER_WIDTHS = [7, 8, 14, 15, 16, 30, 31, 32, 33, 62, 63, 64, 65] as const;

/** Exponent and fraction of a number, both by chance: zeros, denormals, infinities, NaNs, ordinary numbers near each other. */
function numberKind(random: Random, exponentBits: number, fractionBits: number): [exponent: number, fraction: Fraction] {
  const most = (1 << exponentBits) - 1;
  const bias = most >> 1;
  switch (random.below(14)) {
    case 0:
      return [0, 'zero'];
    case 1:
      return [0, random.pick(denormal)];
    case 2:
      return [most, 'zero'];
    case 3:
      return [most, 'quiet NaN'];
    case 4:
      return [most, 'signalling NaN'];
    case 5:
      return [random.pick([1, 2, most - 1, most - 2]), random.pick(plain)];
    case 6:
      return [bias + random.below(9) - 4, random.pick(rounding)];
    case 7:
      return [bias + random.below(9) - 4, 'any'];
    // Products of two of these are at the edge of underflow, or of overflow.
    case 8:
      return [(bias >> 1) + random.below(3), random.pick(rounding)];
    case 9:
      return [bias + (bias >> 1) + random.below(3), random.pick(rounding)];
    case 10:
      return [Math.min(most - 1, bias + fractionBits - random.below(4)), 'any'];
    case 11:
      return [Math.min(most - 1, bias + random.pick(INTEGER_WIDTHS)), random.pick(plain)];
    default:
      return [random.below(most), 'any'];
  }
}

function half(random: Random): number {
  const [exponent, fraction] = numberKind(random, 5, 10);
  return (random.below(2) << 15) | (exponent << 10) | upperFraction(random, fraction, 10, true);
}

function single(random: Random): number {
  const [exponent, fraction] = numberKind(random, 8, 23);
  return (random.below(2) << 31) | (exponent << 23) | upperFraction(random, fraction, 23, true);
}

function double(random: Random, out: Uint32Array, at: number): void {
  const [exponent, fraction] = numberKind(random, 11, 52);
  out[at + 1] = (random.below(2) << 31) | (exponent << 20) | upperFraction(random, fraction, 20, false);
  out[at] = lowerFraction(random, fraction);
}

/** An integer of at most 32 bits near a power of two, or anything; what is above its width is noise. */
function integer(random: Random, width: number): number {
  switch (random.below(7)) {
    case 0:
      return 0;
    case 1:
      return -1;
    case 2:
      return random.below(130) - 65;
    case 3:
      return (1 << random.below(width)) + random.below(3) - 1;
    case 4:
      return -(1 << random.below(width));
    default:
      return random.bits32();
  }
}

function integer64(random: Random, out: Uint32Array, at: number): void {
  const set = (upper: number, lower: number): void => {
    out[at + 1] = upper;
    out[at] = lower;
  };
  switch (random.below(7)) {
    case 0:
      return set(0, 0);
    case 1:
      return set(-1, -1);
    case 2: {
      const value = random.below(130) - 65;
      return set(value >> 31, value);
    }
    case 3: {
      const bit = random.below(64);
      const more = random.below(3) - 1;
      // 2^32 - 1 is the one place where the difference borrows.
      if (bit >= 32) return set((1 << (bit - 32)) - (more < 0 ? 1 : 0), more);
      return set(0, (1 << bit) + more);
    }
    case 4: {
      const bit = random.below(64);
      return bit >= 32 ? set(-(1 << (bit - 32)), 0) : set(-1, -(1 << bit));
    }
    default:
      return set(random.bits32(), random.bits32());
  }
}

export function generalRegister(random: Random, out: Uint32Array, at: number): void {
  if (!random.chance(0.3)) return integer64(random, out, at);
  out[at] = integer(random, 32);
  out[at + 1] = integer(random, 32);
}

/** `count` elements of `32 / count` bits in a word. */
function pack(count: 2 | 4, of: () => number): number {
  const width = 32 / count;
  let word = 0;
  for (let i = 0; i < count; i++) word |= (of() & ((1 << width) - 1)) << (i * width);
  return word;
}

/** Half of a SIMD register: elements of one kind. */
export function vectorHalf(random: Random, out: Uint32Array, at: number): void {
  const both = (of: () => number): void => {
    out[at] = of();
    out[at + 1] = of();
  };
  switch (random.below(10)) {
    case 0:
      return both(() => random.bits32());
    case 1:
      return both(() => pack(4, () => integer(random, 8)));
    case 2:
      return both(() => pack(2, () => integer(random, 16)));
    case 3:
      return both(() => integer(random, 32));
    case 4:
      return integer64(random, out, at);
    case 5:
      return both(() => pack(2, () => half(random)));
    case 6:
    case 7:
      return both(() => single(random));
    default:
      return double(random, out, at);
  }
}

/** FPCR: DN, FZ, AHP and the rounding mode; now and then Len and Stride, which mean nothing here. Zero as often as not. */
export function controlRegister(random: Random): number {
  return random.chance(0.4) ? 0 : ((random.bits32() & 0x1f) << 22) | (random.chance(0.1) ? 0x00370000 : 0);
}

/** FPSR: the cumulative flags that AArch64 has. */
export function statusRegister(random: Random): number {
  return random.pick([0, 0, 0x10, random.bits32() & 0x0800009f]);
}
