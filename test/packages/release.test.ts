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

jest.setTimeout(600_000);

const FOLDER = mkdtempSync(join(tmpdir(), 'virtbook release '));
const release = (...args: string[]): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [join(packageRoot(), 'packaging', 'release', 'main.mjs'), '--no-build', ...args], { encoding: 'utf8' });
const sha256 = (content: Buffer | Uint8Array): Buffer => createHash('sha256').update(content).digest();
const FIRST = join(FOLDER, 'first');
const contents = (place: string): [name: string, digest: string][] =>
  readdirSync(place).map((name) => [name, sha256(readFileSync(join(place, name))).toString('hex')]);

beforeAll(() => {
  const { status, stderr } = release(FIRST, '--platform', 'linux-x64', '--platform', 'win32-arm64');
  expect([status, stderr]).toEqual([0, '']);
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('a second run makes the same, in another folder or in the same', () => {
  const platforms = ['--platform', 'linux-x64', '--platform', 'win32-arm64'];
  const made = contents(FIRST);
  expect(release(join(FOLDER, 'second'), ...platforms).status).toBe(0);
  expect(contents(join(FOLDER, 'second'))).toEqual(made);
  expect(release(join(FOLDER, 'second'), ...platforms).status).toBe(0);
  expect(contents(join(FOLDER, 'second'))).toEqual(made);
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
    ['manylinux_2_28_x86_64', /^linux\/x64\/node\/glibc-\d+-Release\/addon\.node$/],
    ['win_arm64', /^win32\/arm64\/node\/msvc-\d+-Release\/addon\.node$/],
  ])('for %s has the addon of this platform alone', (tag, addon) => {
    const files = Object.keys(open(tag));
    const addons = files.filter((path) => path.endsWith('.node')).map((path) => path.split('/zeromq/build/')[1]);
    expect(addons).toEqual([expect.stringMatching(addon)]);
    expect(files.filter((path) => /\/(esbuild|jest|tslab)\/package\.json$/.test(path) && path.includes('node_modules'))).toEqual([]);
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
