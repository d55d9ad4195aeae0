/**
 * Part 5 as it ships, solved: what it measures is so. Two boots of Linux.
 *
 * @seconds 40
 * @long
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeNotebook } from '../../kernel/notebook/execute.js';
import type { Cell } from '../../kernel/notebook/format.js';
import { packageRoot } from '../../sdk/root.js';
import { cellNamed, chapterEvaluator, shownText, storedCells } from './chapter.js';

jest.setTimeout(600_000);

const SCRATCH = mkdtempSync(join(tmpdir(), 'virtbook part5 '));
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

let cells: Cell[] = [];
const shown = (id: string): string => shownText(cellNamed(cells, id).outputs);

beforeAll(async () => {
  const folder = join(SCRATCH, 'part5');
  mkdirSync(folder);
  const out = join(folder, 'executed.ipynb');
  const path = join(packageRoot(), 'notebooks', 'part5', 'part5.ipynb');
  expect((await executeNotebook(path, chapterEvaluator(folder), { out })).failed).toBeUndefined();
  cells = storedCells(out);
});

test('Linux: a fault for each letter and one for the bell; most of the time is its own', () => {
  expect(shown('linux-count')).toContain('6 faults for 5 letters and the bell');
  expect(shown('linux-profile')).toMatch(/linux \(EL1\) +[89]\d\.\d %/);
});

test('a guest that only sends: thousands of faults, or one', () => {
  expect(shown('mail-count')).toMatch(/faults: 4002, .*characters: 4000/);
  expect(shown('mail-compare')).toContain('by sharing: 1 fault,');
  const [, cost = ''] = /A store that faults costs about (\d+) instructions/.exec(shown('mail-compare')) ?? [];
  expect(Number(cost)).toBeGreaterThan(500);
  expect(Number(cost)).toBeLessThan(20_000);
});

test('with the mailbox, the word of Linux comes with one fault and one notification, and is the word', () => {
  expect(shown('word-count')).toContain('One fault, one notification.');
  // The word of seed 21, as in part 4.
  expect(shown('word-guess')).toContain('c  (R)  a   n   e');
  expect(shown('trust-inspect')).toMatch(/0x50000000\.\.0x50001000 +4 KiB +mailbox/);
});

test('both tasks are solved', () => {
  for (const name of ['rights', 'length']) expect(shown(`check-${name}`)).toContain(`${name}: done.`);
  expect(shown('tasks-done')).toContain('2 of 2 tasks done.');
});
