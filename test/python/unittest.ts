/** Suites in Python, against the installed kernel. */
import { spawnSync } from 'node:child_process';
import { installKernel, jupyterPython } from '../notebooks/chapter.js';

/** Runs the tests of a file here. A suite leaves out what it has no sample for: more than `more` of them must have been run. */
export function passesInPython(file: string, more: number): void {
  const python = jupyterPython();
  installKernel();
  const options = ['-m', 'unittest', 'discover', '-s', __dirname, '-p', file];
  // unittest says all on the second stream.
  const { status, stdout, stderr, error } = spawnSync(python, options, { encoding: 'utf8', timeout: 1_200_000 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${file} ended with ${status}\n${stdout}\n${stderr}`);
  expect(Number(/Ran (\d+) tests?/.exec(stderr)?.[1])).toBeGreaterThan(more);
}
