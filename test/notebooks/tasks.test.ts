/**
 * Tasks as authors and readers meet them: `virtbook chapter new`, `check` and `test`, and the magics in a notebook. The first builds
 * the SDK where it is not there.
 *
 * @seconds 45
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { shownText, storedCells } from './chapter.js';

const SCRATCH = mkdtempSync(join(tmpdir(), 'tasks '));
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

function virtbook(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const program = join(packageRoot(), 'bin', 'virtbook.js');
  return spawnSync(process.execPath, [program, ...args], { cwd: SCRATCH, encoding: 'utf8', timeout: 300_000 });
}

beforeAll(() => {
  expect(virtbook('chapter', 'new', 'clock')).toMatchObject({ status: 0, stderr: '' });
});

test('chapter new overwrites nothing, and wants a name', () => {
  expect(virtbook('chapter', 'new', 'clock')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('there is a clock already') as string,
  });
  expect(virtbook('chapter', 'new', 'no name').status).toBe(2);
  expect(virtbook('chapter', 'check', 'clock/sources').status).toBe(2);
  expect(virtbook('chapter', 'check', 'clock')).toMatchObject({ status: 0, stdout: 'clock: nothing is wrong (tasks: 1)\n' });
});

test('chapter test: the solution passes, the skeleton fails, and each mistake gets its hint', () => {
  const { status, stdout } = virtbook('chapter', 'test', 'clock');
  expect(stdout).toBe(
    [
      'clock: double',
      '  ok   solution: all 2 checks pass',
      '  ok   skeleton: 2 of 2 checks fail, hint: answer',
      '  ok   mistake square: 2 of 2 checks fail, hint: answer',
      '  ok   mistake plus-21: 1 of 2 checks fail, hint: every',
      '',
    ].join('\n'),
  );
  expect(status).toBe(0);
}, 300_000);

test('chapter test says what is not as it should be', () => {
  const checks = join(SCRATCH, 'clock', 'tasks', 'double', 'checks.ts');
  const declaration = join(SCRATCH, 'clock', 'chapter.json');
  const [before, declared] = [readFileSync(checks, 'utf8'), readFileSync(declaration, 'utf8')];
  try {
    writeFileSync(declaration, declared.replace('"plus-21": "every"', '"plus-21": "answer"'));
    writeFileSync(checks, before.replace('.is(42)', '.isNot(441)').replace('.is(8)', '.is(9)'));
    const { status, stdout } = virtbook('chapter', 'test', 'clock');
    expect(stdout).toContain(
      'FAIL solution: all checks should pass\n       other numbers are doubled, too: The answer to 4 is 8; it should be 9.',
    );
    expect(stdout).toContain('FAIL skeleton: all checks should fail, and these pass: both calls are answered');
    expect(stdout).toContain('FAIL mistake plus-21: it should get the hint answer, and got every');
    expect(status).toBe(1);
    writeFileSync(checks, before.replace('(await answers(machine))[1]', '(undefined as unknown as number[])[1]'));
    expect(virtbook('chapter', 'test', 'clock', '--task', 'double').stdout).toMatch(
      /checks of double: "other numbers are doubled, too": TypeError: [^\n]*checks\.ts:\d+:\d+/,
    );
  } finally {
    writeFileSync(checks, before);
    writeFileSync(declaration, declared);
  }
}, 300_000);

test('a reader is checked, helped, shown the solution, and loses nothing', () => {
  const work = join(SCRATCH, 'work');
  mkdirSync(work);
  const crash = '#include <microkit.h>\nvoid init(void) { *(volatile int *)0 = 1; }\nvoid notified(microkit_channel c) { (void)c; }\n';
  const cells = {
    none: '%check',
    list: '%chapter clock\n%tasks',
    typo: '%%file teller.c\nint main(void) { retrun 0; }',
    unbuilt: '%check',
    // What shows nothing is a flood, too.
    flood: `%%file teller.c\n${crash.replace('*(volatile int *)0 = 1;', 'while (1) microkit_dbg_puts("\\\\r");')}`,
    flooded: '%check double',
    crash: `%%file teller.c\n${crash}microkit_msginfo protected(microkit_channel c, microkit_msginfo m) { (void)c; return m; }`,
    failed: '%check double',
    hint: '%hint',
    solve: '%solve double',
    passed: '%check double',
    done: '%tasks',
    unknown: '%hint doubel',
    trace: '%build clock\n%run clock --seed 1 --timeout 1ms\n%trace --for 50ms',
    asked: `const calls = await machine.events({ kind: 'call' });\nexpect(calls).times({ atLeast: 0 }, { to: /tell/ });\nexpect((await machine.symbol('asker', 'answers')).size, 'size').is(16);\n(await machine.system()).domains.find(({ name }) => name === 'asker')?.reaches.map(({ to, by }) => to + ' by ' + by).join()`,
    notSo: `expect((await machine.symbol('asker', 'answers')).value, 'the first answer').is(43);`,
    noSymbol: `await machine.symbol('asker', 'answer')`,
    fromPowerOn: '%trace clock',
    counted: `const [asker, kernel] = [await machine.instructions('asker'), await machine.instructions('microkernel')];\nexpect(asker, 'asker').isAtLeast(10).isAtMost(1000);\nexpect(kernel, 'the microkernel').isAtLeast(100);\n(await machine.frames()).length + ' frames, ' + (await machine.findings()).length + ' findings'`,
    unprofiled: 'await machine.profile()',
    profile: '%profile --for 1ms',
    shares: `const { samples, domains } = await machine.profile();\nexpect(domains.reduce((sum, { count }) => sum + count, 0), 'the samples of all').is(samples);\ndomains[0]?.who`,
    noDomain: `await machine.instructions('askr')`,
    healthy: `await expect(machine).isNotDeadlocked();\nawait expect(machine).starvesNobody();\nawait expect(machine).acknowledgesInterrupts();\nawait expect(machine).hasNoFaults();\n'healthy'`,
    noAwait: `expect(machine.events())`,
    noKind: `expect(await machine.events()).never({ kind: 'cal' })`,
  };
  const json = Object.entries(cells).map(([id, source]) => ({
    cell_type: 'code',
    id,
    source,
    outputs: [],
    execution_count: null,
    metadata: {},
  }));
  writeFileSync(join(work, 'n.ipynb'), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: json }));
  const out = join(work, 'out.ipynb');
  virtbook('execute', join(work, 'n.ipynb'), '-o', out, '--allow-errors', '--chapters', 'clock');
  const shown = Object.fromEntries(storedCells(out).map(({ id, outputs }) => [id, shownText(outputs).replace(/\x1b\[[\d;]*m/g, '')]));
  expect(shown.none).toContain('this notebook has named no chapter yet');
  expect(shown.list).toContain('0 of 1 tasks done');
  expect(shown.unbuilt).toMatch(/teller\.c:1:18: error: .*'retrun'/);
  expect(shown.failed).toMatch(
    /teller faults: data abort, write 0x0, in init[^]*teller wrote 4 bytes at 0x0, in init, teller\.c:2[^]*%hint double helps/,
  );
  expect(shown.flooded).toMatch(/The console was flooded: the check ended after 200000 characters\.[^]*%hint double helps/);
  expect(shown.hint).toContain('double, hint 1 of 2: The function double_of');
  expect(shown.solve).toMatch(/Wrote the solution of double: teller\.c\.[^]*What was there before is in copies\/double-1\//);
  expect(readFileSync(join(work, 'copies/double-1/teller.c'), 'utf8')).toContain(crash);
  expect(shown.passed).toContain('double: done. 2 checks passed.');
  expect(shown.done).toContain('done (with the solution)');
  expect(shown.unknown).toContain('Did you mean double?');
  // The same questions in TypeScript cells, of the machine that %run started.
  expect(shown.asked).toContain('teller by call');
  expect(shown.notSo).toContain('The first answer is 42; it should be 43.');
  expect(shown.noSymbol).toContain('Did you mean answers?');
  expect(shown.counted).toContain('0 frames, 0 findings');
  expect(shown.unprofiled).toContain('this machine has not been profiled: let it run with %profile first');
  expect(shown.shares).toContain('idle');
  expect(shown.noDomain).toContain('there is no protection domain askr. Did you mean asker?');
  expect(shown.healthy).toContain('healthy');
  expect(shown.noAwait).toContain('write await, for example expect(await machine.events())');
  expect(shown.noKind).toContain('no event has the kind cal: did you mean call?');
}, 300_000);
