/**
 * `deploy/grading/parallel` with GNU parallel: a hand-in that is not graded at first is tried again, and paths have spaces.
 *
 * @peers parallel
 * @seconds 40
 * @long
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { doublesHandIn, HALF, SOLUTION, writeDoubles } from './doubles.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'parallel '));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('hand-ins in shares, and a summary', () => {
  const chapter = join(FOLDER, 'doubles');
  const lose = join(FOLDER, 'lose');
  writeDoubles(chapter, lose, true);
  const virtbook = join(FOLDER, 'virtbook');
  // The first machine after the solution was tried is lost.
  writeFileSync(
    virtbook,
    `#!/bin/sh\n[ "$2" = prepare ] || [ -e '${lose} was' ] || { : > '${lose}'; : > '${lose} was'; }\n` +
      `exec '${process.execPath}' '${join(packageRoot(), 'bin', 'virtbook.js')}' "$@"\n`,
  );
  chmodSync(virtbook, 0o755);
  const paths = Array.from({ length: 12 }, (_, index) => {
    const folder = join(FOLDER, 'submitted', `student ${index}`, 'doubles');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'doubles.ipynb'), doublesHandIn(chapter, index === 3 ? HALF : SOLUTION, `int number = ${index};\n`));
    return join(folder, 'doubles.ipynb');
  });
  const script = join(packageRoot(), 'deploy', 'grading', 'parallel', 'grade.sh');
  const { status, stderr } = spawnSync(script, [chapter, 'all results', ...paths], {
    cwd: FOLDER,
    encoding: 'utf8',
    timeout: 1_200_000,
    env: { ...process.env, VIRTBOOK: virtbook, PARALLEL: '--jobs 2 --will-cite' },
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const rows = readFileSync(join(FOLDER, 'all results', 'summary.csv'), 'utf8')
    .trim()
    .split('\r\n')
    .slice(1);
  expect(rows).toHaveLength(12);
  expect(rows.map((row) => row.split(',').slice(1, 6).join(','))).toEqual(
    expect.arrayContaining(['student_3,1,1,2,graded', 'student_11,2,2,2,graded']),
  );
  expect(rows.every((row) => row.includes(',graded,'))).toBe(true);
  expect(existsSync(lose)).toBe(false);
}, 1_300_000);
