import { spawn } from 'node:child_process';
import { MostMemory, PeakMemory, processorTime, processTree, residentMemory } from './process-tree.js';
import { bar, bounds, highest, plot, summarise, table } from './report.js';

test('a summary is the middle and the ends', () => {
  expect(summarise([3])).toEqual({ median: 3, least: 3, most: 3 });
  expect(summarise([10, 2, 4])).toEqual({ median: 4, least: 2, most: 10 });
  expect(summarise([8, 2, 4, 100])).toEqual({ median: 6, least: 2, most: 100 });
});

test('what is not known does not hide what is', () => {
  expect(highest([undefined, 2, 1])).toBe(2);
  expect(highest([undefined])).toBeUndefined();
});

test('columns are as wide as what is in them', () => {
  expect(
    table([
      ['boot', 'time'],
      ['part 4', '12.50 s'],
    ]),
  ).toBe('boot        time\n------   -------\npart 4   12.50 s');
});

test('a bar is as long as the value, and keeps the mark', () => {
  expect(bar(0.5)).toBe('##########          |');
  expect(bar(1)).toBe('####################|');
  expect(bar(1.5)).toBe('####################|#########');
  expect(bar(100)).toMatch(/^#{20}\|#{39}>$/);
});

test('a plot has its bars below each other', () => {
  expect(
    plot([
      ['a', 1],
      ['long', 0.5],
    ]),
  ).toBe(`a     ${bar(1)} 1.00\nlong  ${bar(0.5)} 0.50\n${' '.repeat(26)}^ QEMU`);
});

test('a bound holds, is missed, or cannot be told', () => {
  const show = String;
  const atLeast = true;
  expect(
    bounds([
      { name: 'd', value: 1, limit: 1, atLeast, show },
      { name: 'e', value: 0.5, limit: 1, atLeast, show },
    ]),
  ).toBe('holds   d: 1, at least 1\nMISSED  e: 0.5, at least 1');
  expect(
    bounds([
      { name: 'a', value: 1, limit: 1, show },
      { name: 'b', value: 2, limit: 1, show },
      { name: 'c', value: undefined, limit: 1, show },
    ]),
  ).toBe('holds   a: 1, at most 1\nMISSED  b: 2, at most 1\n?       c: not known here, at most 1');
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('memory counts what children hold, and what was held before', async () => {
  const hold = 'const held = Buffer.alloc(64 << 20, 1)';
  // The parent lets its memory go; the child keeps its own.
  const script = `
    let held = Buffer.alloc(96 << 20, 1);
    require('node:child_process').spawn(process.execPath, ['-e', '${hold}; console.log(1); setInterval(() => held, 1000)'], { stdio: 'inherit' });
    held = undefined; gc();
    process.stdin.resume()`;
  const parent = spawn(process.execPath, ['--expose-gc', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    const peak = new PeakMemory(parent.pid!).stop()!;
    const now = residentMemory(parent.pid!)!;
    expect(now).toBeGreaterThan(64 << 20);
    expect(peak).toBeGreaterThan(160 << 20);
    expect(peak - now).toBeGreaterThan(64 << 20);
  } finally {
    // The parent does not take its child along.
    for (const pid of processTree(parent.pid!)) process.kill(pid, 'SIGKILL');
  }
});

onLinux('the most at one time is less than what processes held one after the other', async () => {
  const child = 'const held = Buffer.alloc(64 << 20, 1); setTimeout(() => held, 500)';
  const script = `for (let i = 0; i < 2; i++) require('node:child_process').spawnSync(process.execPath, ['-e', '${child}'])`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  const [peak, most] = [new PeakMemory(parent.pid!), new MostMemory(parent.pid!)];
  await new Promise((resolve) => parent.once('exit', resolve));
  const [sum, once] = [peak.stop()!, most.stop()!];
  expect(once).toBeGreaterThan(64 << 20);
  expect(sum - once).toBeGreaterThan(64 << 20);
});

onLinux('processor time is that of computing, not of waiting', async () => {
  const script = `
    const used = () => { const { user, system } = process.cpuUsage(); return user + system; };
    setTimeout(() => { const end = used() + 3e5; while (used() < end); console.log(1); process.stdin.resume(); }, 1500);
    console.log(0)`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const printed = (): Promise<unknown> => new Promise((resolve) => child.stdout.once('data', resolve));
  try {
    await printed();
    const before = processorTime(child.pid!)!;
    await printed();
    const spent = processorTime(child.pid!)! - before;
    expect(spent).toBeGreaterThan(0.25);
    expect(spent).toBeLessThan(1);
  } finally {
    child.kill('SIGKILL');
  }
  expect(processorTime(2 ** 30)).toBeUndefined();
});
