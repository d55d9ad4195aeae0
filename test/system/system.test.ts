/**
 * Exceptions, traps and table walks, beside QEMU 7.2's `virt` board with a Cortex-A53 that starts at EL2.
 *
 * @peers qemu
 * @seconds 30
 */
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import { Random } from '../isa/state.js';
import { compareTrials } from './compare.js';
import { performanceTrial } from './performance-trials.js';
import { entryTrial, instructionTrial, randomTables, registerTrial, walkTrial } from './trials.js';
import { alignmentTrial } from './alignment-trials.js';
import { debugTrial, stepTrial } from './debug-trials.js';
import type { Trial } from './program.js';

/** `SYSTEM_TRIALS` and `SYSTEM_SEED` widen the search by hand. */
const COUNT = Number(process.env['SYSTEM_TRIALS'] ?? 1000);
const SEED = Number(process.env['SYSTEM_SEED'] ?? 1);
const modules = loadCoreModules();
const report = (texts: string[]): string => (texts.length ? `${texts.length} differ\n${texts.slice(0, 25).join('\n')}` : '');

/** Of an alignment fault that is taken to EL2, QEMU 7.2 tells what the access was, as of faults of stage 2 alone (D17.2.37, ISV). */
function ignoreInSyndrome(value: bigint): bigint {
  const isAlignment = (value & 0xfc00003fn) === 0x94000021n || (value & 0xfc00003fn) === 0x90000021n;
  return isAlignment ? value & ~0x1ffc000n : value;
}

/**
 * PAR_EL1: attributes and NS of a walk that succeeds are left to the implementation, and of a fault of stage 2 on a
 * table of stage 1 QEMU 7.2 tells the level of stage 1 instead of stage 2. The same holds for the exception that an
 * AT at EL2 takes where a table is no memory; HPFAR_EL2 is unknown then.
 */
function ignore(name: string, value: bigint): bigint {
  if (/^ESR/.test(name)) return ignoreInSyndrome(value);
  if (name !== 'PAR_EL1') return value;
  if (!(value & 1n)) return value & 0xfffffffff000n;
  return value & 0x100n ? value & 0x379n : value & 0x37fn;
}

test.each<[string, (random: Random) => Trial]>([
  ['accesses to system registers', registerTrial],
  ['instructions of the system', instructionTrial],
  ['entries to exception levels', entryTrial],
  ['breakpoints, watchpoints and steps', debugTrial],
  ['steps that begin and end on their way', stepTrial],
  ['loads and stores that need not be aligned', alignmentTrial],
])(
  '%s trap as in QEMU',
  (_, draw) => {
    const random = new Random(SEED);
    const { texts, vectors } = compareTrials(
      Array.from({ length: COUNT }, () => draw(random)),
      modules,
      ignore,
    );
    expect(report(texts)).toBe('');
    expect(vectors.size).toBeGreaterThan(3);
  },
  60_000,
);

const ignoreInWalk = (name: string, value: bigint): bigint =>
  name === 'HPFAR_EL2' ? 0n : name === 'ESR_EL2' && (value & 0xfc0000bcn) === 0x94000094n ? value & ~3n : ignore(name, value);

test("the performance monitor counts as QEMU's", () => {
  const random = new Random(SEED);
  const trials = Array.from({ length: COUNT }, () => performanceTrial(random));
  // A nanosecond for each instruction, as here.
  expect(report(compareTrials(trials, modules, ignore, { peer: ['-icount', 'shift=0'] }).texts)).toBe('');
}, 60_000);

test('table walks come out as in QEMU', () => {
  const random = new Random(SEED);
  const tables = randomTables(random);
  const trials = Array.from({ length: COUNT }, () => walkTrial(random));
  expect(report(compareTrials(trials, modules, ignoreInWalk, { tables }).texts)).toBe('');
}, 60_000);
