/**
 * Bytes that look random and follow from the run's seed. `purpose` keeps the draws of different users apart, so that
 * one more draw somewhere changes nothing elsewhere.
 */
export function seededBytes(seed: number, purpose: string, length: number): Uint8Array {
  let state = BigInt.asUintN(64, BigInt(Math.trunc(seed)) * 0x9e37_79b9_7f4a_7c15n);
  for (const character of purpose) state = mix(state ^ BigInt(character.codePointAt(0)!));
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    if (i % 8 === 0) state = BigInt.asUintN(64, state + 0x9e37_79b9_7f4a_7c15n);
    bytes[i] = Number((mix(state) >> BigInt((i % 8) * 8)) & 0xffn);
  }
  return bytes;
}

const FIRST_DAY = Date.UTC(2025, 0, 1) / 1000;
const YEAR = 365 * 24 * 3600;

/** The date that the real-time clock shows at power-on, in seconds since 1970: some moment of 2025. */
export function startDate(seed: number): number {
  const [a, b, c, d] = seededBytes(seed, 'start date', 4);
  return FIRST_DAY + ((((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0) % YEAR);
}

/** Finaliser of the SplitMix64 generator (Steele, Lea and Flood, 2014). */
function mix(value: bigint): bigint {
  let z = BigInt.asUintN(64, value + 0x9e37_79b9_7f4a_7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn);
  return z ^ (z >> 31n);
}
