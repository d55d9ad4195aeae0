import { computingSpeed, geometricMean, leastSpeed, meanSpeed, programReport, speed } from './program-report.js';
import type { ProgramResult, ProgramSample } from './program-runs.js';
import type { Group } from './programs.js';

const sample = (seconds: number): ProgramSample => ({ seconds, computing: seconds / 2 + 1 });

function result(name: string, group: Group, qemu: number[], ours: number[]): ProgramResult {
  return { name, group, qemu: qemu.map(sample), ours: ours.map(sample) };
}

const fast = result('fast', 'integer', [4, 8, 6], [3, 2, 1]);
const slow = result('slow', 'float', [1], [3]);
const broken: ProgramResult = { ...result('broken', 'float', [1], [1]), failure: 'the checksum is 1, in QEMU 2' };

test('speed is by medians, and unknown for a program that failed', () => {
  expect(speed(fast)).toBe(3);
  expect(computingSpeed(fast)).toBe(2);
  expect(speed(slow)).toBeCloseTo(1 / 3);
  expect(speed(broken)).toBeUndefined();
  expect(computingSpeed(broken)).toBeUndefined();
});

test('means are geometric, and a failure is not left out of them', () => {
  expect(geometricMean([2, 8])).toBeCloseTo(4);
  expect(geometricMean([])).toBeUndefined();
  expect(meanSpeed([fast, slow])).toBeCloseTo(1);
  expect(meanSpeed([fast, broken])).toBeUndefined();
  expect(leastSpeed([fast, slow])).toBeCloseTo(1 / 3);
  expect(leastSpeed([fast, broken])).toBeUndefined();
});

test('the report has a row and a bar for each, and says what failed', () => {
  const lines = programReport([fast, slow, broken]).split('\n');
  expect(lines.find((line) => line.startsWith('fast '))).toMatch(
    /integer +6\.00 s \(4\.00-8\.00\) +2\.00 s \(1\.00-3\.00\) +3\.00 x +1\.33-6\.00 +2\.00 x$/,
  );
  expect(lines.filter((line) => line.startsWith('slow'))).toHaveLength(2);
  expect(lines.find((line) => line.startsWith('all of integer'))).toMatch(/3\.00 x/);
  expect(lines.find((line) => line.startsWith('all of float'))).toMatch(/\?/);
  expect(lines.at(-1)).toBe('broken: the checksum is 1, in QEMU 2');
});
