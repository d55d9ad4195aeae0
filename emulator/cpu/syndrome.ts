/**
 * ISS[24:14] of a data abort at stage 2 (DDI 0487 D17.2.37, "ISS encoding for an exception from a Data Abort"):
 * valid for loads and stores of one general register without write-back, else zero.
 */
export function accessSyndrome(word: number): number {
  const size = word >>> 30;
  const opc = (word >>> 22) & 3;
  const register = word & 31;
  const valid = (signExtend: boolean, sixtyFour: boolean, acquireRelease: boolean, log2: number): number =>
    ((1 << 24) |
      (log2 << 22) |
      (signExtend ? 1 << 21 : 0) |
      (register << 16) |
      (sixtyFour ? 1 << 15 : 0) |
      (acquireRelease ? 1 << 14 : 0)) >>>
    0;

  // Load/store register: unsigned offset, unscaled, unprivileged, register offset. Pre- and post-index write back.
  if (
    (word & 0x3f000000) === 0x39000000 ||
    (word & 0x3f200c00) === 0x38000000 ||
    (word & 0x3f200c00) === 0x38000800 ||
    (word & 0x3f200c00) === 0x38200800
  ) {
    if (opc >= 2 && size === 3) return 0;
    const signExtend = opc >= 2;
    return valid(signExtend, signExtend ? opc === 2 : size === 3, false, size);
  }
  // Load-acquire, store-release.
  if ((word & 0x3fa08000) === 0x08808000) return valid(false, size === 3, true, size);
  // Load literal of a general register.
  if ((word & 0x3f000000) === 0x18000000 && size !== 3) return valid(size === 2, size >= 1, false, size === 1 ? 3 : 2);
  return 0;
}
