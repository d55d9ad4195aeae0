import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { PNG } from 'pngjs';
import { environmentSpec, install, list, uninstall, type KernelSpec } from './kernelspec.js';
import { dataDirectory, searchDirectories, type Host } from './paths.js';

let home: string;
let host: Host;
let launcher: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'virtbook-install-'));
  launcher = join(home, 'bin', 'virtbook.js');
  mkdirSync(join(home, 'bin'));
  writeFileSync(launcher, '');
  host = { platform: 'linux', env: { PATH: process.env['PATH'] }, home };
});
afterEach(() => rmSync(home, { recursive: true }));

test.each<[string, Partial<Host>, string]>([
  ['linux', {}, '/home/ada/.local/share/jupyter'],
  ['linux with XDG', { env: { XDG_DATA_HOME: '/data' } }, '/data/jupyter'],
  ['any with JUPYTER_DATA_DIR', { env: { JUPYTER_DATA_DIR: '/jupyter' } }, '/jupyter'],
  ['macOS', { platform: 'darwin' }, '/home/ada/Library/Jupyter'],
  ['Windows', { platform: 'win32', env: { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' } }, 'C:\\Users\\ada\\AppData\\Roaming\\jupyter'],
])('the user directory on %s', (_name, change, expected) => {
  expect(dataDirectory({ user: true }, { platform: 'linux', env: {}, home: '/home/ada', ...change })).toBe(expected);
});

test('environments and prefixes keep data under share/jupyter', () => {
  expect(dataDirectory({ prefix: '/opt/it' }, host)).toBe('/opt/it/share/jupyter');
  expect(dataDirectory({ sysPrefix: true }, { ...host, env: { VIRTUAL_ENV: '/venv' } })).toBe('/venv/share/jupyter');
  expect(dataDirectory({ sysPrefix: true }, { ...host, env: { CONDA_PREFIX: '/conda' } })).toBe('/conda/share/jupyter');
});

test('wrong combinations say what to do', () => {
  expect(() => dataDirectory({ sysPrefix: true }, host)).toThrow(/activate one.*--prefix.*--user/);
  expect(() => dataDirectory({ user: true, prefix: '/x' }, host)).toThrow(/choose one of/);
  expect(() => install({ name: 'a/b', launcher }, host)).toThrow(/cannot name a kernel/);
});

test('a search meets each place once, JUPYTER_PATH first', () => {
  const found = searchDirectories({ ...host, env: { JUPYTER_PATH: '/one:/two', VIRTUAL_ENV: '/one' } });
  expect(found.slice(0, 2)).toEqual(['/one', '/two']);
  expect(new Set(found).size).toBe(found.length);
});

test('what is installed can be started, listed and taken away again', () => {
  const { directory } = install({ user: true, launcher }, host);
  expect(directory).toBe(join(home, '.local/share/jupyter/kernels/virtbook'));
  const spec = JSON.parse(readFileSync(join(directory, 'kernel.json'), 'utf8')) as KernelSpec;
  expect(spec).toMatchObject({ language: 'virtbook', interrupt_mode: 'message' });
  expect(spec.argv.slice(2)).toEqual(['kernel', '{connection_file}']);
  for (const program of spec.argv.slice(0, 2)) {
    expect(isAbsolute(program)).toBe(true);
    expect(existsSync(program)).toBe(true);
  }
  expect(list(host).filter((kernel) => kernel.directory.startsWith(home))).toMatchObject([{ name: 'virtbook', broken: false }]);
  expect(uninstall({ user: true, launcher }, host)).toBe(directory);
  expect(existsSync(directory)).toBe(false);
  expect(() => uninstall({ user: true, launcher }, host)).toThrow(/no kernel 'virtbook' is registered/);
});

test('what a Python package brings is listed where it is installed, and is the same everywhere', () => {
  const directory = join(home, 'environment', 'share', 'jupyter', 'kernels', 'virtbook');
  mkdirSync(directory, { recursive: true });
  for (const { name, content } of environmentSpec()) writeFileSync(join(directory, name), content);
  const here = { ...host, env: { VIRTBOOK_PREFIX: join(home, 'environment') } };
  const spec = JSON.parse(readFileSync(join(directory, 'kernel.json'), 'utf8')) as KernelSpec;
  expect(spec.argv).toEqual(['python', '-m', 'virtbook', 'kernel', '{connection_file}']);
  expect(list(here).filter((kernel) => kernel.directory.startsWith(home))).toMatchObject([{ name: 'virtbook', directory, broken: false }]);
  expect(uninstall({ sysPrefix: true }, here)).toBe(directory);
});

test('a registration whose program went away is listed as broken', () => {
  install({ user: true, launcher }, host);
  rmSync(launcher);
  expect(list(host).filter((kernel) => kernel.directory.startsWith(home))).toMatchObject([{ broken: true }]);
});

test('the logos have the sizes of their names and show the chip', () => {
  const { directory } = install({ user: true, launcher }, host);
  for (const side of [32, 64]) {
    const png = PNG.sync.read(readFileSync(join(directory, `logo-${side}x${side}.png`)));
    expect([png.width, png.height]).toEqual([side, side]);
    const centre = (side / 2) * side + side / 2;
    expect([...png.data.subarray(centre * 4, centre * 4 + 4)]).toEqual([0x53, 0x8d, 0x4e, 255]);
    expect(png.data[3]).toBe(0);
  }
  expect(readFileSync(join(directory, 'logo-svg.svg'), 'utf8')).toContain('fill="#538d4e"');
});

test('a second install replaces the first, and nothing is left beside it', () => {
  const { directory } = install({ user: true, launcher }, host);
  writeFileSync(join(directory, 'old'), '');
  install({ user: true, launcher }, host);
  expect(existsSync(join(directory, 'old'))).toBe(false);
  expect(list(host).filter((kernel) => kernel.directory.startsWith(home))).toHaveLength(1);
});

test("another kernel's registration stays as it is", () => {
  const directory = join(home, '.local/share/jupyter/kernels/python3');
  mkdirSync(directory, { recursive: true });
  const foreign = JSON.stringify({ argv: ['python', '-m', 'ipykernel'], display_name: 'Python 3', language: 'python' });
  writeFileSync(join(directory, 'kernel.json'), foreign);
  expect(() => install({ user: true, name: 'python3', launcher }, host)).toThrow(/belongs to another kernel \('Python 3'\)/);
  expect(() => uninstall({ user: true, name: 'python3' }, host)).toThrow(/belongs to another kernel/);
  expect(readFileSync(join(directory, 'kernel.json'), 'utf8')).toBe(foreign);
});

test('a place that cannot be written is named, with a way out', () => {
  writeFileSync(join(home, 'file'), '');
  expect(() => install({ prefix: join(home, 'file'), launcher }, host)).toThrow(/cannot write .*file.*--user/);
});

test('folders with chapters go along to the kernel', () => {
  const { spec } = install({ launcher, chapters: ['/course/chapters', '/more'] }, host);
  expect(spec.env).toMatchObject({ VIRTBOOK_CHAPTERS: ['/course/chapters', '/more'].join(delimiter) });
  expect(install({ launcher }, host).spec.env).not.toHaveProperty('VIRTBOOK_CHAPTERS');
  expect(install({ launcher }, { ...host, platform: 'darwin' }).spec.env).toBeUndefined();
});
