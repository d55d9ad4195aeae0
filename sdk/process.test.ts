import { readFileSync } from 'node:fs';
import { until } from '../test/support/until.js';
import { MissingProgramError, run } from './process.js';

const node = (script: string, options = {}): ReturnType<typeof run> => run(process.execPath, ['-e', script], options);

test('status, output and lines', async () => {
  const lines: string[] = [];
  const result = await node("console.log('a\\nb'); console.error('c'); process.exitCode = 3", {
    onLine: (line: string) => lines.push(line),
  });
  expect(result).toEqual({ status: 3, stdout: 'a\nb\n', stderr: 'c\n' });
  expect(lines.sort()).toEqual(['a', 'b', 'c']);
});

test('a program that is not there', async () => {
  await expect(run('no-such-program-anywhere', [])).rejects.toThrow(MissingProgramError);
});

test('an abort ends the children of the child, too', async () => {
  const controller = new AbortController();
  let grandchild = 0;
  const script = "const c = require('child_process').spawn('sleep', ['600']); console.log(c.pid); setInterval(() => {}, 1000)";
  const running = node(script, {
    signal: controller.signal,
    onLine: (line: string) => {
      grandchild = Number(line);
      controller.abort(new Error('stop'));
    },
  });
  await expect(running).rejects.toThrow('stop');
  expect(grandchild).toBeGreaterThan(0);
  await until(() => !alive(grandchild));
});

/** A zombie counts as ended. */
function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

test('an abort before the start starts nothing', async () => {
  await expect(node('', { signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow('early');
});
