/** Which description and which image the magics mean, and that an older one is never taken in silence. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { ChapterFolders } from '../chapters/folders.js';
import type { KernelError } from '../core/evaluator.js';
import { FakeMachine, printingGuest } from '../../emulator/server/testing/fake-machine.js';
import type { BuildRequest } from '../session/services.js';
import { Session } from '../session/session.js';
import { type CodeEvaluator, NotebookEvaluator } from './evaluator.js';
import { RecordingCell } from './recording-cell.js';

let root: string;
let folder: string;
let requests: BuildRequest[];
let complaint: DiagnosticError | undefined;
let evaluator: NotebookEvaluator;

/** A kernel in the folder, as after a restart. */
function kernel(): NotebookEvaluator {
  const session = new Session({
    folder,
    seed: 5,
    chapters: new ChapterFolders([join(root, 'chapters')], undefined),
    services: {
      async build(request) {
        requests.push(request);
        if (complaint) throw complaint;
        const [image, report] = ['loader.img', 'report.txt'].map((name) => join(request.outputDir, name)) as [string, string];
        writeFileSync(image, `image ${requests.length}`);
        writeFileSync(report, '# Report\n');
        const sources = request.sourceDirs.map((each) => join(each, 'a.c')).filter((path) => existsSync(path));
        return { image, report, sources: sources.slice(0, 1), upToDate: false, warnings: [] };
      },
      startMachine: async ({ loaders }) => new FakeMachine(printingGuest([`${readFileSync(loaders[0]?.file ?? '', 'utf8')}\r\n`])),
      restoreMachine: () => Promise.reject(new Error('not in this test')),
    },
  });
  return new NotebookEvaluator(session, {} as CodeEvaluator);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'virtbook described '));
  folder = join(root, 'work');
  mkdirSync(folder);
  mkdirSync(join(root, 'chapters', 'hello', 'sources'), { recursive: true });
  writeFileSync(join(root, 'chapters', 'hello', 'chapter.json'), '{ "system": "shipped.system", "sources": ["sources"] }');
  writeFileSync(join(root, 'chapters', 'hello', 'sources', 'shipped.system'), system());
  writeFileSync(join(root, 'chapters', 'hello', 'sources', 'a.c'), '');
  requests = [];
  complaint = undefined;
  evaluator = kernel();
});
afterEach(async () => {
  await evaluator.session.machine.stop();
  rmSync(root, { recursive: true, force: true });
});

const system = (priority = 3): string =>
  `<system>\n  <protection_domain name="a" priority="${priority}"><program_image path="a.elf"/></protection_domain>\n</system>\n`;
const run = async (code: string): Promise<RecordingCell> => {
  const cell = new RecordingCell(code);
  await evaluator.evaluate(cell);
  return cell;
};
/** The error as a reader sees it. */
const failure = async (code: string): Promise<string> =>
  run(code).then(
    () => Promise.reject(new Error(`${code} did not fail`)),
    (error: KernelError) => error.traceback.join('\n').replace(/\x1b\[[\d;]*m/g, ''),
  );
const write = (file: string, priority?: number) => run(`%%system ${file}\n${system(priority)}`);
const builtFrom = (): string | undefined => requests.at(-1)?.systemFile.slice(folder.length + 1);

describe('%system FILE without a cell', () => {
  beforeEach(() => {
    writeFileSync(join(folder, 'one.system'), system(1));
    writeFileSync(join(folder, 'two.system'), system(2));
  });

  test('takes a description that exists, shows it, and makes it the one that is built', async () => {
    const cell = await run('%system two.system');
    expect(cell.text).toBe('two.system: %build builds this as two.\n');
    expect(cell.displays[0]).toContain('a  priority 2, a.elf');
    await run('%build');
    expect(builtFrom()).toBe('two.system');
  });

  test('alone it shows the one in force', async () => {
    expect(await failure('%system')).toMatch(/no system has been described yet[^]*%system one\.system/);
    await write('three.system', 7);
    expect((await run('%system')).displays[0]).toContain('priority 7');
    await run('%system one.system');
    expect((await run('%system')).displays[0]).toContain('priority 1');
  });

  test("takes a chapter's, and names what is near", async () => {
    await run('%chapter hello');
    expect((await run('%system shipped.system')).text).toBe('hello/sources/shipped.system: %build builds this as hello.\n');
    expect(await failure('%system tow.system')).toMatch(/no system description tow\.system[^]*Did you mean two\.system\?/);
  });

  test('a wrong one is an error with its line, and is not run', async () => {
    await run('%system two.system');
    await run('%build');
    writeFileSync(join(folder, 'two.system'), system(999));
    expect(await failure('%system two.system')).toMatch(/^two\.system:2:\d+: error: /);
    expect(await failure('%run')).toContain('two.system, which you described last, was refused (line 2: ');
  });
});

describe("a task's own description", () => {
  const task = (...path: string[]): string => join(root, 'chapters', 'hello', 'tasks', ...path);
  beforeEach(async () => {
    const declared = [
      { name: 'first', title: 'First', asks: 'a', hints: {} },
      { name: 'own', title: 'Own', asks: 'b', hints: {}, after: 'first', system: 'own.system' },
    ];
    writeFileSync(
      join(root, 'chapters', 'hello', 'chapter.json'),
      JSON.stringify({ system: 'shipped.system', sources: ['sources'], tasks: declared }),
    );
    for (const folder of ['first/skeleton', 'first/solution', 'own/skeleton']) mkdirSync(task(folder), { recursive: true });
    writeFileSync(task('first/skeleton/a.c'), 'int first;\n');
    writeFileSync(task('first/solution/a.c.edit'), 'int first = 1;\n');
    writeFileSync(task('own/skeleton/own.system'), system(9));
    writeFileSync(task('own/skeleton/b.c'), '');
    await run('%chapter hello');
  });
  const read = (folder: string | undefined, name: string): string => readFileSync(join(folder ?? '', name), 'utf8');

  test('is built with what readers begin the task with, as its checks build it', async () => {
    const shown = (await run('%build hello --system own.system')).displays[0];
    expect(builtFrom()).toBe('.virtbook/tasks/own/own.system');
    expect(shown).toContain('Made from own.system of the task with a.c of the task.');
    const [reader, beginning, ...chapter] = requests.at(-1)?.sourceDirs ?? [];
    expect([reader, chapter]).toEqual([folder, [join(root, 'chapters', 'hello', 'sources')]]);
    expect(read(beginning, 'a.c')).toBe('int first = 1;\n');
    expect(await failure('%build own')).toContain('write %build hello --system own.system');
  });

  test("the reader's files come first, also the description", async () => {
    writeFileSync(join(folder, 'a.c'), '');
    expect((await run('%build hello --system own.system')).displays[0]).toContain('Made from own.system of the task with your a.c.');
    await write('own.system', 4);
    await run('%build');
    expect([builtFrom(), requests.at(-1)?.outputDir]).toEqual(['own.system', join(folder, '.virtbook', 'hello')]);
    expect(requests.at(-1)?.sourceDirs[1]).toBe(join(folder, '.virtbook/tasks/own'));
  });

  test('%system takes it, %file and %show have its files, and none of an earlier solution', async () => {
    expect((await run('%system own.system')).text).toBe('.virtbook/tasks/own/own.system: %build builds this as hello.\n');
    await run('%build');
    expect(builtFrom()).toBe('.virtbook/tasks/own/own.system');
    expect((await run('%show file b.c')).displays).toHaveLength(1);
    await run('%file b.c own.system');
    expect(read(folder, 'own.system')).toBe(system(9));
    expect((await run('%show file a.c')).displays[0]).not.toContain('first');
  });

  test("files of a task are nobody's where another description is built", async () => {
    await write('mine.system');
    await run('%build mine');
    expect(requests.at(-1)?.sourceDirs).toEqual([folder]);
    await run('%build hello --system mine.system');
    expect(requests.at(-1)?.sourceDirs).toEqual([folder, join(root, 'chapters', 'hello', 'sources')]);
  });
});

describe('%build and %run without a name', () => {
  test('mean what was described and built last, and say which', async () => {
    await write('one.system');
    await run('%build');
    await write('two.system');
    expect((await run('%build')).displays[0]).toMatch(/^Built two: /);
    expect((await run('%run')).text).toBe('Running two, built from two.system.\nimage 2\n');
    await run('%build one');
    expect((await run('%run')).text).toMatch(/^Running one, /);
  });

  test('a description keeps the name that it was built under, also in the next session', async () => {
    await write('one.system');
    await run('%build mine --system one.system');
    expect((await run('%build')).displays[0]).toMatch(/^Built mine: [^]*Made from one\.system\.$/);
    evaluator = kernel();
    expect((await run('%run')).text).toMatch(/^Running mine, built from one\.system\./);
    await run('%build');
    expect([requests.at(-1)?.outputDir, builtFrom()]).toEqual([join(folder, '.virtbook', 'mine'), 'one.system']);
  });

  test('the description of a chapter is built as the chapter, with a word on whose sources these are', async () => {
    await run('%chapter hello');
    await write('shipped.system');
    expect((await run('%build')).displays[0]).toMatch(/^Built hello: [^]*\nMade from shipped\.system with a\.c of the chapter\.$/);
    writeFileSync(join(folder, 'a.c'), '');
    expect((await run('%build')).displays[0]).toMatch(/\nMade from shipped\.system with your a\.c\.$/);
  });
});

describe('%build NAME takes no other description', () => {
  test('not the one that was written last', async () => {
    await write('one.system');
    expect(await failure('%build two')).toMatch(/no system description two\.system[^]*%build two --system one\.system/);
    expect(requests).toEqual([]);
  });

  test('not the one of the folder before', async () => {
    await write('one.system');
    mkdirSync(join(root, 'empty'));
    await run(`%cd "${join(root, 'empty')}"`);
    expect(await failure('%build nothing')).toContain('no system description nothing.system');
    expect(await failure('%build')).toContain('no system has been described yet');
    expect(await failure('%run one')).toContain('one has not been built');
    expect(requests).toEqual([]);
  });

  test("a chapter does not take the description of another system; its own and a reader's it does", async () => {
    await write('one.system');
    await run('%build one');
    await run('%build hello');
    expect(requests.at(-1)?.systemFile).toBe(join(root, 'chapters', 'hello', 'sources', 'shipped.system'));
    await write('other.system');
    await run('%build hello');
    expect(builtFrom()).toBe('other.system');
  });
});

describe('the system of before is not run in silence', () => {
  const refused = /one\.system was refused \(line 2: [^]*Correct the %%system one\.system cell/;
  beforeEach(async () => {
    await write('one.system', 3);
    await run('%build one');
    await run('%run one');
  });

  test('after a %%system that was refused', async () => {
    await failure(`%%system one.system\n${system(999)}`);
    expect(await failure('%build one')).toMatch(refused);
    expect(await failure('%build')).toMatch(refused);
    expect(await failure('%system')).toMatch(refused);
    expect(await failure('%run one')).toMatch(/one is not what you asked for last: one\.system was refused[^]*%run one --previous/);
    const status = (await run('%status')).text;
    expect(status).toMatch(/^Memory: \d+ MB$/m);
    expect(status).toMatch(/^Described: one\.system, which was refused \(line 2: /m);
    expect(status).toMatch(/^Built: one of before \(one\.system was refused/m);
    expect(requests).toHaveLength(1);
  });

  test('after a %%system of another name that was refused, which was never written', async () => {
    await failure(`%%system two.system\n${system(999)}`);
    expect(await failure('%build two')).toMatch(/two\.system was refused/);
    expect(await failure('%build two --previous')).toMatch(/two\.system was refused/);
    expect(await failure('%run two')).toContain('two has not been built');
    expect(await failure('%run')).toMatch(/two\.system, which you described last, was refused[^]*write %run one\./);
    // What is named is meant.
    expect((await run('%run one')).text).toBe('image 1\n');
  });

  test('after a %build that failed, in the next session, too', async () => {
    complaint = new DiagnosticError('CompileError', [{ severity: 'error', file: 'a.c', line: 4, message: "expected ';'" }]);
    await failure('%build one');
    const said = /the last %build one failed \(line 4: expected ';'\)[^]*%run one --previous/;
    expect(await failure('%run one')).toMatch(said);
    evaluator = kernel();
    expect(await failure('%run one')).toMatch(said);
    expect((await run('%status')).text).toMatch(/^Built: one of before \(the last %build one failed/m);
    complaint = undefined;
    await run('%build one');
    expect((await run('%run one')).text).toBe('image 3\n');
  });

  test('--previous builds and runs it, and says so', async () => {
    await failure(`%%system one.system\n${system(999)}`);
    expect((await run('%run one --previous')).text).toMatch(/^This is one as it was built before: one\.system was refused .*\nimage 1\n$/);
    await run('%build one --previous');
    expect(readFileSync(join(folder, 'one.system'), 'utf8')).toBe(system(3));
    await write('one.system', 4);
    await run('%build one');
    expect((await run('%run one')).text).toBe('image 3\n');
  });

  test('an image whose sources have changed since says which', async () => {
    await write('one.system', 4);
    expect((await run('%run one')).text).toBe(
      'This is one as it was built before one.system changed. %build one builds it again.\nimage 1\n',
    );
  });
});

describe('%%system says what %build will say', () => {
  const domain = '<protection_domain name="a" priority="3"><program_image path="a.elf"/></protection_domain>';

  test('of memory that there is not', async () => {
    const large = `<system>\n<memory_region name="m" size="0xc0000000"/>${domain}</system>\n`;
    expect(await failure(`%%system large.system\n${large}`)).toMatch(
      /failed to allocate objects for 'MR=m'[^]*the largest piece of memory/,
    );
    expect(existsSync(join(folder, 'large.system'))).toBe(false);
  });

  test('of a file that a region is filled from: until it is there, that is a warning', async () => {
    const filled = `<system>\n<memory_region name="m" prefill_path="data.bin"/>${domain}</system>\n`;
    expect((await run(`%%system filled.system\n${filled}`)).text).toMatch(
      /filled\.system:2:1[^]*there is no file 'data\.bin' yet[^]*write it with %%file data\.bin before %build/,
    );
    writeFileSync(join(folder, 'data.bin'), 'x');
    expect((await run(`%%system filled.system\n${filled}`)).text).not.toContain('there is no file');
    writeFileSync(join(folder, 'data.bin'), '');
    expect(await failure(`%%system filled.system\n${filled}`)).toContain("'data.bin' is empty");
  });

  test('of a file that is no UTF-8 text', async () => {
    writeFileSync(join(folder, 'latin.system'), Buffer.from(`<!-- Zürich -->\n<system>${domain}</system>`, 'latin1'));
    expect(await failure('%system latin.system')).toMatch(/this is not UTF-8 text[^]*save the file as UTF-8/);
  });
});

describe('which SDK a build takes', () => {
  const before = { ...process.env };
  beforeEach(async () => {
    process.env.VIRTBOOK_CACHE = join(root, 'cache');
    delete process.env.MICROKIT_SDK;
    for (const part of ['bin/microkit', 'board'])
      mkdirSync(join(root, 'cache', 'releases', 'microkit-sdk-9.9.9', part), { recursive: true });
    await write('one.system', 3);
  });
  afterEach(() => {
    for (const name of ['VIRTBOOK_CACHE', 'MICROKIT_SDK']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  const fetched = (): string => join(root, 'cache', 'releases', 'microkit-sdk-9.9.9');
  const taken = (): string | undefined => requests.at(-1)?.sdk;

  test('the version of one that was fetched, its folder, or ours', async () => {
    await run('%build one');
    expect(taken()).toBeUndefined();
    await run('%build one --sdk 9.9.9');
    expect(taken()).toBe(fetched());
    await run('%sdk 9.9.9');
    await run('%build one');
    expect(taken()).toBe(fetched());
    await run('%build one --sdk embedded');
    expect(taken()).toBe('embedded');
    await run(`%build one --sdk "${fetched()}"`);
    expect(taken()).toBe(fetched());
    expect((await run('%sdk embedded')).text).toBe('Builds use the embedded one.\n');
    await run('%build one');
    expect(taken()).toBe('embedded');
  });

  test('that of the environment, unless another is named', async () => {
    process.env.MICROKIT_SDK = fetched();
    expect((await run('%sdk')).text).toBe(`Builds use ${fetched()} (from MICROKIT_SDK).\n`);
    await run('%build one');
    expect(taken()).toBe(fetched());
    await run('%sdk embedded');
    await run('%build one');
    expect(taken()).toBe('embedded');
  });

  test('one that is not there, or is none', async () => {
    expect(await failure('%build one --sdk 8.8.8')).toMatch(
      /Microkit SDK 8\.8\.8 is not in the cache[^]*virtbook sdk fetch 8\.8\.8[^]*Those in the cache are: 9\.9\.9\./,
    );
    process.env.MICROKIT_SDK = join(folder, 'nowhere');
    expect((await run('%status')).text).toMatch(/nowhere \(from MICROKIT_SDK, but it is not a Microkit SDK: there is no such folder\)/);
    expect(await failure('%build one --sdk nowhere')).toMatch(/nowhere is not a Microkit SDK: there is no such folder/);
    mkdirSync(join(folder, 'empty'));
    expect(await failure('%sdk empty')).toMatch(/empty is not a Microkit SDK: it has no bin\/microkit/);
    expect(requests).toHaveLength(0);
  });
});
