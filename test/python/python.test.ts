/** Jupyter's own suite and clients, in Python, against the installed kernel. `scripts/peers.mjs` brings them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const environment = join(root, 'dist', 'python');
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

test('jupyter_kernel_test and nbclient drive the installed kernel', () => {
  if (!existsSync(join(environment, 'complete'))) {
    throw new Error("Jupyter's Python clients are missing: `npm test` installs them where python3 with venv and pip is at hand");
  }
  const run = (command: string, args: string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8', timeout: 240_000 });
    if (error) throw error;
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout + stderr;
  };
  run(process.execPath, [join(root, 'bin', 'virtbook.js'), 'install', '--prefix', environment]);
  const report = run(python, ['-m', 'unittest', 'discover', '-s', join('test', 'python')]);
  // The suite leaves out what it has no sample for; what it did run must have been something.
  expect(Number(/Ran (\d+) tests?/.exec(report)?.[1])).toBeGreaterThan(10);
}, 300_000);
