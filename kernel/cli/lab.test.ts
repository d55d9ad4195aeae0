import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { main } from './main.js';

test('without JupyterLab, lab says how to get it, and copies nothing', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'virtbook-')), 'chapters');
  const environment = { ...process.env };
  let err = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  Object.assign(process.env, { PATH: '/nowhere', VIRTBOOK_CACHE: dirname(folder) });
  try {
    expect(await main(['lab', folder], new AbortController().signal)).toBe(1);
  } finally {
    process.env = environment;
    jest.restoreAllMocks();
  }
  expect(err).toMatch(/JupyterLab is not installed\n.*virtbook lab --install/);
  expect(existsSync(folder)).toBe(false);
  rmSync(dirname(folder), { recursive: true });
});

test('--copy-only copies what a reader gets, needs no JupyterLab, and writes over nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtbook chapters '));
  const environment = { ...process.env };
  let out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  Object.assign(process.env, { PATH: '/nowhere' });
  try {
    writeFileSync(join(folder, 'part2.ipynb'), 'mine');
    expect(await main(['lab', '--copy-only', folder], new AbortController().signal)).toBe(0);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['part1.ipynb', 'part2.ipynb', 'part4.ipynb']));
    expect(readFileSync(join(folder, 'part2.ipynb'), 'utf8')).toBe('mine');
    // A task of part 1: the chapter solves it, its reader is to.
    const solution = "(char)(key - 'a' + 'A')";
    expect(readFileSync(join(packageRoot(), 'notebooks', 'part1', 'part1.ipynb'), 'utf8')).toContain(solution);
    expect(readFileSync(join(folder, 'part1.ipynb'), 'utf8')).not.toContain(solution);
    expect(out).toContain(`Copied part1.ipynb to ${folder}\n`);
    expect(out).not.toContain('part2.ipynb');
  } finally {
    process.env = environment;
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  }
});
