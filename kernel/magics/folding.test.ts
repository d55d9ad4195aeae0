/** Long consoles are folded where a person watches, and stay streams where a program runs the notebook. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessKernel } from '../core/client.js';
import { notebookPage } from '../notebook/page.js';
import { FakeMachine, printingGuest } from '../../emulator/server/testing/fake-machine.js';
import { Session } from '../session/session.js';
import { type CodeEvaluator, NotebookEvaluator } from './evaluator.js';
import { RecordingCell } from './recording-cell.js';
import { ReplayableCell } from './replayable-cell.js';

let folder: string;
let printed: string[];
let evaluator: NotebookEvaluator;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook folded '));
  mkdirSync(join(folder, '.virtbook', 'hello'), { recursive: true });
  for (const file of ['loader.img', 'report.txt']) writeFileSync(join(folder, '.virtbook', 'hello', file), '');
  writeFileSync(
    join(folder, 'hello.system'),
    '<system><protection_domain name="a" priority="3"><program_image path="a.elf"/></protection_domain></system>',
  );
  writeFileSync(join(folder, 'a.c'), 'void init(void) { microkit_ppcall(1, 0); }\n');
  printed = boot(40);
  const unused = async (): Promise<never> => Promise.reject(new Error('not in this test'));
  const session = new Session({
    folder,
    seed: 5,
    services: {
      build: unused,
      startMachine: async () => new FakeMachine(printingGuest(printed.map((line) => `${line}\r\n`))),
      restoreMachine: unused,
    },
  });
  evaluator = new NotebookEvaluator(session, { shutdown: async () => undefined } as unknown as CodeEvaluator);
});
afterEach(async () => {
  await evaluator.shutdown(false);
  rmSync(folder, { recursive: true, force: true });
});

/** Three voices, with something that readers wait for in the middle of the last. */
const boot = (lines: number): string[] => [
  ...Array.from({ length: lines }, (_, n) => `LDR|INFO: region ${n}`),
  'Bootstrapping kernel',
  'Booting all finished, dropped to user space',
  ...Array.from({ length: lines }, (_, n) => `[    0.00000${n % 10}] Linux ${n}`),
  'udhcpc: lease of 10.0.2.15 obtained from 10.0.2.2, lease time 86400',
  ...Array.from({ length: lines }, (_, n) => `[    1.00000${n % 10}] more ${n}`),
];
const NULL_CAP = '<<seL4(CPU 0) [decodeInvocation/645 T0x1]: Attempted to invoke a null cap #75.>>';

const run = async (code: string, person = true): Promise<RecordingCell> => {
  const cell = new RecordingCell(code, person ? { answers: [] } : {});
  await evaluator.evaluate(cell);
  return cell;
};
const html = (cell: RecordingCell): string =>
  cell.outputs.map((output) => ('bundle' in output ? (output.bundle.data['text/html'] as string) : '')).join('\n');
/** What is read without a click. */
const inSight = (text: string): string => text.replace(/<\/summary>[^]*?<\/details>/g, '</summary></details>').replace(/<[^>]*>/g, '\n');

test('a program that runs the notebook keeps the stream, to the byte', async () => {
  const cell = await run('%run hello', false);
  expect(cell.text).toBe(printed.map((line) => `${line}\n`).join(''));
  expect(cell.displays).toHaveLength(1);
});

test('a person sees how it began, what matters and the end; all else opens by a click, and nothing is twice', async () => {
  const cell = await run('%run hello');
  expect(cell.text).toBe('');
  const page = html(cell);
  for (const line of printed) expect(page.split(`${line}\n`).length + page.split(`${line}<`).length).toBe(3);
  const seen = inSight(page);
  for (const line of [
    'LDR|INFO: region 0',
    'Bootstrapping kernel',
    'udhcpc: lease of 10.0.2.15 obtained',
    'more 39',
    'Loader: 37 lines',
    'Linux: 40 lines',
  ])
    expect(seen).toContain(line);
  for (const line of ['region 20', 'Linux 20', 'more 20']) expect(seen).not.toContain(line);
  expect(seen.split('\n').filter(Boolean).length).toBeLessThan(40);
  expect(page).not.toContain('break-all');
});

test('what went wrong is explained above the console', async () => {
  printed.push(NULL_CAP);
  const cell = await run('%run hello --until "null cap"');
  const seen = inSight(html(cell));
  const explained = seen.indexOf('null cap #75: &#39;a&#39;');
  expect(explained).toBeGreaterThan(0);
  expect(seen.indexOf('LDR|INFO: region 0')).toBeGreaterThan(explained);
  expect(seen.indexOf('is paused where the pattern showed')).toBeGreaterThan(seen.indexOf('Attempted to invoke'));
  expect(seen.match(/null cap #75: /g)).toHaveLength(1);
});

test('also above a short one, and on the page that is made without a person', async () => {
  printed = [NULL_CAP];
  const cell = await run('%run hello --until "null cap"');
  const shown = cell.outputs.map((output) => ('text' in output ? output.text : (output.bundle.data['text/plain'] as string)));
  expect(shown.slice(1)).toEqual([expect.stringMatching(/^null cap #75: 'a'/), `${NULL_CAP}\n`, expect.stringMatching(/^hello is paused/)]);

  const kernel = await InProcessKernel.start(evaluator);
  const { outputs } = await kernel.executeCell('%run hello --until "null cap"');
  const code = { id: 'a', cell_type: 'code' as const, metadata: {}, source: '%run hello', execution_count: 1, outputs: outputs as never };
  const page = notebookPage({ metadata: {}, cells: [code] }, 'page');
  expect(page.indexOf('null cap #75: &#39;a&#39;')).toBeGreaterThan(0);
  expect(page.indexOf('null cap #75: &#39;a&#39;')).toBeLessThan(page.indexOf('Attempted to invoke'));
});

test('what the cell has shown before stays, and so does the console of a run that fails', async () => {
  const cell = new RecordingCell('%seed 3\n%run hello --until never', { answers: [] });
  await expect(evaluator.evaluate(cell)).rejects.toMatchObject({ ename: 'RunError' });
  expect(cell.text).toBe('The next run has seed 3.\n');
  expect(inSight(html(cell))).toContain('udhcpc: lease');
});

test('a flood stays a stream', () => {
  const cell = new RecordingCell('', { answers: [] });
  const replayable = new ReplayableCell(cell);
  const { point } = replayable;
  for (let n = 0; n < 50; n++) replayable.stdout('x'.repeat(100_000));
  expect(replayable.replaceFrom(point, () => replayable.stdout('instead'))).toBe(false);
  expect(cell.text).toHaveLength(5_000_000);
});

test('a display that was updated is shown again as it is now', () => {
  const cell = new RecordingCell('', { answers: [] });
  const replayable = new ReplayableCell(cell);
  replayable.display({ data: { 'text/plain': 'begun' } }, { displayId: 'one' });
  const { point } = replayable;
  replayable.stdout('long');
  replayable.updateDisplay('one', { data: { 'text/plain': 'done' } });
  expect(replayable.replaceFrom(point, () => replayable.stderr('short'))).toBe(true);
  expect(cell.displays).toEqual(['done']);
  expect(cell.outputs.at(-1)).toEqual({ kind: 'stderr', text: 'short' });
});
