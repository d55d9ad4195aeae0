/**
 * Every row of the instruction table at EL0, in random sequences beside QEMU 7.2's user emulation of a Cortex-A53.
 *
 * @peers qemu-user
 * @seconds 30
 */
import { loadCoreModules } from '../../emulator/host-node/core-modules.js';
import { instructionTable } from '../../emulator/cpu/isa/index.js';
import { runChunk } from './chunk.js';
import { buildProgram } from './program.js';
import { runTrials } from './run.js';

/** `npm run test:isa` searches wider. */
const COUNT = 100_000;

test('instructions do what they do in QEMU', async () => {
  const reports: string[] = [];
  const modules = loadCoreModules();
  const { coverage, mismatches } = await runTrials({
    count: COUNT,
    seed: 1,
    from: 0,
    modules,
    jobs: 1,
    run: (chunk) => runChunk(chunk, modules),
    report: (text) => reports.push(text),
    progress: () => undefined,
  });
  expect(reports.join('\n')).toBe('');
  expect(mismatches).toBe(0);
  expect(coverage.total.executed).toBeGreaterThanOrEqual(COUNT);
  expect(coverage.missedRows).toEqual([]);
  // What never comes to its end has no effect to compare: the table says why.
  const reasons = new Map(instructionTable.map(({ name, notCompared }) => [name, notCompared]));
  expect(coverage.trappedRows.filter((name) => reasons.get(name) === undefined)).toEqual([]);
}, 300_000);

test('a trial is made of its seed and number, whichever stand beside it', () => {
  const together = buildProgram(3, 64, 40).trials[37]!;
  const alone = buildProgram(3, 101, 1).trials[0]!;
  expect(alone.index).toBe(together.index);
  expect([...alone.code]).toEqual([...together.code]);
  expect([...alone.record]).toEqual([...together.record]);
  expect([...buildProgram(4, 101, 1).trials[0]!.code]).not.toEqual([...alone.code]);
});
