/**
 * The systems that the cells of parts 1, 2, 3 and 5 make print in QEMU what they print in our machine, and take the same keys. (Part 4
 * is in logs.test.ts.)
 *
 * @peers qemu
 * @seconds 40
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessKernel } from '../../kernel/core/client.js';
import { readNotebook, tagsOf } from '../../kernel/notebook/format.js';
import { packageRoot } from '../../sdk/root.js';
import { chapterEvaluator } from '../notebooks/chapter.js';
import { onBoth, type Session } from './both-machines.js';
import { expectSameConsole } from './compare.js';
import { tutorialArguments } from './qemu-machine.js';
import { PART3, type Rule } from './rules.js';

/** Milliseconds, for a busy machine. */
const PATIENCE = 60_000;
jest.setTimeout(6 * PATIENCE);

const SCRATCH = mkdtempSync(join(tmpdir(), 'chapters-'));
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

/** Runs the cells of a chapter that write files, up to one, and builds what they describe, or `system`. Resolves to the image. */
async function built(name: string, last: string, system?: string): Promise<string> {
  const folder = join(SCRATCH, `${name} ${last}`);
  mkdirSync(folder);
  const { cells } = await readNotebook(join(packageRoot(), 'notebooks', name, `${name}.ipynb`));
  const upTo = cells.slice(0, cells.findIndex(({ id }) => id === last) + 1);
  const writing = upTo.filter((cell) => /^%(?:%|chapter|file|system)/.test(cell.source) && !tagsOf(cell).includes('raises-exception'));
  const kernel = await InProcessKernel.start(chapterEvaluator(folder));
  try {
    for (const source of [...writing.map((cell) => cell.source), `%build ${name}${system === undefined ? '' : ` --system ${system}`}`]) {
      const { error } = await kernel.executeCell(source);
      expect(error).toBeUndefined();
    }
  } finally {
    await kernel.shutdown();
  }
  return join(folder, '.virtbook', name, 'loader.img');
}

async function expectSame(image: string, session: Session, rules: readonly Rule[] = []): Promise<string> {
  const { ours, qemu } = await onBoth(tutorialArguments(image), session);
  expectSameConsole(qemu, ours, rules);
  return ours;
}

test('part 1: the fault of a driver without its device, register by register', async () => {
  const text = await expectSame(await built('part1', 'serial-system'), async (console) => {
    await console.waitFor('Reply object already has unexecuted reply!>>\x1b[0m\r\n', PATIENCE);
  });
  expect(text).toContain('fault_addr=0x0000000000000030');
});

test('part 1: keys come back, one after the other', async () => {
  await expectSame(await built('part1', 'ack-source'), async (console) => {
    let at = await console.waitFor('Hello from the driver', PATIENCE);
    for (const key of 'hey') {
      console.type(key);
      at = await console.waitFor(key, PATIENCE, at);
    }
  });
});

const EMPTY = '[ ] '.repeat(5);
const table = (row: string): string => `\x1b[5A\x1b[0J${row}\n${`${EMPTY}\n`.repeat(4)}`;

test('part 2: letters come and go with Control-U, beside a worker that never sleeps', async () => {
  await expectSame(await built('part2', 'task-worker'), async (console) => {
    let at = await console.waitFor(`${EMPTY}\n`.repeat(5), PATIENCE);
    for (const [key, row] of [
      ['a', '[a] '],
      ['b', '[a] [b] '],
      ['\x15', ''],
      ['c', '[c] '],
    ] as const) {
      console.type(key);
      at = await console.waitFor(table(row + EMPTY.slice(row.length)), PATIENCE, at);
    }
  });
});

test('part 5: a guest of a few instructions sends its text by faults, and by shared memory', async () => {
  for (const last of ['mail-system', 'mail-map']) {
    const text = await expectSame(await built('part5', last, 'mail.system'), async (console) => {
      await console.waitFor('vmm|INFO: Stopped guest\r\n', PATIENCE);
    });
    expect(text).toContain('RECEIVER: the bell has rung');
  }
});

test('part 3: a word is typed, and judged', async () => {
  const typed = (letters: string): string => [...letters].map((letter) => `[${letter}\x1b[0m] `).join('');
  const text = await expectSame(
    await built('part3', 'system-channel'),
    async (console) => {
      let at = await console.waitFor(`${EMPTY}\n`.repeat(5), PATIENCE);
      for (let count = 1; count <= 5; count++) {
        console.type('hello'[count - 1] ?? '');
        at = await console.waitFor(table(typed('hello'.slice(0, count)) + '[ ] '.repeat(5 - count)), PATIENCE, at);
      }
      console.type('\r');
      await console.waitFor(table([...'hello'].map((letter) => `[\x1b[32;1;40m${letter}\x1b[0m] `).join('')), PATIENCE, at);
    },
    PART3,
  );
  expect(text).toContain('WORDLE SERVER: starting');
});
