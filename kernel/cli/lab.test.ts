import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
