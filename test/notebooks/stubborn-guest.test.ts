/**
 * Guests that hang, flood or are in the middle of something: the reader stays in charge, and no output is lost.
 *
 * @seconds 20
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { Notebook } from './cells.js';

/** Milliseconds: guests here go on for ever, so whatever ends before that has been stopped. `npm run bench` tells how fast. */
const PROMPTLY = 60_000;
const CHAPTER = join(packageRoot(), 'notebooks', 'part4');

const lonely = (program: string): string =>
  `<system>\n  <protection_domain name="${program}" priority="100">\n    <program_image path="${program}.elf" />\n  </protection_domain>\n</system>\n`;

const programs = {
  hang: `#include <microkit.h>
void init(void) { microkit_dbg_puts("HANG: for ever\\n"); for (;;) { __asm__ volatile(""); } }
void notified(microkit_channel channel) { (void)channel; }
`,
  flood: `#include <stdint.h>
#include <microkit.h>
void init(void)
{
    for (uint32_t line = 0;; line++) {
        microkit_dbg_puts("FLOOD ");
        microkit_dbg_put32(line);
        microkit_dbg_puts("\\n");
    }
}
void notified(microkit_channel channel) { (void)channel; }
`,
};

let folder: string;
let notebook: Notebook;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stubborn-'));
  notebook = await Notebook.open(folder);
  for (const [name, source] of Object.entries(programs)) {
    writeFileSync(join(folder, `${name}.c`), source);
    writeFileSync(join(folder, `${name}.system`), lonely(name));
    await notebook.ok(`%build ${name}`);
  }
  for (const file of ['wordle.system', 'wordle_server.c']) copyFileSync(join(CHAPTER, 'solution', file), join(folder, file));
  await notebook.ok('%build part4 --system wordle.system');
}, 120_000);
afterAll(async () => {
  await notebook.close();
  rmSync(folder, { recursive: true, force: true });
});

const interrupted = { ename: 'KeyboardInterrupt' };

test('a guest that hangs', async () => {
  // `%run` ends by itself in a long silence, and a loop is soon there: `%expect` goes on for as long as it is told to.
  await notebook.ok('%run hang --until "HANG: for ever"');
  const result = await notebook.run('%expect "cannot come" --timeout 1000m', { interruptAfter: 300 });
  expect(result.error).toMatchObject(interrupted);
  expect(result.stoppedAfter).toBeLessThan(PROMPTLY);
  expect((await notebook.ok('%log')).text).toContain('HANG: for ever\n');
  // The machine stands still, and can be asked.
  expect((await notebook.ok('%status')).text).toContain('Machine: hang with seed 1 is paused');
  expect((await notebook.ok('(await machine.registers()).exceptionLevel')).text).toBe('0');
  expect((await notebook.ok('%stop')).text).toBe('hang is switched off.\n');
}, 30_000);

test('a guest that floods the console: interruptible, and every line is there, once, in order', async () => {
  const first = await notebook.run('%run flood --timeout 1000m', { interruptAfter: /(FLOOD .*\r?\n){1100}/ });
  expect(first.error).toMatchObject(interrupted);
  expect(first.stoppedAfter).toBeLessThan(PROMPTLY);
  const second = await notebook.run('%expect "cannot come" --timeout 1000m', { interruptAfter: 1000 });
  expect(second.stoppedAfter).toBeLessThan(PROMPTLY);
  const log = (await notebook.ok('%log')).text;
  const lines = [...log.matchAll(/^FLOOD (.*)$/gm)].map(([, number = '']) => number);
  expect(lines.length).toBeGreaterThan(1000);
  const wrong = lines.slice(0, -1).findIndex((line, index) => parseInt(line, line.startsWith('0x') ? 16 : 10) !== index);
  expect(wrong).toBe(-1);
  // What the cells showed is what the console showed, no more and no less.
  expect((first.text + second.text).replace(/\n+$/, '')).toBe(log.replace(/\n+$/, ''));
  await notebook.ok('%stop');
}, 60_000);

describe('a machine in the background', () => {
  beforeAll(() => notebook.ok('%run flood --background'));
  afterAll(() => notebook.ok('%stop'));

  test('refuses a second run, and goes on', async () => {
    const { outputs, error } = await notebook.run('%run flood');
    expect(outputs.map((output) => output.output_type)).toEqual(['error']);
    expect(error).toMatchObject({ ename: 'RunError', evalue: 'flood is running already' });
    expect(error?.traceback).toContain('%stop');
    const instructions = async () => Number((await notebook.ok('(await machine.status()).instructions')).text);
    const before = await instructions();
    for (let now = before; now <= before; now = await instructions()) await new Promise((resolve) => setTimeout(resolve, 50));
  }, 30_000);

  test('does not keep other cells waiting', async () => {
    const start = performance.now();
    await notebook.ok('%help run');
    expect(performance.now() - start).toBeLessThan(PROMPTLY);
  });
});

describe('interrupts', () => {
  test.each([20, 120])(
    'of a build after %d ms leave the build before it',
    async (interruptAfter) => {
      const before = await notebook.state();
      const result = await notebook.run('%build part4 --clean', { interruptAfter });
      expect(result.error).toMatchObject(interrupted);
      expect(result.stoppedAfter).toBeLessThan(PROMPTLY);
      expect(await notebook.state()).toEqual(before);
      expect((await notebook.ok('%build part4 --system wordle.system')).text).toMatch(/up to date|^Built/);
    },
    60_000,
  );

  test('of a boot leave the machine paused, and it goes on to the word', async () => {
    const { error, stoppedAfter } = await notebook.run('%run part4 --seed 5', { interruptAfter: /Linux version/ });
    expect(error).toMatchObject(interrupted);
    expect(error?.evalue).toMatch(/paused .*%expect .*%stop/);
    expect(stoppedAfter).toBeLessThan(PROMPTLY);
    expect((await notebook.ok('%expect "Transfer word"')).text).toContain('lease of 10.0.2.15');
  }, 60_000);

  test('of a game leave the board, and the game goes on', async () => {
    await notebook.ok('%send RETURN');
    let asked = 0;
    let interruptedAt = 0;
    const { error, text } = await notebook.run('%play', {
      answer: async () => {
        if (++asked === 1) return 'crane';
        setTimeout(() => {
          interruptedAt = performance.now();
          void notebook.kernel.interrupt();
        }, 50);
        return new Promise<string>(() => undefined);
      },
    });
    expect(error).toMatchObject(interrupted);
    expect(performance.now() - interruptedAt).toBeLessThan(PROMPTLY);
    expect(text).toMatch(/[Cc].*[Rr].*[Aa].*[Nn].*[Ee]/);
    const board = (await notebook.ok('%guess sloth')).text.split('\n');
    expect(board.slice(0, 2).map((row) => row.replace(/[^a-z]/gi, '').toLowerCase())).toEqual(['crane', 'sloth']);
  }, 30_000);
});

test('sources of the chapter are as they were', () => {
  expect(readFileSync(join(folder, 'wordle_server.c'), 'utf8')).toBe(readFileSync(join(CHAPTER, 'solution', 'wordle_server.c'), 'utf8'));
});
