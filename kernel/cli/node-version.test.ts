import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';

const PROGRAM = join(packageRoot(), 'bin', 'virtbook.js');

/** Starts `virtbook --version` in a Node that takes itself for another version. */
function start(version: string): { status: number | null; stderr: string; stdout: string } {
  const code = `Object.defineProperty(process, 'version', { value: ${JSON.stringify(version)} });
    process.argv.splice(1, 0, ${JSON.stringify(PROGRAM)});
    require(${JSON.stringify(PROGRAM)});`;
  return spawnSync(process.execPath, ['-e', code, '--', '--version'], { encoding: 'utf8' });
}

test.each(['v8.17.0', 'v18.20.4', 'v20.14.9', 'v21.7.3', 'v22.1.0'])('%s is too old, and is told what is needed', (version) => {
  const { status, stderr } = start(version);
  expect(stderr).toBe(`virtbook needs Node.js 20.15.0 or a later 20, or 22.2.0 or later. This is ${version} (${process.execPath}).\n`);
  expect(status).toBe(1);
});

test.each(['v20.15.0', 'v20.19.5', 'v22.2.0', 'v24.0.0-nightly1', 'v30.1.2'])('%s is new enough', (version) => {
  expect(start(version)).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
});
