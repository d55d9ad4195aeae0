/** Every row of the instruction table that runs at EL0, beside QEMU 7.2's user emulation of a Cortex-A53. */
import { loadCoreModules } from '../../emulator/machine/core-modules.js';
import { compareTrials } from './compare.js';
import { Random } from './state.js';
import { testedRows, trial, undefinedTrial, type Trial } from './words.js';

/** `ISA_TRIALS` and `ISA_SEED` widen the search by hand. */
const perRow = Number(process.env['ISA_TRIALS'] ?? 8);
const seed = Number(process.env['ISA_SEED'] ?? 1);
const modules = loadCoreModules();

function collect(count: number, draw: () => Trial | undefined): Trial[] {
  const trials: Trial[] = [];
  for (let attempts = 0; trials.length < count && attempts < 4000 * count; attempts++) {
    const drawn = draw();
    if (drawn) trials.push(drawn);
  }
  return trials;
}

const report = (texts: string[]): string => texts.slice(0, 20).join('\n');

test('instructions do what they do in QEMU', () => {
  const random = new Random(seed);
  const trials: Trial[] = [];
  for (const row of testedRows) {
    const drawn = collect(perRow, () => trial(row, random));
    expect([row.name, drawn.length > 0]).toEqual([row.name, true]);
    trials.push(...drawn);
  }
  const { differences } = compareTrials(trials, random, modules);
  expect(report(differences.map((d) => d.text))).toBe('');
}, 60_000);

test('what the table does not allocate is undefined in QEMU too', () => {
  const random = new Random(seed + 1);
  const trials = collect(600, () => undefinedTrial(random));
  const { differences, faults } = compareTrials(trials, random, modules);
  expect(report(differences.map((d) => d.text))).toBe('');
  expect(faults).toBe(trials.length);
}, 60_000);
