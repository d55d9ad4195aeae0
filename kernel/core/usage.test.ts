import { spawn, type ChildProcess } from 'node:child_process';
import { treeMemory } from './usage.js';

/** 64 MB, in a process that the given one starts. */
const HOLDS = 'const held = Buffer.alloc(64e6, 1); console.log(held.length); setInterval(() => held, 1e6);';
const STARTS = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(HOLDS)}], { stdio: 'inherit' }); setInterval(() => 0, 1e6);`;

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach(({ pid }) => process.kill(-pid!, 'SIGKILL')));

const linux = process.platform === 'linux' ? test : test.skip;

linux('what a process has started counts, and the program that all of them run does not', async () => {
  const child = spawn(process.execPath, ['-e', STARTS], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const together = await treeMemory([child.pid!]);
  expect(together).toBeGreaterThan(64e6);
  // Each has some 40 MB of Node's program mapped, and 10 of its own.
  expect(together).toBeLessThan(64e6 + 80e6);
});

test('a process that has ended takes nothing', async () => {
  const child = spawn(process.execPath, ['-e', '0']);
  await new Promise((resolve) => child.once('close', resolve));
  expect(await treeMemory([child.pid!])).toBe(0);
});
