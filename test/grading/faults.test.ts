/**
 * What goes wrong on a grader's computer is never a mark: "not graded", with its reason, status 75, and the next try gives the mark.
 * What goes wrong in a hand-in is one: a compiler that it sends into the wild, and a program without end.
 *
 * @seconds 120
 * @long
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { GradingResult } from '../../kernel/assignments/result.js';
import { ensureSdk } from '../../sdk/build/sdk.js';
import { cacheRoot } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { doublesHandIn, HALF, SOLUTION, writeDoubles } from './doubles.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'faults '));
const CHAPTER = join(FOLDER, 'doubles');
/** Where this file is, the machine of the check loses its thread. */
const LOSE = join(FOLDER, 'lose the thread');
const PROGRAM = join(packageRoot(), 'bin', 'virtbook.js');
/** Long enough for a machine that is busy; a build of the SDK is in one of them. */
const PATIENCE = 1_200_000;
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** Name spaces of one's own, with file systems that are mounted in them. */
const MOUNTS = ['unshare', '-m', ...(process.getuid?.() === 0 ? [] : ['-r']), 'sh', '-c'];
const canMount = spawnSync(MOUNTS[0]!, [...MOUNTS.slice(1), 'mount -t tmpfs none /mnt']).status === 0;
const whereMounts = canMount ? test : test.skip;

beforeAll(async () => {
  writeDoubles(CHAPTER, LOSE);
  handIn('right', SOLUTION);
  handIn('half', HALF);
  // The SDK and a compiler, which no test is about.
  await ensureSdk();
  expect(grade(['right', 'half'])).toMatchObject({ status: 0, points: { right: 2, half: 1 } });
}, PATIENCE);

const handIn = (name: string, body: string, before?: string): void =>
  writeFileSync(join(FOLDER, `${name}.ipynb`), doublesHandIn(CHAPTER, body, before));

let made = 0;
/** Other programs than before: what has passed once is not run again. */
function freshHandIns(): void {
  made++;
  handIn('right', SOLUTION, `int number = ${made};\n`);
  handIn('half', HALF, `int number = ${made};\n`);
}
beforeEach(freshHandIns);

interface Graded {
  status: number | null;
  stderr: string;
  points: Record<string, number | undefined>;
  states: Record<string, string>;
  reasons: string;
  results: GradingResult[];
}

interface Circumstances {
  /** A shell's commands before the grader starts. */
  before?: string;
  mounts?: boolean;
  env?: NodeJS.ProcessEnv;
  args?: string[];
}

function commandOf(names: string[], { before = '', mounts = false, args = [] }: Circumstances): [string, ...string[]] {
  const grader = ['grade', ...names.map((name) => join(FOLDER, `${name}.ipynb`)), '--assignment', CHAPTER, '--json', ...args];
  const shell = mounts ? MOUNTS : ['sh', '-c'];
  const [first = 'sh', ...rest] = [...shell, `${before}\nexec "$@"`, 'sh', process.execPath, PROGRAM, ...grader];
  return [first, ...rest];
}

function grade(names: string[], circumstances: Circumstances = {}): Graded {
  const [program, ...args] = commandOf(names, circumstances);
  const env = { ...process.env, ...circumstances.env };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: FOLDER, encoding: 'utf8', timeout: PATIENCE, env });
  return gradedOf(status, stdout, stderr);
}

function gradedOf(status: number | null, stdout: string, stderr: string): Graded {
  const { results = [] } = (stdout.startsWith('{') ? JSON.parse(stdout) : {}) as { results?: GradingResult[] };
  return {
    status,
    stderr,
    results,
    points: Object.fromEntries(results.map(({ name, score }) => [name, score])),
    states: Object.fromEntries(results.map(({ name, state }) => [name, state])),
    reasons: results.map(({ reason = '' }) => reason).join('\n'),
  };
}

/** Neither the right one nor the half one gets a mark; afterwards both do. */
function expectNoMark(graded: Graded, reason: RegExp): void {
  expect(graded).toMatchObject({ status: 75, states: { right: 'not graded', half: 'not graded' } });
  expect(graded.points).toEqual({ right: undefined, half: undefined });
  expect(graded.reasons).toMatch(reason);
}

/** Nobody has a mark that is not the right one. @returns whether somebody has none */
function someAreMissing(graded: Graded): boolean {
  const { right, half } = graded.points;
  expect([2, undefined]).toContain(right);
  expect([1, undefined]).toContain(half);
  const missing = right === undefined || half === undefined;
  expect({ ...graded, failed: graded.status !== 0 }).toMatchObject({ failed: missing });
  return missing;
}

const bothAgain = (circumstances: Circumstances = {}): void =>
  expect(grade(['right', 'half'], circumstances)).toMatchObject({ status: 0, points: { right: 2, half: 1 } });

describe('nobody has a mark, and the next try gives it', () => {
  whereMounts(
    'a full disk',
    () => {
      const scratch = join(FOLDER, 'scratch');
      mkdirSync(scratch);
      // It is full at another step each time.
      for (const [size, is] of [
        ['12k', 'full'],
        ['48k', 'full'],
        ['160k', 'perhaps'],
        ['400k', 'perhaps'],
      ] as const) {
        freshHandIns();
        const before = `mount -t tmpfs -o size=${size} none "$TMPDIR" || exit 9`;
        const graded = grade(['right', 'half'], { before, mounts: true, env: { TMPDIR: scratch } });
        if (is === 'full') expectNoMark(graded, /No space left on device|ENOSPC|Is the disk full/);
        else if (someAreMissing(graded)) expect(graded.reasons).toMatch(/No space left on device|ENOSPC|Is the disk full/);
      }
      bothAgain({ env: { TMPDIR: scratch } });
    },
    PATIENCE,
  );

  test(
    'files may not grow',
    () => {
      expectNoMark(grade(['right', 'half'], { before: 'ulimit -f 12' }), /could not do its work here|EFBIG|status/);
      bothAgain();
    },
    PATIENCE,
  );

  test(
    'a heap that is too small',
    () => {
      for (const size of [8, 12, 24]) {
        freshHandIns();
        someAreMissing(grade(['right', 'half'], { env: { NODE_OPTIONS: `--max-old-space-size=${size}` } }));
      }
      bothAgain({ env: { NODE_OPTIONS: '--max-old-space-size=64' } });
    },
    PATIENCE,
  );

  test(
    'a machine that loses its thread',
    () => {
      writeFileSync(LOSE, '');
      try {
        expectNoMark(grade(['right', 'half']), /the machine (was switched off|of the check)/);
      } finally {
        rmSync(LOSE);
      }
      bothAgain();
    },
    PATIENCE,
  );

  test(
    'too little time, too little memory',
    () => {
      expectNoMark(grade(['right', 'half'], { args: ['--wall', '0.01'] }), /longer than 0.01 s; allow more with --wall/);
      expectNoMark(grade(['right', 'half'], { args: ['--memory', '20'] }), /more than 20 MB of memory/);
    },
    PATIENCE,
  );

  test(
    'a check that is killed: the others are graded',
    async () => {
      const [program, ...args] = commandOf(['right', 'half'], {});
      const child = spawn(program, args, { cwd: FOLDER, stdio: ['ignore', 'pipe', 'pipe'] });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      let check: number | undefined;
      while (check === undefined && child.exitCode === null) {
        check = checksOf(child.pid ?? 0)[0];
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(check).toBeDefined();
      process.kill(check ?? 0, 'SIGKILL');
      const graded = gradedOf(await ended, stdout, stderr);
      expect(graded).toMatchObject({ status: 75, states: { right: 'not graded', half: 'graded' }, points: { half: 1 } });
      bothAgain();
    },
    PATIENCE,
  );
});

/** Processes of checks that a grader has started, by Linux' list of processes. */
function checksOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const isChild = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
        return isChild && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('check-process') ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

describe('a cache that is shared', () => {
  const cache = join(FOLDER, 'cache');
  let sdk: string;
  beforeAll(async () => {
    sdk = join(cache, 'sdk', basename(await ensureSdk()));
    cpSync(await ensureSdk(), sdk, { recursive: true });
    symlinkSync(join(cacheRoot(), 'toolchain'), join(cache, 'toolchain'));
    bothAgain({ env: { VIRTBOOK_CACHE: cache } });
  }, PATIENCE);

  const damage = (...path: string[]): void => {
    const file = join(sdk, 'board', 'qemu_virt_aarch64', 'debug', ...path);
    const bytes = readFileSync(file);
    bytes.fill(0x2a, bytes.length >> 1, (bytes.length >> 1) + 64);
    writeFileSync(file, bytes);
  };

  whereMounts(
    'may be read only',
    () => {
      const before = `mount --bind "$VIRTBOOK_CACHE" "$VIRTBOOK_CACHE" && mount -o remount,bind,ro "$VIRTBOOK_CACHE" || exit 9`;
      bothAgain({ before, mounts: true, env: { VIRTBOOK_CACHE: cache } });
      damage('lib', 'libmicrokit.a');
      freshHandIns();
      const graded = grade(['right', 'half'], { before, mounts: true, env: { VIRTBOOK_CACHE: cache } });
      expectNoMark(graded, /EROFS|read-only/i);
    },
    PATIENCE,
  );

  test(
    'may be damaged: it is made again',
    () => {
      damage('lib', 'libmicrokit.a');
      damage('include', 'microkit.h');
      for (const name of readdirSync(join(cache, 'programs'), { recursive: true, encoding: 'utf8' })) {
        if (/\.(o|elf)$/.test(name)) writeFileSync(join(cache, 'programs', name), 'damaged');
      }
      bothAgain({ env: { VIRTBOOK_CACHE: cache } });
    },
    PATIENCE,
  );

  test(
    'may be empty, without a network',
    () => {
      const env = { VIRTBOOK_CACHE: join(FOLDER, 'empty'), npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };
      expectNoMark(grade(['right', 'half'], { env: { ...env, TOOLCHAIN: 'zig' } }), /could not download/);
    },
    PATIENCE,
  );
});

describe('what a hand-in does to the compiler or the machine has a mark', () => {
  test.each([
    ['a file without end', SOLUTION, '#include "/dev/zero"\n', /processor time|of memory|larger than|takes in/],
    ['a file that includes itself', SOLUTION, '#include "teller.c"\n', /nested|recurs|depth/i],
    ['an array that fills the disk', SOLUTION, 'char large[1ul << 40] = { 1 };\n', /./],
    ['a program without end', 'for (;;) {}', '', /42/],
    ['an endless flood', 'for (;;) microkit_dbg_puts("flood\\n");', '', /42/],
    ['a message as if the disk were full', SOLUTION, '#error x: No space left on device\n', /No space left/],
    ['a text of megabytes', SOLUTION, `/* ${'x'.repeat(300_000)} */\n`, /bytes: at most/],
  ])(
    '%s',
    (what, body, before, reason) => {
      handIn('bad', body, before);
      const { status, points, results } = grade(['bad']);
      expect({ what, status, points }).toEqual({ what, status: 0, points: { bad: 0 } });
      expect(results[0]?.marks[0]?.reason).toMatch(reason);
    },
    PATIENCE,
  );
});
