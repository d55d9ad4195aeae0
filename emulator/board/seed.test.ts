import { seededBytes, startDate } from './seed.js';

describe('what follows from the seed', () => {
  it('is the same for the same seed and purpose, and different for others', () => {
    const draws = [seededBytes(7, 'rng-seed', 32), seededBytes(8, 'rng-seed', 32), seededBytes(7, 'kaslr-seed', 32)];
    expect(seededBytes(7, 'rng-seed', 32)).toEqual(draws[0]);
    expect(new Set(draws.map(String)).size).toBe(3);
    expect(seededBytes(7, 'rng-seed', 8)).toEqual(draws[0]!.subarray(0, 8));
  });

  it('uses all bits about equally often', () => {
    const ones = new Array<number>(8).fill(0);
    const bytes = seededBytes(0, 'bits', 8000);
    for (const byte of bytes) for (let bit = 0; bit < 8; bit++) ones[bit]! += (byte >> bit) & 1;
    for (const count of ones) expect(Math.abs(count - 4000)).toBeLessThan(250);
  });

  it('dates the start within 2025', () => {
    for (const seed of [0, 1, 2, 0xffff_ffff, -5, 2 ** 40]) expect(new Date(startDate(seed) * 1000).getUTCFullYear()).toBe(2025);
    expect(startDate(1)).not.toBe(startDate(2));
  });
});
