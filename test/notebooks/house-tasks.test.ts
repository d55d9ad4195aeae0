/**
 * The tasks of the chapters of the house: each solution passes, each skeleton fails, and each kept mistake gets its hint.
 *
 * @seconds 330
 * @long
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';

function virtbook(...args: string[]): { status: number | null; stdout: string } {
  const program = join(packageRoot(), 'bin', 'virtbook.js');
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 900_000 });
}

test("the chapters of the house are whole, and their tasks' kept mistakes get their hints", () => {
  const notebooks = join(packageRoot(), 'notebooks');
  expect(virtbook('chapter', 'check', notebooks).stdout).not.toMatch(/error/);
  const { status, stdout } = virtbook('chapter', 'test', notebooks);
  expect(stdout).not.toContain('FAIL');
  expect(stdout).toContain('ok   mistake too-early: 1 of 3 checks fail, hint: last');
  expect(stdout).toContain('ok   mistake card-read-only: 2 of 3 checks fail, hint: card');
  expect(status).toBe(0);
}, 900_000);
