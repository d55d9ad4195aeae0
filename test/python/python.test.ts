/**
 * Jupyter's own suite and clients, in Python, against the installed kernel. `scripts/peers.mjs` brings them.
 *
 * @peers jupyter debian
 * @seconds 60
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const ENVIRONMENT = join(ROOT, 'dist', 'python');
const PYTHON = join(ENVIRONMENT, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', timeout: 1_200_000 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout + stderr;
}

beforeAll(() => {
  if (!existsSync(join(ENVIRONMENT, 'complete'))) {
    throw new Error("Jupyter's Python clients are missing: `npm test` installs them where python3 with venv and pip is installed");
  }
  run(process.execPath, [join(ROOT, 'bin', 'virtbook.js'), 'install', '--prefix', ENVIRONMENT]);
}, 30_000);

// A suite leaves out what it has no sample for; what it did run must have been something.
test.each([
  ['jupyter_kernel_test and nbclient', 'test_kernel.py', 10],
  ['papermill, nbval, nbconvert, encryption and Unix sockets', 'test_front_ends.py', 4],
  ['nbgrader', 'test_grading.py', 0],
])(
  '%s drive the installed kernel',
  (_who, file, more) => {
    const report = run(PYTHON, ['-m', 'unittest', 'discover', '-s', join('test', 'python'), '-p', file]);
    expect(Number(/Ran (\d+) tests?/.exec(report)?.[1])).toBeGreaterThan(more);
  },
  300_000,
);
