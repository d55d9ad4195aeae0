import { bareProcessor, RAM } from '../testing/machine.js';
import { add, assembleProgram, jump, move } from '../testing/program.js';
import { CodeCache } from './code-cache.js';
import { CodeRecord } from './code-record.js';

const WORDS_OF_A_PAGE = 1024;

/** Counts for ever: a loop in one page, then one in the next. */
const program = assembleProgram(RAM, [
  ...move(1, 0),
  'first',
  add(1, 1, 1),
  jump('second'),
  ...Array<number>(WORDS_OF_A_PAGE).fill(0),
  'second',
  add(2, 2, 3),
  jump('first'),
]);

function run(record: CodeRecord | undefined, cache?: CodeCache): { digest: bigint; cached: number; translated: number } {
  const cpu = bareProcessor(program, { threshold: 200, ...(record && { service: record.service() }) });
  if (cache) cpu.useCodeCache(cache);
  for (let now = 0; now < 100_000;) now += cpu.run(now, 10_000).executed;
  return { digest: cpu.digest(), cached: cpu.translation.cached, translated: cpu.translation.instructions };
}

test('all code of a run is one module for the next, which ends in the same state', () => {
  const record = new CodeRecord();
  const cache = new CodeCache();
  const plain = run(undefined);
  expect(run(record, cache).digest).toBe(plain.digest);
  expect(new Set(cache.batches.flatMap(({ regions }) => regions.map(({ page }) => page))).size).toBe(2);
  const united = record.united(cache.batches);
  expect(united?.regions).toHaveLength(cache.batches.flatMap(({ regions }) => regions).length);
  const again = run(undefined, new CodeCache([united!]));
  expect(again.digest).toBe(plain.digest);
  expect(again.cached).toBe(united!.regions.length);
  expect(again.translated).toBe(0);
});

test('nothing is made of nothing, and code of others is refused', () => {
  const record = new CodeRecord();
  expect(record.united([])).toBeUndefined();
  const cache = new CodeCache();
  run(new CodeRecord(), cache);
  expect(() => record.united(cache.batches)).toThrow('this code was not made here');
});
