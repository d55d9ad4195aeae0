/** SHA-256 (FIPS 180-4), for hosts that have none that answers at once. */

const BLOCK = 64;
const ROUNDS = 64;

/** Gives the digest of bytes in hexadecimal. */
export type Sha256 = (bytes: Uint8Array) => string;

/** The first 32 bits of the fractional parts of roots of the first primes (4.2.2, 5.3.3). */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return Int32Array.from(primes, (prime) => ((root(prime) % 1) * 2 ** 32) | 0);
}

const constants = fractions(ROUNDS, Math.cbrt);
const initial = fractions(8, Math.sqrt);

export const sha256: Sha256 = (bytes) => {
  const state = initial.slice();
  const whole = bytes.length - (bytes.length % BLOCK);
  const schedule = new Int32Array(ROUNDS);
  hashBlocks(state, schedule, new DataView(bytes.buffer, bytes.byteOffset, whole));
  hashBlocks(state, schedule, new DataView(padded(bytes.subarray(whole), bytes.length)));
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
};

/** The last blocks: what is left, a one bit, zeros, and the length of the whole in bits (5.1.1). */
function padded(rest: Uint8Array, length: number): ArrayBuffer {
  const result = new Uint8Array(rest.length + 9 > BLOCK ? 2 * BLOCK : BLOCK);
  result.set(rest);
  result[rest.length] = 0x80;
  new DataView(result.buffer).setBigUint64(result.length - 8, BigInt(length) * 8n);
  return result.buffer;
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function hashBlocks(state: Int32Array, schedule: Int32Array, data: DataView): void {
  for (let block = 0; block < data.byteLength; block += BLOCK) {
    for (let t = 0; t < 16; t++) schedule[t] = data.getInt32(block + 4 * t);
    for (let t = 16; t < ROUNDS; t++) {
      const before2 = schedule[t - 2]!;
      const before15 = schedule[t - 15]!;
      const small0 = rotate(before15, 7) ^ rotate(before15, 18) ^ (before15 >>> 3);
      const small1 = rotate(before2, 17) ^ rotate(before2, 19) ^ (before2 >>> 10);
      schedule[t] = (schedule[t - 16]! + small0 + schedule[t - 7]! + small1) | 0;
    }
    hashBlock(state, schedule);
  }
}

function hashBlock(state: Int32Array, schedule: Int32Array): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < ROUNDS; t++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + big1 + ((e & f) ^ (~e & g)) + constants[t]! + schedule[t]!) | 0;
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
