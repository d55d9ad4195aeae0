/** Whether condition `cond` (0..15) holds for flags N, Z, C, V in bits 3..0. Manual C1.2.4. */
export function conditionHolds(cond: number, nzcv: number): boolean {
  const [n, z, c, v] = [8, 4, 2, 1].map((bit) => (nzcv & bit) !== 0) as [boolean, boolean, boolean, boolean];
  const base = [z, c, n, v, c && !z, n === v, n === v && !z, true][cond >> 1]!;
  return cond >= 14 || base !== ((cond & 1) === 1);
}
