import { unzipSync } from 'fflate';
import type { Contents, Model } from './jupyterlite.js';
import { filesOf, zipOf } from './saving.js';

const FILES: Record<string, Partial<Model>> = {
  '': { type: 'directory', content: [{ path: 'a.c' }, { path: 'n.ipynb' }, { path: 'sub', type: 'directory' }, { path: '.hidden' }] },
  sub: { type: 'directory', content: [{ path: 'sub/picture.bin' }] },
  'a.c': { format: 'text', content: 'int a;\u00e9' },
  'n.ipynb': { format: 'json', content: { cells: [] } },
  'sub/picture.bin': { format: 'base64', content: 'AP+A' },
};
const contents = { get: async (path: string) => ({ path, ...FILES[path] }) } as unknown as Contents;

test('a zip has all files, notebooks and those of folders among them, as they are', async () => {
  const zip = unzipSync(zipOf(await filesOf(contents, '', (path) => !path.startsWith('.'))));
  expect(Object.keys(zip).sort()).toEqual(['a.c', 'n.ipynb', 'sub/picture.bin']);
  expect(new TextDecoder().decode(zip['a.c'])).toBe('int a;\u00e9');
  expect(JSON.parse(new TextDecoder().decode(zip['n.ipynb']))).toEqual({ cells: [] });
  expect([...zip['sub/picture.bin']!]).toEqual([0, 0xff, 0x80]);
});
