import type { CachedBatch } from '../cpu/translator/code-cache.js';
import { CodeCache } from '../cpu/translator/code-cache.js';
import { assemble, moveImmediate } from '../cpu/testing/assembler.js';
import { RAM, bareProcessor } from '../cpu/testing/machine.js';
import { readCodeCache, writeCodeCache } from './code-cache-file.js';

/** Counts for ever, and calls a function at each turn. */
const program = [
  ...moveImmediate(1, 0n),
  assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 1, n: 1, d: 1 }),
  assemble('B_BL', { o: 1, i: 2 }),
  assemble('B_BL', { o: 0, i: -2 & 0x3ffffff }),
  assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 3, n: 2, d: 2 }),
  assemble('BR_RET', { o: 1, n: 30 }),
];

function run(cache?: CodeCache, words: readonly number[] = program): { digest: bigint; cached: number; translated: number } {
  const cpu = bareProcessor(words, { threshold: 200 });
  if (cache) cpu.useCodeCache(cache);
  for (let now = 0; now < 100_000;) now += cpu.run(now, 10_000).executed;
  return { digest: cpu.digest(), cached: cpu.translation.cached, translated: cpu.translation.instructions };
}

function recorded(): readonly CachedBatch[] {
  const cache = new CodeCache();
  run(cache);
  return cache.batches;
}

const plain = run();
const bytes = writeCodeCache(recorded(), 'me');

test('what the cache did not have when code was warm is asked for once more when it is hot', () => {
  const cache = new CodeCache();
  const cpu = bareProcessor(program, { threshold: 200 });
  cpu.useCodeCache(cache);
  // A hundred turns: enough to ask, too few to translate.
  let now = cpu.run(0, 500).executed;
  for (const batch of readCodeCache(bytes, 'me')!.batches) cache.add(batch);
  while (now < 100_000) now += cpu.run(now, Math.min(10_000, 100_000 - now)).executed;
  expect(cpu.translation.cached).toBeGreaterThan(0);
  expect(cpu.translation.instructions).toBe(0);
  expect(cpu.digest()).toBe(plain.digest);
});

test('code of one run serves the next, which ends in the same state', () => {
  const cache = readCodeCache(bytes, 'me');
  const again = run(cache);
  expect(again.digest).toBe(plain.digest);
  // Whoever asks what the engine has made of it finds what was compiled on the way.
  expect(cache?.batches.every(({ module }) => module !== undefined)).toBe(true);
  expect(again.cached).toBeGreaterThan(0);
  expect(again.translated).toBe(0);
});

test('code is not used where other words are in its place', () => {
  const other = program.map((word, at) =>
    at === program.length - 2 ? assemble('ADD_SUB_immediate', { f: 1, o: 0, S: 0, h: 0, i: 4, n: 2, d: 2 }) : word,
  );
  expect(run(readCodeCache(bytes, 'me'), other).digest).toBe(run(undefined, other).digest);
});

test('what another build made is ignored', () => {
  expect(readCodeCache(bytes, 'you')).toBeUndefined();
});

test('what is cut off or damaged anywhere is ignored', () => {
  for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 300))
    expect(readCodeCache(bytes.slice(0, length), 'me')).toBeUndefined();
  for (let at = 0; at < bytes.length; at += 1 + Math.floor(bytes.length / 300)) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << (at % 8);
    expect(readCodeCache(damaged, 'me')).toBeUndefined();
  }
});

test('a module that is none is left out, and its code translated again', () => {
  const broken = recorded().map((batch) => ({ ...batch, bytes: Uint8Array.of(1, 2, 3) }));
  const again = run(readCodeCache(writeCodeCache(broken, 'me'), 'me'));
  expect(again.digest).toBe(plain.digest);
  expect(again.cached).toBe(0);
});

test('code is at the page where it was found', () => {
  const [{ regions }] = recorded() as [CachedBatch];
  expect(regions[0]!.page).toBe(RAM >> 12);
});
