/**
 * TypeScript of a student, where a task asks for it: it reaches no file and no network, ends with its limits, and what it does is the student's.
 *
 * @peers bubblewrap
 * @seconds 15
 * @long
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModule } from '../../kernel/assembly/readers-module.js';
import type { GradingResult } from '../../kernel/assignments/result.js';
import type { Cell, Notebook } from '../../kernel/notebook/format.js';
import type { ReadersModule } from '../../kernel/session/services.js';
import { packageRoot } from '../../sdk/root.js';
import { doublesHandIn, SOLUTION, writeDoubles } from './doubles.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'own typescript '));
const SECRET = join(FOLDER, 'secret.txt');
const FILE = join(FOLDER, 'decode.ts');
let server: Server;
let opened: ReadersModule | undefined;

beforeAll(async () => {
  writeFileSync(SECRET, 'of this computer');
  server = createServer((socket) => socket.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => opened?.close());
afterAll(() => {
  server.close();
  rmSync(FOLDER, { recursive: true, force: true });
});

async function withModule(text: string): Promise<ReadersModule> {
  writeFileSync(FILE, text);
  opened = await openModule(FILE, new AbortController().signal);
  return opened;
}

test('functions take and give what JSON has', async () => {
  const { call } = bound(await withModule('export const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);'));
  expect(await call('sum', [1, 2, 3])).toBe(6);
  expect(await call('sum', [])).toBe(0);
  await expect(call('product', [1])).rejects.toThrow('decode.ts exports no function product');
  await expect(call('sum', 1)).rejects.toThrow(/sum in decode.ts throws TypeError/);
});

test('what is no TypeScript is told with its line', async () => {
  const { call } = bound(await withModule('export const one = 1;\nexport const = 2;\n'));
  await expect(call('one')).rejects.toThrow(/decode.ts cannot be loaded: SyntaxError: line 2: /);
});

test('it sees no file, no variable and no process of this computer, and reaches no port', async () => {
  process.env.VIRTBOOK_TEST_SECRET = 'of who grades';
  const { port } = server.address() as { port: number };
  const { call } = bound(
    await withModule(`
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { spawnSync } from 'node:child_process';
const tried = (work: () => unknown): unknown => { try { return work(); } catch (error) { return (error as { code?: string }).code ?? String(error); } };
export const looks = () => ({
  secret: tried(() => readFileSync(${JSON.stringify(SECRET)}, 'utf8')),
  beside: tried(() => readdirSync(${JSON.stringify(FOLDER)})),
  homes: tried(() => readdirSync(${JSON.stringify(process.env.HOME ?? '/root')})),
  write: tried(() => writeFileSync(${JSON.stringify(join(FOLDER, 'written'))}, 'x')),
  variable: process.env.VIRTBOOK_TEST_SECRET ?? 'none',
  processes: readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
  kill: tried(() => process.kill(${process.pid}, 0)),
  shell: String(spawnSync('cat', [${JSON.stringify(SECRET)}]).stdout),
});
export const reaches = () => new Promise((resolve) => connect(${port}, '127.0.0.1').on('connect', () => resolve('there')).on('error', (error) => resolve((error as { code?: string }).code)));
`),
  );
  const seen = (await call('looks')) as Record<string, unknown>;
  expect(seen).toMatchObject({ secret: 'ENOENT', beside: ['decode.ts'], variable: 'none', kill: 'ESRCH', shell: '' });
  expect(seen.homes === 'ENOENT' || !JSON.stringify(seen.homes).includes('.')).toBe(true);
  expect(seen.processes).toBeLessThan(6);
  expect(await call('reaches')).toMatch(/ECONNREFUSED|ENETUNREACH|EADDRNOTAVAIL/);
  delete process.env.VIRTBOOK_TEST_SECRET;
});

test.each([
  ['an end of the process', 'export const f = () => process.exit(0);', /gave no answer: its process ended/],
  ['a signal to itself', 'export const f = () => process.kill(process.pid, "SIGKILL");', /gave no answer: its process/],
  [
    'more memory than there is for it',
    'export const f = () => { const all = []; for (;;) all.push(Buffer.alloc(1e8, 1)); };',
    /f in decode.ts/,
  ],
  ['an answer without end', 'export const f = () => "x".repeat(5e6);', /more than 1000000 characters/],
  [
    'words in the place of an answer',
    'import { writeSync } from "node:fs"; export const f = () => writeSync(3, "word\\n");',
    /something else in the place/,
  ],
])('%s is the mistake of the student', async (_, text, reason) => {
  const { call } = bound(await withModule(text));
  await expect(call('f')).rejects.toMatchObject({ name: 'ReadersMistake', message: expect.stringMatching(reason) as string });
});

test('a loop ends, with all that it has started', async () => {
  const { call } = bound(
    await withModule(`import { spawn } from 'node:child_process';
export const f = () => { spawn('sleep', ['4321.5'], { detached: true, stdio: 'ignore' }).unref(); for (;;); };`),
  );
  await expect(call('f')).rejects.toThrow('has used up its 15 s of processor time');
  await opened?.close();
  expect(spawnSync('pgrep', ['-f', 'sleep 4321.5']).stdout.toString()).toBe('');
}, 60_000);

/** The chapter with a check that calls a function of the student's. */
function chapterWithTypeScript(): string {
  const chapter = join(FOLDER, 'doubles');
  writeDoubles(chapter, join(FOLDER, 'lose'));
  const change = (path: string, by: (text: string) => string): void =>
    writeFileSync(join(chapter, path), by(readFileSync(join(chapter, path), 'utf8')));
  change('chapter.json', (text) => text.replace('"name":"double"', '"name":"double","typescript":"sum.ts"'));
  const check = `{ name: 'the sum', hint: 'answer', async check(_, { call }) { expect(await call('sum', [1, 2, 3]), 'the sum').is(6); } },`;
  change('tasks/double/checks.ts', (text) => text.replace('export const checks: Check[] = [', (start) => start + check));
  writeFileSync(join(chapter, 'tasks', 'double', 'solution', 'sum.ts'), SUM);
  return chapter;
}

const SUM = 'export const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);\n';

function withCell(notebook: string, source: string): string {
  const { cells, ...others } = JSON.parse(notebook) as Notebook;
  const own: Cell = { id: 'own', cell_type: 'code', metadata: {}, source, outputs: [], execution_count: null };
  const place = cells.findIndex(({ id }) => id === 'teller');
  return JSON.stringify({ ...others, cells: [...cells.slice(0, place), own, ...cells.slice(place)] });
}

test('a task that asks for it is graded by it; without bubblewrap --confine required refuses', () => {
  const chapter = chapterWithTypeScript();
  const program = join(packageRoot(), 'bin', 'virtbook.js');
  const work: Record<string, string> = {
    right: `%%file sum.ts\n${SUM}`,
    wrong: '%%file sum.ts\nJSON.stringify = () => `{"value":6}`; export const sum = () => 5;',
    none: '// nothing',
  };
  for (const [name, source] of Object.entries(work))
    writeFileSync(join(FOLDER, `${name}.ipynb`), withCell(doublesHandIn(chapter, SOLUTION), source));
  const names = Object.keys(work).map((name) => `${name}.ipynb`);
  const args = [program, 'grade', ...names, '--assignment', chapter, '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: FOLDER, encoding: 'utf8' });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const { results } = JSON.parse(stdout) as { results: GradingResult[] };
  const reasons = Object.fromEntries(results.map(({ name, marks }) => [name, marks[0]?.reason]));
  expect(reasons).toMatchObject({
    wrong: expect.stringContaining('The sum is 5; it should be 6.') as string,
    none: expect.stringContaining('There is no sum.ts: write it with %%file sum.ts.') as string,
  });
  expect(reasons.right).toBeUndefined();
  expect(results.map(({ score }) => score).sort()).toEqual([1.333333, 1.333333, 2]);

  symlinkSync(process.execPath, join(FOLDER, 'node'));
  const without = { ...process.env, PATH: FOLDER, TOOLCHAIN: 'machine' };
  const refused = spawnSync(process.execPath, [...args, '--confine', 'required'], { cwd: FOLDER, encoding: 'utf8', env: without });
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringMatching(/bwrap.*students' TypeScript/) as string });
}, 600_000);

const bound = (readers: ReadersModule) => ({ call: (name: string, ...values: unknown[]) => readers.call(name, values) });
