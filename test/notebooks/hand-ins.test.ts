/**
 * Hand-ins of part 4 graded by the program, with a real build and a real machine: honest ones, and some that would take in files of this
 * computer. Which files count is told by `kernel/assignments/grade.test.ts`.
 *
 * @seconds 150
 * @peers debian
 * @long
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKWARDS, handIn, inserted, released, RIGHT, solutionOf } from '../../kernel/assignments/testing/hand-ins.js';
import type { GradingResult } from '../../kernel/assignments/result.js';
import { formatNotebook } from '../../kernel/notebook/format.js';
import { packageRoot } from '../../sdk/root.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'hand ins '));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

function grade(args: string[], env: NodeJS.ProcessEnv = {}): { status: number | null; stdout: string; stderr: string } {
  const program = join(packageRoot(), 'bin', 'virtbook.js');
  return spawnSync(process.execPath, [program, 'grade', ...args], {
    cwd: FOLDER,
    encoding: 'utf8',
    timeout: 1_500_000,
    env: { ...process.env, ...env },
  });
}

const SECRET = join(FOLDER, 'secret.txt');
const SERVER = solutionOf('server');
const INCLUDE = `%%file wordle_server.c\nextern int found;\n# 2 "wordle_server.c" 3\n#include "${SECRET}"\n${SERVER.split('\n').slice(1).join('\n')}`;
const INCBIN = SERVER.replace('#include <stdint.h>', `__asm__(".inc" "bin \\"${SECRET}\\"");\n#include <stdint.h>`);
const PREFILL = solutionOf('system').replace('name="client_to_serial" size', `name="client_to_serial" prefill_path="${SECRET}" size`);

/** The word that `%check` has, and nothing is taken. */
const CONSTANT = SERVER.replace("'h', 'e', 'l', 'l', 'o'", "'q', 'u', 'i', 'e', 't'").replace(
  'word[i] = received[i]',
  'received[i] = word[i]',
);
const SAID = ['Booting Linux on physical CPU', 'Linux user-space: Transfer word to virtual-machine monitor', 'Linux user-space: Finished'];
const TALKER = SERVER.replace(
  'void init(void)\n{',
  `void init(void)\n{\n${SAID.map((line) => `    microkit_dbg_puts("${line}\\n");`).join('\n')}`,
);
const NO_MACHINE = released()
  .cells.find(({ id }) => id === 'system')!
  .source.replace(/[^\n]*YOUR CODE HERE/, '');

const STUDENTS = {
  right: { points: 9, notebook: handIn(RIGHT, inserted('boots', 'process.kill(process.ppid)')) },
  backwards: { points: 7, notebook: handIn({ system: true, server: BACKWARDS }) },
  include: { points: 5, notebook: handIn({ system: true, server: INCLUDE }) },
  incbin: { points: 5, notebook: handIn({ system: true, server: INCBIN }) },
  constant: { points: 5, notebook: handIn({ system: true, server: CONSTANT }) },
  talker: { points: 0, notebook: handIn({ system: NO_MACHINE, server: TALKER }) },
  prefill: { points: 0, notebook: handIn({ system: PREFILL }) },
};

test('each gets its mark, its reason and its page; --resume leaves out what is graded', () => {
  writeFileSync(SECRET, 'int of_this_computer;\n');
  for (const [name, { notebook }] of Object.entries(STUDENTS)) {
    mkdirSync(join(FOLDER, 'submitted', name, 'part4'), { recursive: true });
    writeFileSync(join(FOLDER, 'submitted', name, 'part4', 'part4.ipynb'), formatNotebook(notebook));
  }
  const paths = Object.keys(STUDENTS).map((name) => `submitted/${name}/part4/part4.ipynb`);
  writeFileSync(join(FOLDER, 'text.ipynb'), 'no notebook');
  const first = grade([
    ...paths,
    'text.ipynb',
    '--assignment',
    'part4',
    '--output',
    'results',
    '--jobs',
    '2',
    '--json',
    '--junit',
    'all.xml',
  ]);
  const { results } = JSON.parse(first.stdout) as { results: GradingResult[] };
  const of = (name: string): GradingResult => results.find((each) => each.name === name)!;
  const points = Object.fromEntries(Object.keys(STUDENTS).map((name) => [name, of(name).score]));
  expect(points).toEqual(Object.fromEntries(Object.entries(STUDENTS).map(([name, each]) => [name, each.points])));
  expect(of('text').state).toBe('unreadable');
  expect(first.status).toBe(1);
  for (const name of ['include', 'incbin', 'prefill']) {
    expect(of(name).marks.find((mark) => mark.reason !== undefined)?.reason).toMatch(/takes in|\.incbin/);
    expect(JSON.stringify(of(name))).not.toContain('of_this_computer');
  }
  expect(readFileSync(join(FOLDER, 'all.xml'), 'utf8')).toContain('<testsuite name="right"');
  expect(readFileSync(join(FOLDER, 'results', 'backwards.html'), 'utf8')).toContain('plays: 2 of 4 points');
  expect(readdirSync(join(FOLDER, 'results')).filter((name) => name.startsWith('.'))).toEqual([]);
  const second = grade([...paths, '--assignment', 'part4', '--output', 'results', '--resume']);
  expect(second.stdout.match(/\(as before\)/g)).toHaveLength(paths.length);
  expect(second.status).toBe(0);
  expect(grade(['summarise', 'results']).status).toBe(0);
  expect(readFileSync(join(FOLDER, 'results', 'summary.csv'), 'utf8')).toMatch(/^part4,backwards,7,7,9,graded,2,3,2,/m);
}, 1_600_000);

test('without a compiler and a network nothing is graded, and the status says to try again', () => {
  writeFileSync(join(FOLDER, 'bob.ipynb'), formatNotebook(STUDENTS.backwards.notebook));
  // Node and npm alone: the folder that they are in may have compilers, too.
  const programs = join(FOLDER, 'programs');
  mkdirSync(programs);
  for (const name of ['node', 'npm']) symlinkSync(realpathSync(join(process.execPath, '..', name)), join(programs, name));
  const nowhere = {
    VIRTBOOK_CACHE: join(FOLDER, 'empty cache'),
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    TOOLCHAIN: '',
  };
  const { status, stdout } = grade(['bob.ipynb', '--assignment', 'part4', '--output', 'offline'], {
    ...nowhere,
    PATH: programs,
  });
  expect(stdout).toMatch(/^bob: not graded: /);
  expect(status).toBe(75);
  expect(JSON.parse(readFileSync(join(FOLDER, 'offline', 'bob.json'), 'utf8'))).toMatchObject({ state: 'not graded', marks: [] });
  expect(existsSync(join(FOLDER, 'offline', 'bob.html'))).toBe(false);
}, 600_000);

test('wrong use is told', () => {
  expect(grade(['bob.ipynb', '--output', 'x'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--output needs --assignment') as string,
  });
  expect(grade(['bob.ipynb', '--assignment', 'part9'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no chapter part9') as string,
  });
  expect(grade(['nobody.ipynb', '--assignment', 'part4'])).toMatchObject({ status: 2 });
}, 600_000);
