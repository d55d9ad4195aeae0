/** SHA-1 and SHA-256 steps (FIPS 180-4), as the SHA instructions cut them (DDI 0487, SHAhashupdate). */

@inline
function lane(value: v128, index: i32): u32 {
  return index == 0
    ? i32x4.extract_lane(value, 0)
    : index == 1
      ? i32x4.extract_lane(value, 1)
      : index == 2
        ? i32x4.extract_lane(value, 2)
        : i32x4.extract_lane(value, 3);
}


@inline
function pack(a: u32, b: u32, c: u32, d: u32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(a), 1, b), 2, c), 3, d);
}


@inline
function choose(x: u32, y: u32, z: u32): u32 {
  return ((y ^ z) & x) ^ z;
}


@inline
function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) | ((x | y) & z);
}

/** Four SHA-1 steps. `kind`: 0 choose, 1 parity, 2 majority. `e` is lane 0 of the second operand. */
@inline
function sha1Steps(hash: v128, e0: u32, words: v128, kind: i32): v128 {
  let a = lane(hash, 0),
    b = lane(hash, 1),
    c = lane(hash, 2),
    d = lane(hash, 3),
    e = e0;
  for (let i = 0; i < 4; i++) {
    const f = kind == 0 ? choose(b, c, d) : kind == 1 ? b ^ c ^ d : majority(b, c, d);
    const next = rotl<u32>(a, 5) + f + e + lane(words, i);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  return pack(a, b, c, d);
}

export function sha1Choose(hash: v128, e: v128, words: v128): v128 {
  return sha1Steps(hash, lane(e, 0), words, 0);
}

export function sha1Parity(hash: v128, e: v128, words: v128): v128 {
  return sha1Steps(hash, lane(e, 0), words, 1);
}

export function sha1Majority(hash: v128, e: v128, words: v128): v128 {
  return sha1Steps(hash, lane(e, 0), words, 2);
}

export function sha1FixedRotate(value: v128): v128 {
  return pack(rotl<u32>(lane(value, 0), 30), 0, 0, 0);
}

export function sha1Schedule0(d: v128, n: v128, m: v128): v128 {
  return v128.xor(v128.xor(i64x2.shuffle(d, n, 1, 2), d), m);
}

export function sha1Schedule1(d: v128, n: v128): v128 {
  const t = v128.xor(d, i32x4.shuffle(n, i32x4.splat(0), 1, 2, 3, 4));
  const r = v128.or(i32x4.shl(t, 1), i32x4.shr_u(t, 31));
  // The last word needs the first of this very result.
  return i32x4.replace_lane(r, 3, lane(r, 3) ^ rotl<u32>(lane(t, 0), 2));
}

/** Four SHA-256 steps; answers one half of the state. */
@inline
function sha256Steps(x: v128, y: v128, words: v128, first: bool): v128 {
  let a = lane(x, 0),
    b = lane(x, 1),
    c = lane(x, 2),
    d = lane(x, 3);
  let e = lane(y, 0),
    f = lane(y, 1),
    g = lane(y, 2),
    h = lane(y, 3);
  for (let i = 0; i < 4; i++) {
    const t1 = h + (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + choose(e, f, g) + lane(words, i);
    const t2 = (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + majority(a, b, c);
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  return first ? pack(a, b, c, d) : pack(e, f, g, h);
}

export function sha256Hash(abcd: v128, efgh: v128, words: v128): v128 {
  return sha256Steps(abcd, efgh, words, true);
}

export function sha256Hash2(efgh: v128, abcd: v128, words: v128): v128 {
  return sha256Steps(abcd, efgh, words, false);
}

export function sha256Schedule0(d: v128, n: v128): v128 {
  const t = i32x4.shuffle(d, n, 1, 2, 3, 4);
  const r7 = v128.or(i32x4.shr_u(t, 7), i32x4.shl(t, 25));
  const r18 = v128.or(i32x4.shr_u(t, 18), i32x4.shl(t, 14));
  return i32x4.add(d, v128.xor(v128.xor(r7, r18), i32x4.shr_u(t, 3)));
}


@inline
function sigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10);
}

export function sha256Schedule1(d: v128, n: v128, m: v128): v128 {
  // Words 0 and 1 take from the last words of m, words 2 and 3 from the first two results.
  const r0 = lane(d, 0) + lane(n, 1) + sigma1(lane(m, 2));
  const r1 = lane(d, 1) + lane(n, 2) + sigma1(lane(m, 3));
  const r2 = lane(d, 2) + lane(n, 3) + sigma1(r0);
  const r3 = lane(d, 3) + lane(m, 0) + sigma1(r1);
  return pack(r0, r1, r2, r3);
}
