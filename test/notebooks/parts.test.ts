/**
 * Parts 1 to 3 as they ship, solved, on the real SDK and machine: what they teach is what happens. Their tasks with skeletons and
 * mistakes are in house-tasks.test.ts.
 *
 * @seconds 60
 * @long
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeNotebook } from '../../kernel/notebook/execute.js';
import { type Cell, tagsOf } from '../../kernel/notebook/format.js';
import { packageRoot } from '../../sdk/root.js';
import { cellNamed, chapterEvaluator, shownText, storedCells } from './chapter.js';

jest.setTimeout(300_000);

const SCRATCH = mkdtempSync(join(tmpdir(), 'virtbook parts '));
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

/** Executes a chapter in a folder of its name. Resolves to the file with the outputs. */
async function execute(name: string, out = 'executed.ipynb'): Promise<string> {
  const folder = join(SCRATCH, name);
  mkdirSync(folder, { recursive: true });
  const path = join(packageRoot(), 'notebooks', name, `${name}.ipynb`);
  const { failed } = await executeNotebook(path, chapterEvaluator(folder), { out: join(folder, out), html: join(folder, 'page.html') });
  expect(failed).toBeUndefined();
  return join(folder, out);
}

/** What each test of a chapter looks at: its cells' outputs as a reader sees them. */
function chapter(name: string): { shown: (id: string) => string; cells: () => Cell[] } {
  let cells: Cell[] = [];
  beforeAll(async () => {
    cells = storedCells(await execute(name));
  });
  return { shown: (id) => shownText(cellNamed(cells, id).outputs), cells: () => cells };
}

/** The patterns are in the text, one after the other. */
function expectInOrder(text: string, patterns: RegExp[]): void {
  let from = 0;
  for (const pattern of patterns) {
    const found = pattern.exec(text.slice(from));
    expect({ pattern, found: found !== null }).toEqual({ pattern, found: true });
    from += (found?.index ?? 0) + (found?.[0].length ?? 0);
  }
}

/** Solved: no cell fails that should not, no build warns, and every task is done. */
function expectSolved(cells: Cell[], tasks: string[]): void {
  const failing = cells.filter(({ outputs }) => outputs.some(({ output_type }) => output_type === 'error')).map(({ id }) => id);
  expect(failing).toEqual(cells.filter((cell) => tagsOf(cell).includes('raises-exception')).map(({ id }) => id));
  const warned = cells.filter(({ source, outputs }) => source.startsWith('%build') && /: warning: /.test(shownText(outputs)));
  expect(warned.map(({ id }) => id)).toEqual([]);
  for (const name of tasks) expect(shownText(cellNamed(cells, `check-${name}`).outputs)).toContain(`${name}: done.`);
  const progress = shownText(cellNamed(cells, 'tasks-done').outputs);
  expect(progress).toContain(`${tasks.length} of ${tasks.length} tasks done.`);
  expect(progress).not.toContain('changed since');
}

describe('part 1: a serial driver', () => {
  const { shown, cells } = chapter('part1');

  test('a first program says hello, where the kernel prints', () => {
    expect(shown('hello-build-run')).toMatch(/^HELLO: I am a protection domain$/m);
    expect(shown('hello-release')).not.toContain('HELLO');
  });

  test('without its device, and without the right to write to it, the driver is stopped and the report says why', () => {
    expectInOrder(shown('run-without-map'), [
      /^SERIAL SERVER: starting$/m,
      /^MON\|ERROR: faulting PD: serial_server$/m,
      /fault_addr=0x0000000000000030/,
      /dfsc = translation fault/,
    ]);
    expect(shown('fault-answer')).toContain('0x30 is UARTCR');
    expect(shown('read-only-answer')).toContain('A permission fault, on a write');
  });

  test('with the device in it, the driver prints, and its variable has the address', () => {
    expect(shown('map-uart')).toContain('+         <map mr="uart"');
    expect(shown('run-with-map')).toMatch(/^Hello from the driver$/m);
    expect(shown('inspect-uart')).toMatch(/uart +0x9000000 +rw-[^]*00 00 00 02 00 00 00 00/);
  });

  test('polling takes all the time; an interrupt that nobody acknowledges comes once; acknowledged, it always comes', () => {
    expect(shown('profile-poll')).toMatch(/serial_server +100\.0 %/);
    expect(shown('trace-first')).toMatch(/^a$/m);
    expect(shown('trace-second')).toContain('part1: 0 steps');
    expect(shown('received-one')).toContain('01 00 00 00 00 00 00 00');
    expect(shown('send-ack')).toContain('hello');
    expect(shown('profile-ack-cell')).toMatch(/idle +100\.0 %/);
  });

  test('all tasks are solved', () => {
    expectSolved(cells(), ['acknowledge', 'capitals', 'lines']);
    expectInOrder(shown('run-lines'), [/^ONE$/m, /^TWO$/m]);
  });
});

describe('part 2: client and server', () => {
  const { shown, cells } = chapter('part2');

  test('text and keys go through both programs', () => {
    expect(shown('channel-system')).toContain('serial_server (id 2) <--notify--> client (id 1)');
    expectInOrder(shown('run-together'), [/^CLIENT: starting$/m, /^Welcome to the Wordle client!$/m, /^\[ \] \[ \] \[ \] \[ \] \[ \] $/m]);
    expect(shown('send-word')).toContain('H   E   L   I   X');
    expect(shown('delete-word')).toContain('H   E   L   L   O');
    expectInOrder(shown('trace-key'), [
      /uart: \d+ reads/,
      /serial_server +client +notify/,
      /client +serial_server +notify/,
      /uart: \d+ reads/,
    ]);
  });

  test('a client that is more urgent than its server starves it', () => {
    expect(shown('run-starved')).not.toContain('Welcome');
    expect(shown('profile-starved')).toMatch(/client +\d/);
    expect(shown('profile-starved')).not.toContain('serial_server');
    expect(shown('run-back')).toContain('Welcome');
  });

  test('all tasks are solved', () => {
    expectSolved(cells(), ['clear', 'full', 'worker']);
    expect(shown('run-worker')).toMatch(/worker +100\.0 %/);
    expect(shown('show-board')).toContain('X   Y   _   _   _');
  });

  test('run again in the same folder, every output is the same to the byte', async () => {
    const first = readFileSync(join(SCRATCH, 'part2', 'executed.ipynb'), 'utf8');
    expect(readFileSync(await execute('part2', 'again.ipynb'), 'utf8')).toBe(first);
  });
});

describe('part 3: protected procedure calls', () => {
  const { shown, cells } = chapter('part3');

  test('without the right, the kernel refuses; with a wrong order, the tool does', () => {
    expect(shown('send-no-channel')).toContain('Attempted to invoke a null cap #76.');
    expect(shown('system-low')).toMatch(/this cell:\d+:\d+.*PPCs must be to protection domains of strictly higher priorities/);
    expect(shown('system-channel')).toContain('client (id 2) --calls--> wordle_server (id 1)');
  });

  test('the server judges, and one call is a call and a reply', () => {
    expect(shown('guess-hello')).toContain('Solved.');
    expectInOrder(shown('trace-call'), [
      /serial_server +client +notify/,
      /client +wordle_server +ppcall/,
      /wordle_server +client +reply/,
      /client +serial_server +notify/,
    ]);
    expect(shown('inspect-word')).toContain('|hello|');
  });

  test('a client that crashes takes no one with it', () => {
    expectInOrder(shown('send-crash'), [/faulting PD: client/, /fault_addr=0x0000000000000010/]);
    expectInOrder(shown('trace-standing'), [/uart: \d+ reads/, /serial_server +client +notify/]);
    expect(shown('word-standing')).toContain('|hello|');
  });

  test('all tasks are solved', () => {
    expectSolved(cells(), ['fair', 'count', 'bounds']);
    expectInOrder(shown('run-count'), [/client +wordle_server +ppcall, channel 2, label 1/, /01 00 00 00 00 00 00 00/]);
  });
});
