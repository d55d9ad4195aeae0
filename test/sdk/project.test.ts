/**
 * Systems from description and C sources to loader.img, with the machine's compiler and the embedded SDK.
 *
 * @peers debian
 * @seconds 20
 */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSystem, type BuildSystemRequest, type BuildSystemResult } from '../../sdk/build/project.js';
import { ensureSdk } from '../../sdk/build/sdk.js';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { ensureGuest } from '../../sdk/guest/guest.js';
import { packageRoot } from '../../sdk/root.js';
import { part4Guest } from '../support/guests.js';

const SYSTEM =
  '<system>\n  <protection_domain name="one" priority="10">\n    <program_image path="one.elf" />\n  </protection_domain>\n</system>\n';
const SOURCE =
  '#include <microkit.h>\n#include "greeting.h"\nvoid init(void)\n{\n    microkit_dbg_puts(GREETING);\n}\nvoid notified(microkit_channel ch)\n{\n    (void)ch;\n}\n';

let folder: string;
const at = (name: string): string => join(folder, name);
const out = (name: string): string => join(folder, 'out put', name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'project test-'));
  writeFileSync(at('one.system'), SYSTEM);
  writeFileSync(at('one.c'), SOURCE);
  writeFileSync(at('greeting.h'), '#define GREETING "first greeting\\n"\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

const build = (more: Partial<BuildSystemRequest> = {}): Promise<BuildSystemResult> =>
  buildSystem({ systemFile: at('one.system'), sourceDirs: [folder], outputDir: at('out put'), config: 'debug', ...more });

const failure = async (more: Partial<BuildSystemRequest> = {}): Promise<DiagnosticError> => {
  const error = await build(more).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DiagnosticError);
  return error as DiagnosticError;
};

/** Bringing a compiler and building the SDK, the first time. */
beforeAll(async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'project test-'));
  writeFileSync(join(scratch, 'one.system'), SYSTEM);
  writeFileSync(join(scratch, 'one.c'), SOURCE.replace('#include "greeting.h"\n', '').replace('GREETING', '""'));
  await buildSystem({ systemFile: join(scratch, 'one.system'), sourceDirs: [scratch], outputDir: scratch, config: 'debug' });
  rmSync(scratch, { recursive: true });
}, 600_000);

test('built, then up to date, then built again when a header has changed', async () => {
  const labels: string[] = [];
  const first = await build({ onProgress: ({ label }) => labels.push(label) });
  expect(first).toEqual({
    image: out('loader.img'),
    report: out('report.txt'),
    upToDate: false,
    sdk: await ensureSdk(),
    processors: 1,
    warnings: [],
    sources: [at('one.c')],
  });
  expect(labels).toEqual(['one.c is compiled', 'linking one.elf', 'making loader.img', 'loader.img is ready']);
  expect(readFileSync(first.image).includes('first greeting')).toBe(true);
  expect(readFileSync(first.report, 'utf8')).toContain('one');

  const { mtimeMs } = statSync(first.image);
  expect(await build()).toEqual({ ...first, upToDate: true });
  expect(statSync(first.image).mtimeMs).toBe(mtimeMs);

  writeFileSync(at('greeting.h'), '#define GREETING "second greeting\\n"\n');
  expect((await build()).upToDate).toBe(false);
  expect(readFileSync(first.image).includes('second greeting')).toBe(true);

  rmSync(first.image);
  expect((await build()).upToDate).toBe(false);
  expect(existsSync(first.image)).toBe(true);
}, 60_000);

test('the same sources give the same image, wherever they are built', async () => {
  const { image } = await build();
  const other = await build({ outputDir: at('elsewhere') });
  expect(readFileSync(other.image).equals(readFileSync(image))).toBe(true);
}, 60_000);

test('warnings are there, and stay there when nothing is compiled', async () => {
  writeFileSync(at('one.c'), SOURCE.replace('    (void)ch;', '    (void)ch;\n    int unused;'));
  const warning = { severity: 'warning', file: at('one.c'), line: 10, message: expect.stringContaining("unused variable 'unused'") };
  expect((await build()).warnings).toMatchObject([warning]);
  expect(await build()).toMatchObject({ upToDate: true, warnings: [warning] });
}, 60_000);

test('errors of all files are told, and the image stays as it was', async () => {
  await build();
  const before = [readFileSync(out('loader.img')), readFileSync(out('one.elf')), readFileSync(out('report.txt'))];
  writeFileSync(
    at('one.system'),
    SYSTEM.replace('</system>', '  <protection_domain name="two"><program_image path="two.elf" /></protection_domain>\n</system>'),
  );
  writeFileSync(at('one.c'), SOURCE.replace('(void)ch;', '(void)chanel;'));
  writeFileSync(at('two.c'), 'int x = ;\n');
  const error = await failure();
  expect(error.kind).toBe('CompileError');
  expect(
    error.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ file, line }) => [file, line])
      .sort(),
  ).toEqual([
    [at('one.c'), 9],
    [at('two.c'), 1],
  ]);
  expect([readFileSync(out('loader.img')), readFileSync(out('one.elf')), readFileSync(out('report.txt'))]).toEqual(before);
}, 60_000);

test('an entry point that is missing is a link error that names it', async () => {
  writeFileSync(at('one.c'), '#include <microkit.h>\nvoid init(void)\n{\n}\n');
  const error = await failure();
  expect(error.kind).toBe('LinkError');
  expect(error.diagnostics).toMatchObject([
    { file: at('one.c'), message: expect.stringMatching(/^one\.elf: .*notified/), hint: expect.stringContaining('void notified') },
  ]);
}, 60_000);

test('a description that cannot be read, and one that is wrong', async () => {
  expect((await failure({ systemFile: at('none.system') })).message).toContain('none.system: error: cannot be read');
  writeFileSync(at('one.system'), SYSTEM.replace('priority', 'prioritie'));
  expect((await failure()).diagnostics[0]).toMatchObject({ severity: 'error', file: at('one.system'), line: 2 });
});

test('an abort is thrown as it is, leaves the outputs, and the next build goes on', async () => {
  await build();
  const before = readFileSync(out('loader.img'));
  for (const label of ['one.c is compiled', 'linking one.elf', 'making loader.img']) {
    const controller = new AbortController();
    const reason = new Error(label);
    writeFileSync(at('greeting.h'), `#define GREETING "${label}"\n`);
    const building = build({
      signal: controller.signal,
      onProgress: (step) => {
        if (step.label === label) controller.abort(reason);
      },
    });
    await expect(building).rejects.toBe(reason);
    expect(readFileSync(out('loader.img')).equals(before)).toBe(true);
  }
  await build();
  expect(readFileSync(out('loader.img')).includes('making loader.img')).toBe(true);
}, 60_000);

test('an image without a source is used as it is', async () => {
  await build();
  copyFileSync(out('one.elf'), at('one.elf'));
  rmSync(at('one.c'));
  const other = await build({ outputDir: at('other') });
  expect(readFileSync(other.image).includes('first greeting')).toBe(true);
  rmSync(at('one.elf'));
  expect((await failure()).kind).toBe('MissingImageError');
}, 60_000);

test('two builds at once into the same folder', async () => {
  const results = await Promise.all([build(), build()]);
  expect(results.map(({ upToDate }) => upToDate).sort()).toEqual([false, true]);
}, 60_000);

test('a program that embeds a guest, in a system without one', async () => {
  writeFileSync(at('one.c'), SOURCE.replace('{', '{ extern char _guest_kernel_image[]; microkit_dbg_putc(_guest_kernel_image[0]);'));
  const { kind, diagnostics } = await failure();
  expect(kind).toBe('LinkError');
  expect(diagnostics).toEqual([
    {
      severity: 'error',
      file: at('one.c'),
      message: 'one.elf embeds a Linux guest (it uses _guest_kernel_image), and this system has none',
      hint: expect.stringContaining('write in chapter.json "guest": {'),
    },
  ]);
}, 60_000);

test("the chapter's system: the guest is in the image, and its tree says where the disk ends", async () => {
  const chapter = join(packageRoot(), 'notebooks', 'part4');
  const { image } = await build({
    systemFile: join(chapter, 'solution', 'wordle.system'),
    sourceDirs: [join(chapter, 'solution'), join(chapter, 'sources')],
    guest: part4Guest,
    guestBootargs: 'hosts=a:10.0.0.1',
  });
  const bytes = readFileSync(image);
  const guest = await ensureGuest(part4Guest);
  const disk = readFileSync(guest.initrd);
  expect(bytes.includes(readFileSync(guest.kernel).subarray(0, 4096))).toBe(true);
  expect(bytes.includes(disk.subarray(-4096))).toBe(true);
  expect(bytes.includes(' hosts=a:10.0.0.1\0')).toBe(true);
  const end = Buffer.alloc(8);
  end.writeBigUInt64BE(BigInt(0x4d70_0000 + disk.length));
  expect(bytes.includes(end)).toBe(true);
}, 300_000);
