import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publish, readState, stillThere, writeState } from './outputs.js';
import { forEachParallel } from './parallel.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outputs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('outputs are there, and seen to be there until someone changes one', async () => {
  writeFileSync(at('from'), 'program');
  const outputs = await publish([
    { to: at('image'), content: 'image' },
    { to: at('program'), from: at('from') },
  ]);
  await writeState(folder, { key: 'k', outputs, warnings: [] });
  const state = (await readState(folder))!;
  expect(readFileSync(at('program'), 'utf8')).toBe('program');
  expect(await stillThere(state)).toBe(true);
  writeFileSync(at('image'), 'other image');
  expect(await stillThere(state)).toBe(false);
  rmSync(at('image'));
  expect(await stillThere(state)).toBe(false);
});

test.each([
  ['an error', undefined],
  ['an abort', AbortSignal.abort(new Error('aborted'))],
])('%s before the end leaves everything as it was', async (_, signal) => {
  writeFileSync(at('image'), 'before');
  const outputs = [{ to: at('image'), content: 'after' }, ...(signal ? [] : [{ to: at('x'), from: at('missing') }])];
  await expect(publish(outputs, signal)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(['image']);
  expect(readFileSync(at('image'), 'utf8')).toBe('before');
});

test('publishing a linked file twice leaves one', async () => {
  mkdirSync(at('work'));
  writeFileSync(at('work/p'), 'x');
  for (let i = 0; i < 2; i++) await publish([{ to: at('p'), from: at('work/p') }]);
  expect(readdirSync(folder).sort()).toEqual(['p', 'work']);
});

test('parallel work: bounded, stops after a failure, throws the first', async () => {
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const work = forEachParallel([0, 1, 2, 3, 4, 5], async (item) => {
    started.push(item);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
    if (item === 2) throw new Error(`failed at ${item}`);
  });
  await expect(work).rejects.toThrow('failed at 2');
  expect([most, running]).toEqual([2, 0]);
  expect(started.length).toBeLessThan(6);
});
