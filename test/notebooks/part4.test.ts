/**
 * The chapter as it ships, both halves, on the real SDK and machine: executed in this process and by nbclient.
 *
 * @peers jupyter debian
 * @seconds 60
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessKernel } from '../../kernel/core/client.js';
import { type Cell, type Output, readNotebook } from '../../kernel/notebook/format.js';
import { cellNamed, chapterEvaluator, CHAPTER_PATH, coalesced, shownText, storedCells, withJupyter } from './chapter.js';
import { executedChapter, SEED, type ExecutedChapter } from './executed-chapter.js';
import { nextGuess, readBoard } from './player.js';

const COLOUR = '(?:\\x1b\\[[\\d;]+m)*';
const nullCap = new RegExp(
  `^${COLOUR}<<${COLOUR}seL4\\(CPU 0\\)${COLOUR} \\[decodeInvocation/\\d+ T0x[0-9a-f]+ "child of: 'rootserver'" @[0-9a-f]+\\]: Attempted to invoke a null cap #75\\.>>${COLOUR}$`,
  'm',
);

let folder: string;
let chapter: ExecutedChapter;
let executed: Cell[];
let page: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook part4 '));
  chapter = await executedChapter();
  executed = storedCells(chapter.notebook);
  page = readFileSync(chapter.page, 'utf8');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shown = (id: string): string => shownText(cellNamed(executed, id).outputs);

describe('the first half, without the channel', () => {
  test('the description is shown with its domains, virtual machine, channels and interrupts', () => {
    const text = shown('system-without-channel');
    for (const name of ['wordle_server', 'serial_server', 'client', 'vmm', 'linux', 'guest_ram', 'ethernet', 'gic_vcpu', 'interrupt 79']) {
      expect(text).toContain(name);
    }
    expect(text).not.toMatch(/vmm \(id/);
  });

  test('the second build has nothing to do', () => {
    expect(shown('build-without-channel')).toMatch(/^Built part4: /);
    expect(shown('build-nothing')).toContain('up to date');
  });

  test('the log goes from the loader to the word, which ends at a null cap', () => {
    const log = shown('run-without-channel');
    const milestones = [
      /^LDR\|INFO: jumping to kernel$/m,
      /^Bootstrapping kernel$/m,
      /^MON\|INFO: completed system invocations$/m,
      /^CLIENT: starting$/m,
      /^vmm\|INFO: starting guest at 0x40000000/m,
      /Linux version \d/,
      /^udhcpc: lease of 10\.0\.2\.15 obtained from 10\.0\.2\.2, lease time 86400$/m,
      /^Linux user-space: Send request to trustworthy\.systems\/projects\/microkit\/tutorial\/word$/m,
      /^Linux user-space: Received word$/m,
      /^Linux user-space: Transfer word to virtual-machine monitor$/m,
      nullCap,
    ];
    let position = 0;
    for (const milestone of milestones) {
      const found = log.slice(position).search(milestone);
      expect({ milestone, found: found >= 0 }).toEqual({ milestone, found: true });
      position += found;
    }
  });

  test('%log with a pattern picks these lines out', () => {
    const lines = shown('log-word').trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('Linux user-space: '))).toHaveLength(lines.length - 1);
    expect(shown('log-word')).toMatch(nullCap);
  });

  test('the word is with the monitor, and the server has its own', () => {
    expect(shown('word-answer')).toMatch(/^vmm: [a-z]{5}\nwordle_server: hello\n$/);
  });
});

describe('the second half, with the channel', () => {
  test('the word is taken: no null cap', () => {
    expect(shown('system-with-channel')).toContain('vmm (id 1) --calls--> wordle_server (id 2)');
    expect(shown('run-with-channel')).toContain('Linux user-space: Transfer word to virtual-machine monitor');
    expect(shown('run-with-channel')).not.toContain('null cap');
    expect(shown('run-with-channel')).toContain(`Seed ${SEED}: %run part4 --seed ${SEED} repeats it.`);
  });

  test('RETURN wakes the client, and each guess is on the board, judged', () => {
    expect(readBoard(shown('wake'))).toEqual([]);
    expect(readBoard(shown('guess-3')).map((guess) => guess.word)).toEqual(['crane', 'sloth', 'dumpy']);
    expect(cellNamed(executed, 'guess-3').outputs).toHaveLength(1);
  });

  test('TypeScript cells see the machine', () => {
    expect(shown('status')).toMatch(/^\d+\.\d{3} s of simulated time\n[1-9]\d{6,} instructions\n$/);
    expect(shown('lease')).toContain('udhcpc: lease of 10.0.2.15');
    const reached = shown('reach-answer').trimEnd().split('\n');
    expect(reached.map((line) => line.split(':')[0]).sort()).toEqual(['ethernet', 'gic_vcpu', 'guest_ram', 'uart']);
  });
});

describe('what is written', () => {
  test('a valid notebook, every code cell with its output', () => {
    withJupyter(['validate', chapter.notebook]);
    const code = executed.filter((cell) => cell.cell_type === 'code');
    expect(code.filter((cell) => cell.outputs.length === 0).map((cell) => cell.id)).toEqual([]);
  });

  test('a page that stands alone', () => {
    expect(page).toContain('Attempted to invoke a null cap #75.');
    expect(page).toContain('title="Wordle board"');
    expect(page).not.toMatch(/<script|\ssrc="(?!data:)|<link/);
  });
});

/** Runs cells of the chapter one by one, plays on until the word is found, and gives that word. */
async function playThrough(ids: string[], runSeed: number, compare?: (cell: Cell, outputs: Output[]) => void): Promise<string> {
  const work = join(folder, `seed-${runSeed}`);
  mkdirSync(work);
  const kernel = await InProcessKernel.start(chapterEvaluator(work, runSeed));
  try {
    const { cells } = await readNotebook(CHAPTER_PATH);
    let board = '';
    for (const id of ids) {
      const cell = cellNamed(cells, id);
      const { outputs, error } = await kernel.executeCell(cell.source.replace(`--seed ${SEED}`, `--seed ${runSeed}`));
      expect(error).toBeUndefined();
      const plain = outputs.map(({ transient: _transient, ...output }) => output) as unknown as Output[];
      compare?.(cell, plain);
      board = shownText(plain);
    }
    while (!board.includes('Solved.')) {
      const { outputs, error } = await kernel.executeCell(`%guess ${nextGuess(readBoard(board))}`);
      expect(error).toBeUndefined();
      board = shownText(outputs as unknown as Output[]);
      if (board.includes('Solved.')) {
        const html = String((outputs as unknown as { data: Record<string, string> }[])[0]?.data['text/html']);
        expect(html.match(/title="right place"/g)?.length).toBeGreaterThanOrEqual(5);
      }
    }
    const last = readBoard(board).at(-1);
    expect(last?.verdicts).toEqual(Array(5).fill('right'));
    return last?.word ?? '';
  } finally {
    await kernel.shutdown();
  }
}

test('the same seed repeats every output to the byte; another seed has another word; both can be found', async () => {
  const code = executed.filter((cell) => cell.cell_type === 'code').map((cell) => cell.id);
  // The first half comes again below.
  const secondHalf = ['magics', 'system-without-channel', ...code.slice(code.indexOf('system-with-channel'), code.indexOf('guess-3') + 1)];
  const word = await playThrough(secondHalf, SEED, (cell, outputs) => {
    expect(JSON.stringify([cell.id, coalesced(outputs)])).toBe(JSON.stringify([cell.id, cellNamed(executed, cell.id).outputs]));
  });
  expect(await playThrough(secondHalf, SEED + 1)).not.toBe(word);
}, 120_000);

test('run twice by nbclient, the chapter as it ships has the same outputs to the byte, and those of the kernel in this process', () => {
  // The chapter says its seeds: that of the environment is for cells that say none.
  const runs = [undefined, String(SEED)].map((seed, run) => {
    const work = join(folder, `nbclient-${run}`);
    mkdirSync(work);
    const out = join(work, 'executed.ipynb');
    withJupyter(['run', CHAPTER_PATH, out], seed === undefined ? {} : { VIRTBOOK_SEED: seed });
    return out;
  });
  const stored = runs.map((out) => {
    const { cells } = JSON.parse(readFileSync(out, 'utf8')) as { cells: { id: string; outputs?: unknown }[] };
    return cells.map(({ id, outputs }) => `${id}: ${JSON.stringify(outputs)}`);
  });
  expect(stored[1]).toEqual(stored[0]);
  const outputs = (cells: Cell[]) => cells.filter((cell) => cell.cell_type === 'code').map((cell) => [cell.id, cell.outputs]);
  expect(outputs(storedCells(runs[0]!))).toEqual(outputs(executed));
}, 250_000);
