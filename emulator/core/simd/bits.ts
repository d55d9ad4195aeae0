/** Operations on bits that WebAssembly has no instruction for. */

/** Reverses the bits in each byte. */
export function reverseByteBits(value: u64): u64 {
  let x = value;
  x = ((x >> 1) & 0x5555555555555555) | ((x & 0x5555555555555555) << 1);
  x = ((x >> 2) & 0x3333333333333333) | ((x & 0x3333333333333333) << 2);
  return ((x >> 4) & 0x0f0f0f0f0f0f0f0f) | ((x & 0x0f0f0f0f0f0f0f0f) << 4);
}

/** Product of polynomials over {0, 1} of eight bits: up to fifteen bits. */
export function polynomialMultiply8(a: u64, b: u64): u64 {
  let product: u64 = 0;
  for (let i: u64 = 0; i < 8; i++) product ^= (a << i) & (0 - ((b >> i) & 1));
  return product;
}

/** The low half of the product of two 64-bit polynomials. */
export function polynomialMultiplyLow(a: u64, b: u64): u64 {
  let product: u64 = 0;
  for (let i: u64 = 0; i < 64; i++) product ^= (a << i) & (0 - ((b >> i) & 1));
  return product;
}

/** The high half of the product of two 64-bit polynomials. */
export function polynomialMultiplyHigh(a: u64, b: u64): u64 {
  let product: u64 = 0;
  for (let i: u64 = 1; i < 64; i++) product ^= (a >> (64 - i)) & (0 - ((b >> i) & 1));
  return product;
}
