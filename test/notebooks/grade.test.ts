/**
 * `virtbook grade` as a program: what it runs where, and what it reports. Marks beside nbgrader's: `test/python/test_grading.py`.
 *
 * @peers debian
 * @seconds 20
 * @long
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { packageRoot } from '../../sdk/root.js';

const VIRTBOOK = join(packageRoot(), 'bin', 'virtbook.js');
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'grade '))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cell = (grade_id: string, source: string, more: object) => ({
  cell_type: 'code',
  id: grade_id,
  source,
  outputs: [],
  execution_count: null,
  metadata: { nbgrader: { schema_version: 3, grade: false, solution: false, locked: false, task: false, grade_id, ...more } },
});
const solution = (source: string) => cell('answer', source, { solution: true });
const check = (id: string, source: string, points: number) => cell(id, source, { grade: true, locked: true, points });
const write = (name: string, ...cells: object[]): void => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
};
const grade = (...args: string[]) =>
  spawnSync(process.execPath, [VIRTBOOK, 'grade', ...args], { cwd: folder, encoding: 'utf8', timeout: 600_000, input: '' });
const checkDouble = check('double', 'if (double(2) !== 4) throw new Error("2 & 2 <are> \\u0001 4")', 3);
const checks = [
  checkDouble,
  check(
    'file',
    "import { readdirSync, readFileSync } from 'fs';\nif (readFileSync('given.txt', 'utf8') !== 'given') throw new Error('changed');\nif (readdirSync('.').includes('mine.txt')) throw new Error('a file of somebody else');",
    2,
  ),
];

test('marks of several notebooks, each run by itself and with what was handed in beside it', () => {
  write(
    'good.ipynb',
    solution('function double(n: number) { return 2 * n }'),
    ...checks,
    cell('file2', '%%file mine.txt\nmine', { solution: true }),
  );
  write(
    'bad.ipynb',
    solution('function double(n: number) { while (n > 1); return n }'),
    ...checks,
    cell('why', '', { grade: true, solution: true, points: 1 }),
  );
  writeFileSync(join(folder, 'given.txt'), 'given');
  const before = readdirSync(folder);
  const { status, stdout, stderr } = grade('good.ipynb', 'bad.ipynb', '--timeout', '25', '--json');
  expect(status).toBe(0);
  expect(stderr).toBe('grading good.ipynb (1 of 2)\ngrading bad.ipynb (2 of 2)\n');
  expect(JSON.parse(stdout)).toEqual({
    notebooks: [
      {
        path: 'good.ipynb',
        score: 5,
        total: 5,
        byHand: 0,
        cells: [
          { id: 'double', points: 3, of: 3 },
          { id: 'file', points: 2, of: 2 },
        ],
        restored: [],
      },
      {
        path: 'bad.ipynb',
        score: 2,
        total: 6,
        byHand: 1,
        restored: [],
        cells: [
          { id: 'double', points: 0, of: 3, reason: expect.stringMatching(/^KeyboardInterrupt: /) as string },
          { id: 'file', points: 2, of: 2 },
          { id: 'why', points: null, of: 1, reason: 'to be graded by hand' },
        ],
      },
    ],
  });
  expect(readdirSync(folder)).toEqual(before);
}, 60_000);

test('what cannot be run does not keep others from their marks; JUnit has both', () => {
  write('student/wrong.ipynb', solution('function double(n: number) { return n }'), check('double', '3', 3));
  writeFileSync(join(folder, 'text.ipynb'), 'no notebook');
  write('source.ipynb', solution('// BEGIN SOLUTION'), checkDouble);
  const { status, stdout, stderr } = grade('text.ipynb', 'student/wrong.ipynb', '--source', 'source.ipynb', '--junit', 'report.xml');
  expect(status).toBe(1);
  expect(stderr).toMatch(/\nvirtbook: could not be graded: text\.ipynb\n$/);
  expect(stdout).toMatch(/^text\.ipynb: not graded\n.*not a notebook/);
  expect(stdout).toContain('student/wrong.ipynb: 0 of 3 points\n');
  expect(stdout).toContain('  restored: the text of cell double had been changed\n');
  const report: unknown = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(
    readFileSync(join(folder, 'report.xml'), 'utf8'),
  );
  const [text, wrong] = (report as { testsuites: { testsuite: object[] } }).testsuites.testsuite;
  expect(text).toMatchObject({
    name: 'text.ipynb',
    tests: '1',
    errors: '1',
    testcase: { error: { message: expect.stringContaining('is not a notebook') as string } },
  });
  expect(wrong).toMatchObject({ name: 'student/wrong.ipynb', tests: '1', failures: '1', errors: '0' });
  expect(wrong).toMatchObject({ testcase: { name: 'double', failure: { message: '0 of 3 points: Error: 2 & 2 <are>  4' } } });
}, 60_000);
