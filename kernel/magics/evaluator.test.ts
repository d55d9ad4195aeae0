import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineOptions } from '../../emulator/machine/options.js';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { Completeness, KernelError } from '../core/evaluator.js';
import { FakeMachine, type FakeGuest, floodingGuest, hangingGuest, printingGuest } from '../../emulator/server/testing/fake-machine.js';
import type { BuildRequest, BuildResult } from '../session/services.js';
import { ChapterFolders } from '../chapters/folders.js';
import { Session } from '../session/session.js';
import { type CodeEvaluator, NotebookEvaluator } from './evaluator.js';
import { RecordingCell } from './recording-cell.js';
import { until } from '../../test/support/until.js';

let folder: string;
let guest: FakeGuest;
let started: MachineOptions[];
let machines: FakeMachine[];
let build: (request: BuildRequest) => Promise<BuildResult>;
let codeCells: string[];
/** How often cells were told that they need less. */
let rests: number;
let evaluator: NotebookEvaluator;

const unused = async (): Promise<never> => Promise.reject(new Error('not in this test'));
const makeImage = async (request: BuildRequest): Promise<BuildResult> => {
  const image = join(request.outputDir, 'loader.img');
  const report = join(request.outputDir, 'report.txt');
  const upToDate = existsSync(image);
  writeFileSync(image, 'image');
  writeFileSync(report, '# Report\n');
  return { image, report, upToDate, warnings: [] };
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbook-'));
  guest = printingGuest(['hello\r\n']);
  started = [];
  machines = [];
  build = makeImage;
  codeCells = [];
  rests = 0;
  const language: CodeEvaluator = {
    rest: () => void rests++,
    evaluate: async (cell) => void codeCells.push(cell.code),
    complete: async () => ({ matches: ['fromLanguage'], start: 0, end: 0 }),
    inspect: async () => undefined,
    isComplete: async () => ({ status: 'unknown' }),
    expression: async () => ({ data: {} }),
    shutdown: async () => undefined,
  };
  const session = new Session({
    folder,
    seed: 5,
    services: {
      build: (request) => build(request),
      startMachine: async (options) => {
        started.push(options);
        const machine = new FakeMachine(guest);
        machines.push(machine);
        return machine;
      },
      restoreMachine: unused,
    },
  });
  evaluator = new NotebookEvaluator(session, language);
});

afterEach(async () => {
  await evaluator.shutdown(false);
  rmSync(folder, { recursive: true, force: true });
});

const run = async (code: string, options: { answers?: string[]; signal?: AbortSignal } = {}) => {
  const cell = new RecordingCell(code, options);
  await evaluator.evaluate(cell);
  return cell;
};
const failure = async (code: string, options: { answers?: string[]; signal?: AbortSignal } = {}): Promise<KernelError> =>
  run(code, options).then(
    () => Promise.reject(new Error(`${code} did not fail`)),
    (error: KernelError) => error,
  );
const SYSTEM = '<system>\n  <protection_domain name="a" priority="3"><program_image path="a.elf"/></protection_domain>\n</system>';
const built = async () => {
  await run(`%%system hello.system\n${SYSTEM}`);
  await run('%build hello');
};

describe('cells', () => {
  test('code goes to the language, magics do not, in order', async () => {
    await run('let a = 1\n%seed 3\na + 1');
    expect(codeCells).toEqual(['let a = 1', 'a + 1']);
  });

  test.each(['# note\n\n%seed 9', '// note\r\n%seed 9\r\n', '\n\n%seed 9   '])('%j is a magic', async (code) => {
    expect((await run(code)).text).toBe('The next run has seed 9.\n');
    expect(codeCells).toEqual([]);
  });

  test('a cell without magics reaches the language as it was written', async () => {
    await run('  // only\nx % y');
    expect(codeCells).toEqual(['  // only\nx % y']);
  });
});

describe('%log finds lines', () => {
  beforeEach(async () => {
    guest = printingGuest([
      'LDR|INFO: one\r\n',
      'Bootstrapping kernel\r\n',
      'Booting all finished, dropped to user space\r\n',
      'CLIENT: two\r\n',
      '[    0.000000] three\r\n',
      'four\r\n',
    ]);
    await built();
    await run('%run hello');
  });

  test.each([
    ['%log', /^LDR\|INFO: one\nBootstrapping[\s\S]*four\n$/],
    ['%log "one|two"', /^LDR\|INFO: one\nCLIENT: two\n$/],
    ['%log --origin linux', /^\[ {4}0\.000000\] three\nfour\n$/],
    ['%log --origin linux --tail 1', /^four\n$/],
    ['%log o --origin loader', /^LDR\|INFO: one\n$/],
    ['%log nothing --origin vmm', /^No line matches \/nothing\/ and is from vmm\.\n$/],
  ])('%s', async (code, text) => expect((await run(code)).text).toMatch(text));

  test('what cannot be meant is an error', async () => {
    expect((await failure('%log --origin linus')).message).toMatch(/one of loader, microkernel, monitor, domains, vmm, linux/);
    expect((await failure('%log --tail 0')).message).toMatch(/how many lines/);
    expect((await failure('%log "("')).ename).toBe('MagicError');
  });
});

test('%stats shows what the machine says of its execution, and how much of the room is used', async () => {
  await built();
  await run('%run hello');
  const machine = machines[0]!;
  const translation = {
    regions: 1638,
    modules: 2,
    bytes: 0,
    evicted: 0,
    instructions: 3,
    milliseconds: 4,
    invalidations: 5,
    released: 6,
    cached: 0,
  };
  machine.status = async () => ({ running: false, time: 1e9, instructions: 7, translation });
  expect((await run('%stats')).text).toMatch(
    /^simulated time +1\.000 s\n[^]*room for translations +10\.0 % of 16,384 regions, 0\.0 % of 48\.0 MiB used\n/,
  );
});

describe('wrong use is one error that says what to do', () => {
  test.each([
    ['%biuld hello', 'MagicError', /no magic %biuld/, /Did you mean %build/],
    ['%%send hi', 'MagicError', /line only/, /Write %send/],
    ['%edit a.c', 'MagicError', /whole cell/, /%%edit/],
    ['%file a.c', 'FileError', /no file a\.c/, /%chapter NAME/],
    ['%system a.system', 'BuildError', /no system description a\.system/, /%%system a\.system/],
    ['%system', 'BuildError', /no system has been described/, /%%system NAME\.system/],
    ['%build', 'BuildError', /no system has been described/, /%%system NAME\.system/],
    ['%run', 'RunError', /nothing has been built/, /%build NAME/],
    ['%build hello --conf debug', 'MagicError', /no option --conf: did you mean --config/, /Usage/],
    ['%build hello --config fast', 'MagicError', /one of debug, release/, /Usage/],
    ['%run hello', 'RunError', /has not been built/, /%build hello/],
    ['%run hello --seed x', 'MagicError', /whole number/, /Usage/],
    ['%run hello --timeout soon', 'MagicError', /60s/, /Usage/],
    ['%run hello --until "("', 'MagicError', /Unterminated group/, /backslash/],
    ['%send hi', 'RunError', /no machine/, /%run/],
    ['%build hello', 'BuildError', /no system description/, /%%system/],
    ['%build hello --system x.system', 'BuildError', /x\.system/, /%%system x\.system/],
    ['%%file ../x.c\nint x;', 'FileError', /outside/, /--force/],
    ['%show reprt', 'MagicError', /did you mean report/, /Usage/],
    ['%cd nowhere', 'FileError', /no folder nowhere/, /./],
    ['%seed -1', 'MagicError', /not a seed/, /Usage/],
    ['%run "hello', 'MagicError', /not closed/, /Close/],
  ])('%s', async (code, ename, message, traceback) => {
    const error = await failure(code);
    expect(error.ename).toBe(ename);
    expect(error.message).toMatch(message);
    expect(error.traceback.join('\n')).toMatch(traceback);
    expect(error.traceback.join('\n')).not.toMatch(/at .*\.ts:/);
  });
});

describe('%%file and %%system', () => {
  test('a file is written with its bytes reported', async () => {
    expect((await run('%%file sub/a.c\nint x; // \u00e4\r\n')).text).toBe('Wrote sub/a.c (13 bytes).\n');
    expect(readFileSync(join(folder, 'sub/a.c'), 'utf8')).toBe('int x; // \u00e4\n');
  });

  test('a description is shown as text and as html without svg', async () => {
    const cell = await run(`%%system hello.system\n${SYSTEM}`);
    expect(cell.displays[0]).toContain('a  priority 3, a.elf');
    const [output] = cell.outputs;
    expect(output?.kind === 'display' && output.bundle.data['text/html']).not.toMatch(/<svg|<style|<script/);
  });

  test('a wrong description leaves the file as it was; the error has file, line and caret', async () => {
    await run(`%%system hello.system\n${SYSTEM}`);
    const error = await failure(`%%system hello.system\n${SYSTEM.replace('priority=', 'prority=')}`);
    expect(error.ename).toBe('SystemDescriptionError');
    expect(error.traceback[0]?.replace(/\x1b\[[\d;]*m/g, '')).toMatch(/^hello\.system:2:\d+: error: /);
    expect(error.traceback.join('\n')).toContain('^');
    expect(readFileSync(join(folder, 'hello.system'), 'utf8')).toBe(`${SYSTEM}\n`);
  });
});

describe('%build', () => {
  test('builds the description of its name, and says when nothing changed', async () => {
    await run(`%%system hello.system\n${SYSTEM}`);
    expect((await run('%build hello')).displays[0]).toBe(
      'Built hello: .virtbook/hello/loader.img (5 bytes) and .virtbook/hello/report.txt.',
    );
    expect((await run('%build hello')).displays[0]).toContain('up to date');
  });

  test('progress is shown to people only', async () => {
    build = async (request) => {
      request.onProgress({ label: 'client.c', done: 1, total: 2 });
      return makeImage(request);
    };
    await run(`%%system hello.system\n${SYSTEM}`);
    expect((await run('%build hello')).outputs).toHaveLength(1);
    const live = await run('%build hello', { answers: [] });
    expect(live.outputs.map((output) => output.kind)).toEqual(['display', 'update']);
    expect(live.displays).toHaveLength(1);
  });

  test('a compile error is one error that begins with file, line and column', async () => {
    await run(`%%system hello.system\n${SYSTEM}`);
    build = async () => {
      throw new DiagnosticError('CompileError', [
        {
          severity: 'error',
          file: join(folder, 'client.c'),
          line: 3,
          column: 5,
          message: "expected ';'",
          sourceLine: '\tint x',
          hint: 'add one',
        },
        { severity: 'error', file: 'client.c', line: 4, column: 1, message: 'more' },
      ]);
    };
    const error = await failure('%build hello');
    expect(error.ename).toBe('CompileError');
    expect(error.message).toBe("client.c:3:5: expected ';' (and 1 more)");
    expect(error.traceback[2]).toContain('|     \x1b[1m^');
  });

  test('--clean puts the earlier build back when the new one fails', async () => {
    await built();
    build = async () => Promise.reject(new Error('out of disk'));
    expect((await failure('%build hello --clean')).ename).toBe('InternalError');
    expect(readFileSync(join(folder, '.virtbook/hello/loader.img'), 'utf8')).toBe('image');
    expect(existsSync(join(folder, '.virtbook/hello.previous'))).toBe(false);
  });

  test('an interrupt ends it', async () => {
    await run(`%%system hello.system\n${SYSTEM}`);
    const controller = new AbortController();
    build = (request) =>
      new Promise((_resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason as Error));
        setImmediate(() => controller.abort());
      });
    expect((await failure('%build hello', { signal: controller.signal })).ename).toBe('KeyboardInterrupt');
  });
});

describe('%run', () => {
  test('boots the image on the board of the tutorial and streams the console', async () => {
    await built();
    const cell = await run('%run hello --seed 7');
    expect(cell.text).toBe('hello\n');
    expect(cell.displays[0]).toBe('hello waits for input. Seed 7: %run hello --seed 7 repeats it.');
    expect(started[0]).toMatchObject({
      virtualization: true,
      seed: 7,
      ramSize: 2 ** 31,
      loaders: [{ address: 0x70000000, setsEntry: true }],
    });
  });

  test('each run has another seed; a settled first seed settles them all', async () => {
    await built();
    await run('%run hello');
    await run('%run hello');
    expect(started.map((options) => options.seed)).toEqual([5, 6]);
    expect(machines[0]?.disposed).toBe(true);
  });

  test('--until that does not come is an error, and the machine is left as it is', async () => {
    await built();
    expect((await failure('%run hello --until goodbye')).message).toBe('the console did not show /goodbye/');
    expect((await run('%log')).text).toBe('hello\n');
  });

  test.each([
    ['hangs', hangingGuest],
    ['floods', floodingGuest()],
  ])('an interrupt of a guest that %s ends its cell', async (_what, which) => {
    await built();
    guest = which;
    const controller = new AbortController();
    const ended = failure('%run hello --timeout 1000m', { signal: controller.signal });
    await until(() => (machines[0]?.time ?? 0) > 0);
    controller.abort();
    const error = await ended;
    expect(error.ename).toBe('KeyboardInterrupt');
    expect((await run('%status')).text).toContain('hello with seed 5 is paused');
  });

  test('in the background it goes on between cells, and a second run is refused', async () => {
    await built();
    guest = floodingGuest();
    await run('%run hello --background');
    const error = await failure('%run hello');
    expect(error.ename).toBe('RunError');
    expect(error.message).toContain('running already');
    await run('%expect "line 50$"');
    const before = machines[0]?.time ?? 0;
    await until(() => (machines[0]?.time ?? 0) > before);
    expect((await run('%stop')).text).toBe('hello is switched off.\n');
    expect(machines[0]?.disposed).toBe(true);
    expect(rests).toBe(1);
    expect((await run('%stop')).text).toBe('No machine is running.\n');
    expect(rests).toBe(1);
  });
});

describe('the console', () => {
  test('--interactive asks for lines and types them until an empty one', async () => {
    await built();
    guest = printingGuest(['login: ']);
    const cell = await run('%run hello --interactive', { answers: ['root', ''] });
    expect(machines[0]?.typed.map((entry) => entry.text)).toEqual(['root\r']);
    expect(cell.prompts).toHaveLength(2);
    expect((await failure('%run hello --interactive')).traceback.join()).toContain('%send');
  });

  test('a crash of the machine is an error that says how to see it again', async () => {
    await built();
    guest = { run: () => ({ kind: 'crashed', message: 'no code at 0x0' }) };
    const error = await failure('%run hello --seed 4');
    expect(error.message).toBe('hello crashed: no code at 0x0');
    expect(error.traceback.join()).toContain('%run hello --seed 4');
    expect((await failure('%send x')).message).toContain('crashed');
  });

  test('%expect checks lines in their order, then lets the machine run', async () => {
    await built();
    guest = printingGuest(['one\r\n', 'two\r\n', ...Array<string>(30).fill('.\r\n'), 'three\r\n']);
    await run('%run hello --until two');
    expect((await run('%expect one')).text).toBe('one\n');
    await run('%expect three');
    const error = await failure('%expect one');
    expect(error.message).toContain('waits for input');
  });

  test('%log with a pattern', async () => {
    await built();
    guest = printingGuest(['vmm|INFO: a\r\n', 'other\r\n']);
    await run('%run hello');
    expect((await run('%log ^vmm')).text).toBe('vmm|INFO: a\n');
  });

  test('%send types keys and escapes', async () => {
    await built();
    await run('%run hello');
    await run('%send RETURN');
    await run('%send a\\x41\\r');
    expect(machines[0]?.typed.map((entry) => entry.text)).toEqual(['\r', 'aA\r']);
    expect((await failure('%send \\q')).message).toContain('\\q');
  });
});

describe('help', () => {
  test('%lsmagic and %help describe every magic', async () => {
    const list = (await run('%lsmagic')).displays[0];
    for (const magic of evaluator.registry.all()) {
      expect(list).toContain(magic.name);
      const help = (await run(`%help ${magic.name}`)).displays[0];
      expect(help).toContain(magic.summary);
      for (const option of magic.options ?? []) expect(help).toContain(`--${option.name}`);
    }
  });

  test('a language that is still starting does not keep a console waiting', async () => {
    const session = new Session({
      folder,
      services: { build: makeImage, startMachine: async () => new FakeMachine(hangingGuest), restoreMachine: unused },
    });
    const starting = new NotebookEvaluator(session, {
      isComplete: () => new Promise<Completeness>(() => undefined),
    } as unknown as CodeEvaluator);
    expect(await starting.isComplete('1 + 1')).toEqual({ status: 'unknown' });
  });
});

test('chapter sources come after the working folder', () => {
  const chapters = mkdtempSync(join(folder, 'chapters-'));
  mkdirSync(join(chapters, 'hello/skeleton'), { recursive: true });
  writeFileSync(join(chapters, 'hello/chapter.json'), '{ "sources": [".", "skeleton"] }');
  const session = new Session({
    folder,
    chapters: new ChapterFolders([chapters], undefined),
    services: { build: makeImage, startMachine: async () => new FakeMachine(hangingGuest), restoreMachine: unused },
  });
  expect(session.workspace.sources('hello')).toEqual([folder, join(chapters, 'hello'), join(chapters, 'hello/skeleton')]);
});
