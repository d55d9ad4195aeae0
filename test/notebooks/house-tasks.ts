/** `virtbook chapter test` of the chapters of the house. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';

export function virtbook(...args: string[]): { status: number | null; stdout: string } {
  const program = join(packageRoot(), 'bin', 'virtbook.js');
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 1_800_000 });
}

/** @param line one that must be there: it names a mistake, and the hint that it gets */
export function expectTasksTested(chapter: string, line: string): void {
  const { status, stdout } = virtbook('chapter', 'test', join(packageRoot(), 'notebooks', chapter));
  expect(stdout).not.toContain('FAIL');
  expect(stdout).toContain(line);
  expect(status).toBe(0);
}
