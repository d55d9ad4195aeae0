/** `%%edit`: files changed in parts. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChapterFolders } from '../chapters/folders.js';
import type { KernelError } from '../core/evaluator.js';
import { Session } from '../session/session.js';
import { NotebookEvaluator } from './evaluator.js';
import { RecordingCell } from './recording-cell.js';

const unused = async (): Promise<never> => Promise.reject(new Error('not in this test'));

let folder: string;
let evaluator: NotebookEvaluator;
const open = (): void => {
  const session = new Session({
    folder,
    chapters: new ChapterFolders([]),
    services: { build: unused, startMachine: unused, restoreMachine: unused },
  });
  evaluator = new NotebookEvaluator(session, {
    evaluate: unused,
    complete: async () => ({ matches: [], start: 0, end: 0 }),
    inspect: async () => undefined,
    isComplete: async () => ({ status: 'unknown' }),
    expression: async () => ({ data: {} }),
    shutdown: async () => undefined,
  });
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook edit '));
  open();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = async (code: string): Promise<RecordingCell> => {
  const cell = new RecordingCell(code);
  await evaluator.evaluate(cell);
  return cell;
};
const failure = async (code: string): Promise<KernelError> => run(code).then(unused, (error: unknown) => error as KernelError);
const file = (name: string): string => readFileSync(join(folder, name), 'utf8');

const SYSTEM =
  '<system>\n    <protection_domain name="a" priority="3">\n        <program_image path="a.elf" />\n    </protection_domain>\n</system>';
const IRQ = '%%edit a.system\n<protection_domain name="a">\n    <irq irq="33" id="1" />\n</protection_domain>';

test('the change is shown folded, as text in full, and the same when the cell runs again, in another session too', async () => {
  await run(`%%system a.system\n${SYSTEM}`);
  const first = await run(IRQ);
  expect(first.displays[0]).toBe(
    [
      'a.system: irq 33 of a added (+1 \u22120 lines)',
      '  <system>',
      '      <protection_domain name="a" priority="3">',
      '          <program_image path="a.elf" />',
      '+         <irq irq="33" id="1" />',
      '      </protection_domain>',
      '  </system>',
    ].join('\n'),
  );
  expect(first.displays[1]).toContain('interrupt 33');
  const [output] = first.outputs;
  expect(output?.kind === 'display' && output.bundle.data['text/html']).toMatch(
    /^<details><summary><code>a\.system<\/code>: irq 33 of a added/,
  );
  const text = file('a.system');
  expect((await run(IRQ)).outputs).toEqual(first.outputs);
  open();
  expect((await run(IRQ)).outputs).toEqual(first.outputs);
  expect(file('a.system')).toBe(text);
});

test('%file takes a file as it came; what no cell has made is kept', async () => {
  const edit = "%%edit wordle_server.c\nstatic char word[WORD_LENGTH] = { 'w', 'o', 'r', 'l', 'd' };";
  await run(edit);
  expect((await run('%file wordle_server.c')).text).toBe('wordle_server.c is as the chapter has it.\n');
  const original = file('wordle_server.c');
  expect(original).toContain("{ 'h', 'e', 'l', 'l', 'o' }");
  expect((await run('%file wordle_server.c queue.h')).text).toBe(
    'wordle_server.c is as the chapter has it.\nqueue.h is as the chapter has it.\n',
  );
  writeFileSync(join(folder, 'wordle_server.c'), 'int mine;\n');
  expect((await run('%file wordle_server.c')).text).toBe(
    'Your wordle_server.c is kept as wordle_server.c.before.\nwordle_server.c is as the chapter has it.\n',
  );
  expect([file('wordle_server.c.before'), file('wordle_server.c')]).toEqual(['int mine;\n', original]);
  const { message, traceback } = await failure('%file queue.c');
  expect([message, traceback.join('\n')]).toEqual(['the chapter has no file queue.c', expect.stringContaining('Did you mean queue.h?')]);
});

test("a chapter's file is copied with the change in it; Windows line ends stay", async () => {
  await run("%%edit wordle_server.c\nstatic char word[WORD_LENGTH] = { 'w', 'o', 'r', 'l', 'd' };");
  expect(file('wordle_server.c')).toContain("{ 'w', 'o', 'r', 'l', 'd' };\n\nstatic enum character_state judge");
  writeFileSync(join(folder, 'b.c'), 'int a;\r\n\r\nint b;\r\n');
  await run('%%edit b.c\nint b = 1;\nint c;');
  expect(file('b.c')).toBe('int a;\r\n\r\nint b = 1;\r\nint c;\r\n');
  expect((await run('%%edit b.c\nint a;')).text).toBe('b.c has all of this already.\n');
});

test.each([
  ['%%edit a.sysetm\n<irq />', /cannot change a\.sysetm/, /%%file a\.sysetm/],
  ['%%edit wordel_server.c\nint a;', /no file wordel_server\.c/, /Did you mean wordle_server\.c/],
  ['%%edit new.system\n<irq />', /no file new\.system/, /%%system new\.system/],
  ['%%edit client.c\n\n', /no part of the file/, /under the magic/],
  ['%%edit ../client.c\nint a;', /outside the working folder/, /--force/],
])('%j says what to do', async (code, message, advice) => {
  const { message: evalue, traceback } = await failure(code);
  expect(evalue).toMatch(message);
  expect(traceback.join('\n')).toMatch(advice);
});

test('a description with an error is not written, and the error names the line of the cell', async () => {
  await run(`%%system a.system\n${SYSTEM}`);
  const { message: evalue } = await failure(
    '%%edit a.system\n<protection_domain name="a">\n    <map mr="none" vaddr="0x1000" />\n</protection_domain>',
  );
  expect(evalue).toMatch(/^this cell:2:\d+: .*none/);
  expect(file('a.system')).toBe(`${SYSTEM}\n`);
  expect(existsSync(join(folder, '.virtbook', 'changes.json'))).toBe(false);
});
