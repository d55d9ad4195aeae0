import { saveArray, type Snapshotable, type State, type StateReader } from '../devices/snapshotable.js';

/** Reproducible pseudo-random numbers: xoshiro128** (Blackman, Vigna 2018), its state filled from a seed by a mixing counter. */
export class SeededRandom implements Snapshotable {
  /** Four words. */
  private readonly state: Uint32Array;

  /** Any finite number is a seed. Equal seeds with equal labels give equal sequences. */
  constructor(seed: number, label = '') {
    const whole = Math.trunc(Math.abs(seed));
    let counter = (whole ^ Math.imul(Math.floor(whole / 2 ** 32) + (seed < 0 ? 1 : 0), 0x9e3779b1)) >>> 0;
    for (let i = 0; i < label.length; i++) counter = mix(counter ^ label.charCodeAt(i));
    this.state = Uint32Array.from({ length: 4 }, () => mix((counter = (counter + 0x9e3779b9) >>> 0)));
    if (this.state.every((word) => word === 0)) this.state[0] = 1;
  }

  saveState(): State {
    return { state: saveArray(this.state) };
  }

  restoreState(state: StateReader): void {
    state.fill('state', this.state);
  }

  /** The next 32 bits. */
  next(): number {
    const { state } = this;
    let s0 = state[0] ?? 0;
    let s1 = state[1] ?? 0;
    let s2 = state[2] ?? 0;
    let s3 = state[3] ?? 0;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const carried = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= carried;
    s3 = rotateLeft(s3, 11);
    state[0] = s0;
    state[1] = s1;
    state[2] = s2;
    state[3] = s3;
    return result;
  }

  /** Uniform in 0 .. limit - 1; `limit` from 1 to 2^32. */
  below(limit: number): number {
    // The last, partial stretch of the range would favour small results: draw again there.
    const fair = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const value = this.next();
      if (value < fair) return value % limit;
    }
  }
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}

/** A bijection of 32-bit words in which every input bit reaches every output bit (the finalizer of MurmurHash3). */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
