/**
 * `npm run release`: two runs are equal to the byte; the lists in it are true.
 *
 * @seconds 40
 * @long
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { packageRoot } from '../../sdk/root.js';

jest.setTimeout(1_800_000);

const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook release '));
const release = (...args: string[]): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [join(packageRoot(), 'packaging', 'release', 'main.mjs'), '--no-build', ...args], { encoding: 'utf8' });
const sha256 = (content: Buffer | Uint8Array): Buffer => createHash('sha256').update(content).digest();
const FIRST = join(FOLDER, 'first');
const contents = (place: string): [name: string, digest: string][] =>
  readdirSync(place).map((name) => [name, sha256(readFileSync(join(place, name))).toString('hex')]);

beforeAll(() => {
  const { status, stderr } = release(FIRST, '--platform', 'any');
  expect([status, stderr]).toEqual([0, '']);
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('a second run makes the same, in another folder or in the same', () => {
  const platforms = ['--platform', 'linux-x64', '--platform', 'win32-arm64'];
  const first = contents(FIRST).filter(([name]) => !/\.whl$|^SHA256SUMS$/.test(name) || /manylinux\w+x86_64|win_arm64/.test(name));
  for (let run = 0; run < 2; run++) {
    expect(release(join(FOLDER, 'second'), ...platforms).status).toBe(0);
    expect(contents(join(FOLDER, 'second')).filter(([name]) => name !== 'SHA256SUMS')).toEqual(first);
  }
});

test('checksums are of all files, and right', () => {
  const listed = readFileSync(join(FIRST, 'SHA256SUMS'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('  ').reverse());
  expect(listed).toEqual(contents(FIRST).filter(([name]) => name !== 'SHA256SUMS'));
});

test('a folder with something else is left as it is', () => {
  const other = join(FOLDER, 'other');
  expect(release(other, '--platform', 'linux-x64').status).toBe(0);
  writeFileSync(join(other, 'letter.txt'), 'dear');
  const { status, stderr } = release(other);
  expect([status, stderr]).toEqual([1, `release: ${other} holds letter.txt, which is not of a release: name an empty folder\n`]);
  expect(readFileSync(join(other, 'letter.txt'), 'utf8')).toBe('dear');
  expect(release('--platform', 'amiga')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/no platform amiga: choose of linux-x64/),
  });
});

/** The format of a program, and the processor that it is for, by its first bytes. */
function machineOf(content: Uint8Array): string {
  const bytes = Buffer.from(content);
  if (bytes.readUInt32BE(0) === 0x7f454c46) return `ELF ${bytes.readUInt16LE(18).toString(16)}`;
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return `Mach-O ${bytes.readUInt32LE(4).toString(16)}`;
  const header = bytes.readUInt32LE(60);
  return `${bytes.toString('latin1', header, header + 2)} ${bytes.readUInt16LE(header + 4).toString(16)}`;
}

describe('a wheel', () => {
  const version = (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
  const open = (tag: string): Record<string, Uint8Array> => unzipSync(readFileSync(join(FIRST, `virtbook-${version}-py3-none-${tag}.whl`)));
  const text = (files: Record<string, Uint8Array>, path: string): string => strFromU8(files[path]!);
  const info = `virtbook-${version}.dist-info`;

  test('lists its files with their digests', () => {
    const files = open('manylinux_2_28_x86_64');
    const record = text(files, `${info}/RECORD`).trimEnd().split('\n');
    const expected = Object.entries(files)
      .filter(([path]) => path !== `${info}/RECORD`)
      .map(([path, content]) => `${path},sha256=${sha256(content).toString('base64url')},${content.length}`);
    expect(record).toEqual([...expected, `${info}/RECORD,,`]);
  });

  test.each([
    ['manylinux_2_28_x86_64', 'ELF 3e', /^linux\/x64\/node\/glibc-\d+-Release\/addon\.node$/],
    ['manylinux_2_28_aarch64', 'ELF b7', /^linux\/arm64\/node\/glibc-\d+-Release\/addon\.node$/],
    ['musllinux_1_2_x86_64', 'ELF 3e', /^linux\/x64\/node\/musl-\d+-Release\/addon\.node$/],
    ['musllinux_1_2_aarch64', 'ELF b7', /^linux\/arm64\/node\/musl-\d+-Release\/addon\.node$/],
    ['macosx_13_0_x86_64', 'Mach-O 1000007', /^darwin\/x64\/node\/libc-\d+-Release\/addon\.node$/],
    ['macosx_13_0_arm64', 'Mach-O 100000c', /^darwin\/arm64\/node\/libc-\d+-Release\/addon\.node$/],
    ['win_amd64', 'PE 8664', /^win32\/x64\/node\/msvc-\d+-Release\/addon\.node$/],
    ['win_arm64', 'PE aa64', /^win32\/arm64\/node\/msvc-\d+-Release\/addon\.node$/],
  ])('for %s has the addon of this platform alone, %s', (tag, machine, addon) => {
    const files = open(tag);
    const addons = Object.keys(files).filter((path) => path.endsWith('.node'));
    expect(addons.map((path) => path.split('/zeromq/build/')[1])).toEqual([expect.stringMatching(addon)]);
    expect(machineOf(files[addons[0]!]!)).toBe(machine);
    expect(text(files, `${info}/WHEEL`)).toContain(`Tag: py3-none-${tag}\n`);
    expect(Object.keys(files).filter((path) => /node_modules\/(.*\/)?(esbuild|jest|tslab)\/package\.json$/.test(path))).toEqual([]);
  });

  test('has no path of this machine, and names the licences of all that is in it', () => {
    const files = open('manylinux_2_28_x86_64');
    const own = Object.entries(files).filter(([path]) => !path.includes('/node_modules/'));
    expect(own.filter(([, content]) => Buffer.from(content).includes(packageRoot())).map(([path]) => path)).toEqual([]);
    const bom = JSON.parse(text(files, `${info}/sboms/virtbook.cdx.json`)) as { components: { name: string; version: string }[] };
    const packages = Object.keys(files).filter((path) => /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path));
    const shipped = packages.map((path) => JSON.parse(text(files, path)) as { name: string; version: string });
    for (const { name, version: of } of shipped) expect(bom.components).toContainEqual(expect.objectContaining({ name, version: of }));
    for (const name of ['tslab', 'highlight.js', 'assemblyscript'])
      expect(bom.components).toContainEqual(expect.objectContaining({ name }));
    const licences = /^License-Expression: (.*)$/m.exec(text(files, `${info}/METADATA`))?.[1] ?? '';
    for (const licence of ['Apache-2.0', 'BSD-2-Clause', 'MIT', 'MPL-2.0']) expect(licences.split(' AND ')).toContain(licence);
  });
});

test('Binder and dev containers are made from the same file', () => {
  expect(readFileSync(join(packageRoot(), '.binder', 'Dockerfile'))).toEqual(readFileSync(join(packageRoot(), 'Containerfile')));
  const dev = JSON.parse(readFileSync(join(packageRoot(), '.devcontainer', 'devcontainer.json'), 'utf8')) as { build: object };
  expect(dev.build).toEqual({ dockerfile: '../Containerfile', context: '..' });
});
