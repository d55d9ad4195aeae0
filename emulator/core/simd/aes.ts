/** AES rounds (FIPS 197), as the AESE, AESD, AESMC and AESIMC instructions cut them. */

/** Multiplication by x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
@inline
function xtime(a: u32): u32 {
  return ((a << 1) ^ (a & 0x80 ? 0x11b : 0)) & 0xff;
}

function multiply(a: u32, b: u32): u32 {
  let product: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    if ((b >> i) & 1) product ^= a;
    a = xtime(a);
  }
  return product;
}

const box: usize = memory.data(256);
const inverseBox: usize = memory.data(256);
const state: usize = memory.data(16);
const result: usize = memory.data(16);
let ready = false;

/** Fills both substitution boxes: the inverse in the field, then the affine map. */
function prepare(): void {
  for (let a: u32 = 0; a < 256; a++) {
    // a^254 is the inverse; zero stays zero.
    let inverse: u32 = 1;
    let power = a;
    for (let bit: u32 = 0; bit < 8; bit++) {
      if ((254 >> bit) & 1) inverse = multiply(inverse, power);
      power = multiply(power, power);
    }
    let s = inverse;
    for (let i: u32 = 1; i < 5; i++) s ^= ((inverse << i) | (inverse >> (8 - i))) & 0xff;
    s ^= 0x63;
    store<u8>(box + a, <u8>s);
    store<u8>(inverseBox + s, <u8>a);
  }
  ready = true;
}

/** Substitutes and permutes 16 bytes: byte i of column c comes from column c + i * direction. */
@inline
function substituteShift(value: v128, table: usize, direction: u32): v128 {
  if (!ready) prepare();
  v128.store(state, value);
  for (let i: u32 = 0; i < 16; i++) store<u8>(result + i, load<u8>(table + load<u8>(state + ((i + (i & 3) * 4 * direction) & 15))));
  return v128.load(result);
}

export function aesEncrypt(data: v128, key: v128): v128 {
  return substituteShift(v128.xor(data, key), box, 1);
}

export function aesDecrypt(data: v128, key: v128): v128 {
  return substituteShift(v128.xor(data, key), inverseBox, 3);
}

/** Each lane of bytes times x in the field. */
@inline
function timesX(value: v128): v128 {
  const carry = i8x16.shr_s(value, 7);
  return v128.xor(i8x16.shl(value, 1), v128.and(carry, i8x16.splat(0x1b)));
}


@inline
function rotateColumns(value: v128): v128 {
  return i8x16.shuffle(value, value, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
}

export function aesMixColumns(value: v128): v128 {
  // 2a + 3b + c + d for each byte a and those below it in its column.
  const next = rotateColumns(value);
  const pair = v128.xor(value, next);
  return v128.xor(v128.xor(timesX(pair), next), rotateColumns(rotateColumns(pair)));
}

export function aesInverseMixColumns(value: v128): v128 {
  // The inverse matrix is MixColumns after adding 4(a + c) to a and c, and 4(b + d) to b and d.
  const opposite = rotateColumns(rotateColumns(value));
  return aesMixColumns(v128.xor(value, timesX(timesX(v128.xor(value, opposite)))));
}
