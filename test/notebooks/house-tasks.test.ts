/**
 * The tasks of the chapters of the house: each solution passes, each skeleton fails, and each kept mistake gets its hint. Those of
 * part 4 boot Linux many times, and have a suite of their own.
 *
 * @seconds 200
 * @long
 */
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { expectTasksTested, virtbook } from './house-tasks.js';

test('the chapters of the house are whole', () => {
  expect(virtbook('chapter', 'check', join(packageRoot(), 'notebooks')).stdout).not.toMatch(/error/);
}, 600_000);

test.each([
  ['part1', 'ok   mistake too-early: 1 of 3 checks fail, hint: last'],
  ['part2', 'ok   mistake'],
  ['part3', 'ok   mistake'],
  ['part5', 'ok   mistake'],
])("the tasks of %s, and their kept mistakes' hints", (chapter, line) => expectTasksTested(chapter, line), 1_900_000);
