import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { microkitMain } from './cli.js';
import { writeProgram } from './testing/elf-writer.js';
import { readImage } from './testing/image-reader.js';
import { BOARD, LOADER_BYTES, makeTestSdk } from './testing/sdk.js';

const sdk = makeTestSdk();
let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'virtbook-cli-'));
  writeFileSync(join(cwd, 'one.system'), '<system><protection_domain name="p"><program_image path="p.elf"/></protection_domain></system>');
  mkdirSync(join(cwd, 'my build'));
  writeFileSync(join(cwd, 'my build', 'p.elf'), writeProgram());
});
afterEach(() => rmSync(cwd, { recursive: true }));
afterAll(() => sdk.remove());

async function microkit(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    cwd,
    env: { MICROKIT_SDK: sdk.path },
  };
  const status = await microkitMain(argv, io);
  return { status, ...written };
}

const GOOD = ['one.system', '--search-path', 'nowhere', 'my build', '--board', BOARD, '--config', 'debug'];
const USAGE = 'usage: microkit [-h] [-o OUTPUT] [-r REPORT] --board BOARD --config CONFIG [--search-path [SEARCH_PATH ...]] system\n';

test('builds an image and a report, and nothing is left beside them', async () => {
  expect(await microkit(...GOOD)).toMatchObject({ status: 0, err: '' });
  expect(readImage(readFileSync(join(cwd, 'loader.img')), LOADER_BYTES).table.threads.map(({ name }) => name)).toEqual(['p', 'monitor']);
  expect(readFileSync(join(cwd, 'report.txt'), 'utf8')).toMatch(/^# Kernel Boot Info\n/);
  expect(readdirSync(cwd).sort()).toEqual(['loader.img', 'my build', 'one.system', 'report.txt']);
});

test('folders of the search path come before the current one', async () => {
  writeFileSync(join(cwd, 'p.elf'), 'another file');
  expect(await microkit(...GOOD)).toMatchObject({ status: 0 });
  rmSync(join(cwd, 'my build', 'p.elf'));
  expect(await microkit(...GOOD)).toMatchObject({ status: 1 });
});

test('outputs go where they are told to', async () => {
  expect(await microkit('-o', 'my build/i.img', '--report', 'r.txt', ...GOOD)).toMatchObject({ status: 0 });
  expect(existsSync(join(cwd, 'my build', 'i.img')) && existsSync(join(cwd, 'r.txt'))).toBe(true);
});

test('an unused region is warned of on stdout', async () => {
  writeFileSync(
    join(cwd, 'one.system'),
    '<system><memory_region name="x" size="0x1000"/><protection_domain name="p"><program_image path="p.elf"/></protection_domain></system>',
  );
  expect(await microkit(...GOOD)).toMatchObject({
    status: 0,
    out: expect.stringContaining("WARNING: unused memory region 'x'\n"),
  });
});

test("what Microkit's Makefiles ask for besides", async () => {
  const { status, out } = await microkit(...GOOD, '--capdl-json', 'spec.json', '--viper-output', 'viper', '--image-type', 'binary');
  expect({ status, out }).toEqual({
    status: 0,
    out: 'WARNING: --capdl-json: this SDK has no such file to write\nWARNING: --viper-output: this SDK has no such file to write\n',
  });
  expect(await microkit(...GOOD, '--image-type', 'uimage')).toMatchObject({
    status: 1,
    err: expect.stringContaining('binary images only'),
  });
  expect(await microkit(...GOOD, '--override-kernel', 'nowhere.elf')).toMatchObject({
    status: 1,
    err: expect.stringContaining('nowhere.elf'),
  });
});

test('help', async () => {
  const { status, out } = await microkit('--help');
  expect(status).toBe(0);
  expect(out).toBe(`${USAGE}
positional arguments:
  system

options:
  -h, --help, show this help message and exit
  -o, --output OUTPUT
  -r, --report REPORT
  --board ${BOARD}
  --config CONFIG
  --search-path [SEARCH_PATH ...]
  --image-type {binary}
  --override-kernel KERNEL, build with another kernel than the SDK's
  --capdl-json FILE, --viper-output DIRECTORY: taken for the sake of Makefiles, and nothing is written
`);
});

const WRONG: [string, string[], string, string?][] = [
  ['no words at all', [], '', USAGE],
  ['nothing that is required', ['-o', 'x'], 'microkit: error: the following arguments are required: --board, --config, system\n', USAGE],
  ['words too many', [...GOOD, 'a', 'b'], 'microkit: error: unrecognised arguments: a b\n', USAGE],
  ['an option without its value', ['one.system', '-o'], 'microkit: error: argument -o/--output: expected one argument\n', ''],
  [
    'an unknown board',
    ['one.system', '--board', 'pc', '--config', 'debug'],
    `microkit: error: argument --board: invalid choice 'pc' (choose from: ${BOARD})\n`,
  ],
  [
    'an unknown configuration',
    ['one.system', '--board', BOARD, '--config', 'foo'],
    `microkit: error: argument --config: invalid choice 'foo' (choose from: debug, release)\n`,
  ],
  [
    'a system that is not there',
    ['two.system', '--board', BOARD, '--config', 'debug'],
    "Error: system description file 'two.system' does not exist\n",
  ],
  ['an image that is not there', ['one.system', '--board', BOARD, '--config', 'debug'], `Error: "unable to find program image: 'p.elf'"\n`],
  ['an output folder that is not there', ['-o', 'no/x.img', ...GOOD], `Error: "Could not create loader image 'no/x.img'`],
];

test('an image with an impossible name', async () => {
  writeFileSync(
    join(cwd, 'one.system'),
    `<system><protection_domain name="p"><program_image path="${'x'.repeat(5000)}"/></protection_domain></system>`,
  );
  expect(await microkit(...GOOD)).toMatchObject({ status: 1, err: expect.stringMatching(/^Error: ENAMETOOLONG/) });
});

describe('wrong use ends with status 1 and one message', () => {
  for (const [title, argv, err, out] of WRONG) {
    test(title, async () => {
      const result = await microkit(...argv);
      expect(result.status).toBe(1);
      expect(result.err.replaceAll(sdk.path, 'SDK').slice(0, err.length)).toBe(err);
      if (out !== undefined) expect(result.out).toBe(out);
      expect(readdirSync(cwd).sort()).toEqual(['my build', 'one.system']);
    });
  }
});

test('a failed build leaves the earlier outputs as they were', async () => {
  writeFileSync(join(cwd, 'loader.img'), 'old image');
  writeFileSync(join(cwd, 'report.txt'), 'old report');
  writeFileSync(join(cwd, 'one.system'), '<system>\n<protection_domain nam="p"/></system>');
  const { status, err } = await microkit(...GOOD);
  expect([status, err]).toEqual([
    1,
    "Error: invalid attribute 'nam' on element 'protection_domain': one.system:2:1\n  hint: did you mean 'name'?\n",
  ]);
  expect(readFileSync(join(cwd, 'loader.img'), 'utf8')).toBe('old image');
  expect(readFileSync(join(cwd, 'report.txt'), 'utf8')).toBe('old report');
});
