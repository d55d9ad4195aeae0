import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { NotebookEvaluator } from './evaluator.js';
import { RecordingCell } from './recording-cell.js';

/** Completion, help and judgement of cells: which language has which part of a cell. */
let folder: string;
let evaluator: NotebookEvaluator;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  const session = new Session({
    folder,
    services: {
      build: async ({ outputDir }) => {
        const [image, report] = [join(outputDir, 'loader.img'), join(outputDir, 'report.txt')];
        writeFileSync(image, 'image');
        writeFileSync(report, '# Report\n');
        return { image, report, upToDate: false, warnings: [] };
      },
      startMachine: async () => {
        throw new UserError('RunError', 'no machine here');
      },
      restoreMachine: async () => {
        throw new UserError('RunError', 'no machine here');
      },
    },
  });
  evaluator = new NotebookEvaluator(session, {
    evaluate: async () => undefined,
    complete: async (code) => ({ matches: ['fromLanguage', code], start: 0, end: 0 }),
    inspect: async () => undefined,
    isComplete: async () => ({ status: 'unknown' }),
    expression: async () => ({ data: {} }),
    shutdown: async () => undefined,
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = async (code: string): Promise<RecordingCell> => {
  const cell = new RecordingCell(code);
  await evaluator.evaluate(cell);
  return cell;
};
const build = async (): Promise<void> => {
  await run(
    '%%system wordle.system\n<system>\n  <protection_domain name="a" priority="3"><program_image path="a.elf"/></protection_domain>\n</system>',
  );
  await run('%build part4 --system wordle.system');
};

test.each([
  ['%bu', ['%build']],
  ['%%', ['%%system', '%%file', '%%edit']],
  ['%build part4 --c', ['--config', '--clean']],
  ['%build part4 --config r', ['release']],
  ['%build part4 --system ', ['wordle.system']],
  ['%run ', ['part4']],
  ['%help see', ['seed']],
  ['let x = 1\n%sen', ['%send']],
])('completion of %j', async (code, matches) => {
  await build();
  const completion = await evaluator.complete(code, [...code].length);
  expect(completion.matches).toEqual(matches);
  expect([...code].slice(completion.start).join('')).toBe(code.split(/[\s]/).at(-1));
});

test('inspection and completion know where the language begins', async () => {
  expect((await evaluator.inspect('%run part4', 3, 0))?.data['text/plain']).toContain('%run [NAME]');
  expect((await evaluator.inspect('%run part4 --until x', 13, 0))?.data['text/plain']).toMatch(/^--until PATTERN of %run\n/);
  expect((await evaluator.complete('foo.b', 5)).matches).toEqual(['fromLanguage', 'foo.b']);
  // Magics are nothing to TypeScript, and positions stay.
  expect((await evaluator.complete('# \u{1f600}\n%seed 3\nfoo.b', 16)).matches).toEqual(['fromLanguage', '   \n       \nfoo.b']);
});

test('under a cell magic, its own language helps; positions are those of the cell, in code points', async () => {
  const xml = '# \u{1f600}\n%%system a.system\n<system><!-- \u{1f600} --><memory_region pa';
  const found = await evaluator.complete(xml, [...xml].length);
  expect(found).toMatchObject({ matches: ['page_size="'], start: [...xml].length - 2, end: [...xml].length });
  expect((await evaluator.inspect(xml, [...xml].length - 8, 0))?.data['text/plain']).toMatch(/^<memory_region>/);
  const c = '%%file x.c\nvoid init(void) { microkit_dbg_puts';
  expect((await evaluator.complete(c, c.length)).matches).toEqual(['microkit_dbg_puts']);
  expect((await evaluator.inspect(c, c.length, 0))?.data['text/plain']).toMatch(/^void microkit_dbg_puts\(const char \*s\)/);
  expect((await evaluator.complete('%%file x.txt\nmicrokit', 21)).matches).toEqual([]);
  expect((await evaluator.complete('%%system a.s', 12)).matches).toEqual([]);
});

test('names of the system in play are there for %show', async () => {
  await build();
  const complete = async (code: string) => (await evaluator.complete(code, code.length)).matches;
  expect(await complete('%show dom')).toEqual(['domain']);
  expect(await complete('%show domain ')).toEqual(['a']);
  expect(await complete('%show region ')).toEqual([]);
  expect(await complete('%show file wo')).toEqual(['wordle.system']);
  expect(await complete('%build part4 --config=d')).toEqual(['--config=debug']);
  expect((await run('%show domain a')).displays[0]).toMatch(/^protection domain a\n {2}program {3}a\.elf/);
  await expect(run('%show domain b')).rejects.toMatchObject({
    traceback: [expect.stringContaining('no protection domain b'), '  Did you mean a?'],
  });
});

test.each([
  ['%%system a\n<system>', 'incomplete'],
  ['%%system a\n<system>\n\n', 'incomplete'],
  ['%%system a\n<system>\n</system>', 'complete'],
  ['%%file a.c\nint x;', 'incomplete'],
  ['%%file a.c\nint x;\n', 'complete'],
  ['%%file a.txt\nx', 'incomplete'],
  ['%%file a.txt\nx\n', 'complete'],
  ['%%sistem a\n', 'invalid'],
  ['%lsmagic', 'complete'],
  ['%run a --until "b', 'invalid'],
  ['%send "', 'complete'],
  ['%nothing', 'invalid'],
  ['%lsmagic\nlet a = (', 'unknown'],
])('%j is %s', async (code, status) => expect(await evaluator.isComplete(code)).toMatchObject({ status }));
