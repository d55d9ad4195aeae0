/**
 * Everything that a reader can get wrong: one error that says where and what to do, and nothing else changed.
 *
 * @peers debian
 * @seconds 20
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { cacheRoot } from '../../sdk/cache.js';
import { packageRoot } from '../../sdk/root.js';
import { Notebook, expectOneError } from './cells.js';

const CHAPTER = join(packageRoot(), 'notebooks', 'part4');
const DESCRIPTION = readFileSync(join(CHAPTER, 'solution', 'wordle.system'), 'utf8');
const SERVER = readFileSync(join(CHAPTER, 'solution', 'wordle_server.c'), 'utf8');
const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

let folder: string;
let notebook: Notebook;
beforeAll(async () => {
  // Blanks and letters beyond ASCII in the path go through compiler, tool and machine.
  folder = mkdtempSync(join(tmpdir(), 'bad input \u00e4 '));
  notebook = await Notebook.open(folder);
  await notebook.ok(`%%system wordle.system\n${DESCRIPTION}`);
  await notebook.ok(`%%file wordle_server.c\n${SERVER}`);
  await notebook.ok('%build part4');
}, 120_000);
afterAll(async () => {
  await notebook.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a cell that has to fail, and checks that it changed nothing. */
async function failure(code: string, wanted: { ename: string; message: RegExp; advice: RegExp }): Promise<void> {
  const before = await notebook.state();
  expectOneError(await notebook.run(code), wanted);
  expect(await notebook.state()).toEqual(before);
}

describe('system descriptions', () => {
  const cases: [what: string, from: string, to: string, message: RegExp][] = [
    ['a tag that is not closed', '</protection_domain>', '', /clos|match|end/i],
    ['an attribute without quotes', 'priority="101"', 'priority=101', /damaged/],
    ['an attribute that nobody knows', 'priority="101"', 'prority="101"', /prority|priority/],
    ['a region that is not there', 'mr="gic_vcpu"', 'mr="gic_cpu"', /gic_cpu/],
    ['a region that is no multiple of its pages', 'size="0x10000000" page_size', 'size="0x10000001" page_size', /guest_ram|page/],
    ['a channel to nobody', '<end pd="vmm" id="1" pp="true" />', '<end pd="vm" id="1" pp="true" />', /vm/],
    ['an identifier used twice', '<end pd="vmm" id="1" pp="true" />', '<end pd="vmm" id="2" pp="true" />', /2/],
  ];
  test.each(cases)('%s', async (_what, from, to, message) => {
    expect(DESCRIPTION).toContain(from);
    const wrong = DESCRIPTION.replace(from, to);
    const before = await notebook.state();
    const result = await notebook.run(`%%system wordle.system\n${wrong}`);
    expectOneError(result, { ename: 'SystemDescriptionError', message, advice: /^wordle\.system:\d+:\d+: error: / });
    const line = Number(/:(\d+):/.exec(result.error?.evalue ?? '')?.[1]);
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(wrong.split('\n').length);
    expect(result.error?.traceback).toContain(`${line} | `);
    expect(await notebook.state()).toEqual(before);
  });

  test('the same complaint about a file, on the command that reads it', async () => {
    writeFileSync(join(folder, 'edited.system'), DESCRIPTION.replace('mr="gic_vcpu"', 'mr="gic_cpu"'));
    const line = lineOf(DESCRIPTION, 'mr="gic_vcpu"');
    await failure('%build part4 --system edited.system', {
      ename: 'SystemDescriptionError',
      message: new RegExp(`^edited\\.system:${line}:\\d+: .*gic_cpu`),
      advice: /gic_cpu/,
    });
    rmSync(join(folder, 'edited.system'));
  });

  test('a program that is nowhere names its line and where it was looked for', async () => {
    const text = DESCRIPTION.replace('client.elf', 'clinet.elf');
    writeFileSync(join(folder, 'missing.system'), text);
    await failure('%build part4 --system missing.system', {
      ename: 'MissingImageError',
      message: new RegExp(`^missing\\.system:${lineOf(text, 'clinet.elf')}:.*clinet`),
      advice: /clinet\.c/,
    });
    rmSync(join(folder, 'missing.system'));
  });

  test('Windows line ends are no error, and do not count as lines', async () => {
    await notebook.ok(`%%system windows.system\r\n${DESCRIPTION.replace(/\n/g, '\r\n')}`);
    await notebook.ok(`%%file wordle_server.c\r\n${SERVER.replace(/\n/g, '\r\n')}`);
    await notebook.ok('%build part4 --system windows.system');
    writeFileSync(join(folder, 'windows.system'), DESCRIPTION.replace('mr="gic_vcpu"', 'mr="gic_cpu"').replace(/\n/g, '\r\n'));
    await failure('%build part4 --system windows.system', {
      ename: 'SystemDescriptionError',
      message: new RegExp(`^windows\\.system:${lineOf(DESCRIPTION, 'mr="gic_vcpu"')}:`),
      advice: /gic_cpu/,
    });
    rmSync(join(folder, 'windows.system'));
    await notebook.ok(`%%file wordle_server.c\n${SERVER}`);
  }, 60_000);
});

describe('C sources', () => {
  // The last description was refused: until it is right, nothing is built from it.
  beforeAll(async () => {
    expectOneError(await notebook.run('%build part4'), {
      ename: 'BuildError',
      message: /wordle\.system was refused/,
      advice: /--previous/,
    });
    await notebook.ok(`%%system wordle.system\n${DESCRIPTION}`);
  });

  test('errors in two files are one error that names file, line and column of each; the image stays', async () => {
    const client = readFileSync(join(CHAPTER, 'sources', 'client.c'), 'utf8');
    writeFileSync(join(folder, 'client.c'), `int x = ;\n${client}`);
    await notebook.ok(`%%file wordle_server.c\n${SERVER.replace('#define WORD_LENGTH 5', '#define WORD_LENGTH 5\nint y')}`);
    const line = lineOf(SERVER, '#define WORD_LENGTH 5') + 1;
    await failure('%build part4', {
      ename: 'CompileError',
      message: /:\d+:\d+: /,
      advice: new RegExp(`wordle_server\\.c:(${line}|${line + 1}|${line + 2}|${line + 3}):\\d+: error: `),
    });
    await failure('%build part4', { ename: 'CompileError', message: /and [1-9]\d* more/, advice: /client\.c:1:9: error: / });
    rmSync(join(folder, 'client.c'));
    await notebook.ok(`%%file wordle_server.c\n${SERVER}`);
    expect((await notebook.ok('%build part4')).text).toContain('up to date');
  }, 60_000);

  test('a name that nobody defines', async () => {
    await notebook.ok(
      `%%file wordle_server.c\n${SERVER.replace('void init(void)\n{', 'void nowhere(void);\nvoid init(void)\n{\n    nowhere();')}`,
    );
    await failure('%build part4', { ename: 'LinkError', message: /wordle_server.*nowhere/, advice: /nowhere/ });
    await notebook.ok(`%%file wordle_server.c\n${SERVER}`);
  }, 60_000);

  test('a second build of the same has nothing to do, and leaves the image alone', async () => {
    await notebook.ok('%build part4');
    const image = join(folder, '.virtbook', 'part4', 'loader.img');
    const before = statSync(image).mtimeMs;
    expect((await notebook.ok('%build part4')).text).toContain('up to date');
    expect(statSync(image).mtimeMs).toBe(before);
  });
});

test.each([
  ['%biuld part4', 'MagicError', /no magic %biuld/, /%build/],
  ['%%sytem a.system\n<system/>', 'MagicError', /no magic %%sytem/, /%%system/],
  ['%build part4 --cofnig debug', 'MagicError', /no option --cofnig/, /--config/],
  ['%build part4 --config fast', 'MagicError', /fast/, /debug, release/],
  ['%build part4 --system nowhere.system', 'BuildError', /nowhere\.system/, /%%system nowhere\.system/],
  ['%build part4 --sdk nowhere', 'MagicError', /nowhere/, /SDK/],
  ['%run part5', 'RunError', /part5 has not been built/, /%build part5/],
  ['%run part4 --seed many', 'MagicError', /whole number/, /Usage: %run/],
  ['%run part4 --until "["', 'MagicError', /character class/, /backslash/],
  ['%send RETURN', 'RunError', /no machine/, /%run/],
  ['%guess crane', 'RunError', /no machine/, /%run/],
  ['%expect word', 'RunError', /no machine/, /%run/],
  ['%log', 'RunError', /no machine/, /%run/],
  ['%%file ../outside.c\nint x;', 'FileError', /outside/, /--force/],
  ['%sdk nowhere', 'MagicError', /not a Microkit SDK/, /bin\//],
  ['%sdk 9.9.9', 'MagicError', /Microkit SDK 9\.9\.9 is not in the cache/, /virtbook sdk fetch 9\.9\.9/],
  ['%cd nowhere', 'FileError', /no folder nowhere/, /nowhere/],
  ['await machine.registers()', 'RunError', /no machine is running/, /%run/],
])('%s', (code, ename, message, advice) => failure(code, { ename, message, advice }), 30_000);

describe('what the machine around lacks', () => {
  const saved = { ...process.env };
  let bare: string;
  beforeEach(() => {
    bare = mkdtempSync(join(tmpdir(), 'bare-'));
  });
  afterEach(() => {
    for (const name of ['PATH', 'VIRTBOOK_CACHE', 'TOOLCHAIN', 'npm_execpath']) {
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
    }
    rmSync(bare, { recursive: true, force: true });
  });

  test('the Linux guest, and no way to fetch it', async () => {
    const cache = cacheRoot();
    process.env.VIRTBOOK_CACHE = bare;
    for (const part of ['sdk', 'toolchain']) symlinkSync(join(cache, part), join(bare, part));
    mkdirSync(join(bare, 'bin'));
    writeFileSync(join(bare, 'bin', 'apt-get'), '#!/bin/sh\necho "E: Could not resolve deb.example.org" >&2\nexit 100\n', { mode: 0o755 });
    process.env.PATH = `${join(bare, 'bin')}${delimiter}${saved.PATH}`;
    await failure('%build part4', { ename: 'AptError', message: /Could not resolve/, advice: /virtbook guest --kernel/ });
  }, 60_000);

  test('a compiler that TOOLCHAIN names', async () => {
    process.env.TOOLCHAIN = 'no-such-gcc';
    await failure('%build part4', { ename: 'ToolchainError', message: /no-such-gcc/, advice: /TOOLCHAIN/ });
  });

  test('any compiler, and npm to bring one', async () => {
    process.env.VIRTBOOK_CACHE = bare;
    process.env.PATH = bare;
    delete process.env.npm_execpath;
    delete process.env.TOOLCHAIN;
    await failure('%build part4', { ename: 'ToolchainError', message: /npm/, advice: /compiler/ });
  });
});

test('a cell that fails leaves the kernel able to build and run', async () => {
  copyFileSync(join(CHAPTER, 'no-channel', 'wordle.system'), join(folder, 'again.system'));
  await notebook.ok('%build part4 --system again.system');
  expect((await notebook.ok('%run part4 --seed 3 --until "null cap #75"')).text).toContain('null cap #75');
  await notebook.ok('%stop');
}, 90_000);
