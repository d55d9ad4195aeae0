import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot, ensureDirectory, removeUnused, withLock, writeFileAtomically } from './cache.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cache test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the root follows the platform, and VIRTBOOK_CACHE before all', () => {
  expect(cacheRoot({ VIRTBOOK_CACHE: '/c', XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/c');
  expect(cacheRoot({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/virtbook');
  expect(cacheRoot({ XDG_CACHE_HOME: 'relative' }, 'linux')).toMatch(/\.cache\/virtbook$/);
  expect(cacheRoot({}, 'darwin')).toMatch(/Library\/Caches\/virtbook$/);
  expect(cacheRoot({ LOCALAPPDATA: 'L' }, 'win32')).toMatch(/^L.virtbook.Cache$/);
});

test('a directory is filled once, however many ask for it', async () => {
  let fills = 0;
  const target = join(folder, 'deep', 'made');
  const ask = (): Promise<string> =>
    ensureDirectory(target, async (temporary) => {
      fills++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync(join(temporary, 'file'), 'content');
    });
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([target, target, target]);
  expect(fills).toBe(1);
  expect(readFileSync(join(target, 'file'), 'utf8')).toBe('content');
  expect(readdirSync(join(folder, 'deep'))).toEqual(['made']);
});

test('a failure to fill leaves nothing, and the next one tries again', async () => {
  const target = join(folder, 'made');
  await expect(
    ensureDirectory(target, async () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(readdirSync(folder)).toEqual([]);
  await ensureDirectory(target, async () => undefined);
  expect(existsSync(target)).toBe(true);
});

test('what a killed process left is removed', async () => {
  mkdirSync(join(folder, '.made.123.0011aabb'));
  mkdirSync(join(folder, '.made.lock.123.0011aabb'));
  await ensureDirectory(join(folder, 'made'), async () => undefined);
  expect(readdirSync(folder).sort()).toEqual(['.made.lock.123.0011aabb', 'made']);
});

test('the lock of a process that has died is taken over, that of a live one is not', async () => {
  const lock = join(folder, 'lock');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(lock, `${hostname()} ${pid} x`);
  await expect(withLock(lock, async () => 'mine')).resolves.toBe('mine');
  expect(existsSync(lock)).toBe(false);

  writeFileSync(lock, `${hostname()} ${process.pid} x`);
  await expect(withLock(lock, async () => 'mine', AbortSignal.timeout(300))).rejects.toThrow();
  expect(readFileSync(lock, 'utf8')).toContain(' x');
});

test('a file that cannot be written leaves no temporary one', async () => {
  mkdirSync(join(folder, 'taken'));
  writeFileSync(join(folder, 'taken', 'child'), '');
  await expect(writeFileAtomically(join(folder, 'taken'), 'x')).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(['taken']);
});

test('what nobody has used for long is given back, folders with all that is in them', () => {
  for (const name of ['old', 'new']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'file'), '');
    writeFileSync(join(folder, `${name}.json`), '');
  }
  const before = new Date(Date.now() - 3_600_000);
  for (const name of ['old', 'old.json']) utimesSync(join(folder, name), before, before);
  removeUnused(folder, 1_800_000);
  expect(readdirSync(folder).sort()).toEqual(['new', 'new.json']);
  expect(() => removeUnused(join(folder, 'nowhere'), 1)).not.toThrow();
});
