import type { Files } from './files.js';
import { IncludeSearch, mentions, missingFiles } from './includes.js';

const filesOf = (texts: Record<string, string>): Files => ({
  stamp: async (path) => texts[path],
  read: async (path) => new TextEncoder().encode(texts[path]),
  list: async (folder) =>
    Object.keys(texts)
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1)),
  write: async () => undefined,
});

test('names in directives, questions, and assembly in strings', () => {
  const source = [
    '#include "a b.h"',
    '  #  include_next <sub/c.h> // more',
    '#inc\\',
    'lude "split.h"',
    '#if __has_include(<maybe.h>) || __has_include("other.h")',
    '#include MACRO',
    'asm(".incbin \\"image.bin\\"\\n.include \\"more.s\\"");',
    '.incbin "part.bin", 4, 8',
    '// no #include "comment.h" at the start of a line',
  ].join('\n');
  expect(mentions(source)).toEqual([
    { name: 'a b.h', how: 'text' },
    { name: 'sub/c.h', how: 'text' },
    { name: 'split.h', how: 'text' },
    { name: '*', how: 'text' },
    { name: 'maybe.h', how: 'text' },
    { name: 'other.h', how: 'text' },
    { name: 'image.bin', how: 'whole' },
    { name: 'more.s', how: 'text' },
    { name: 'part.bin', how: 'part' },
  ]);
});

test('every file that could be meant is found, through headers, with its stamp', async () => {
  const texts = {
    '/src/main.c': '#include "one.h"\n#include <two.h>\n',
    '/src/one.h': '#include "deep/three.h"\n',
    '/inc/one.h': '',
    '/inc/two.h': '#include_next <two.h>\n#include "two.h"\n',
    '/sys/two.h': '',
    '/inc/deep/three.h': '.incbin "image"\n',
    '/inc/image': 'binary',
  };
  const { files, absent } = await new IncludeSearch(filesOf(texts)).of({ source: '/src/main.c', folders: ['/inc', '/sys'] });
  expect(files.map(({ path }) => path).sort()).toEqual(Object.keys(texts).sort());
  expect(files.find(({ path }) => path === '/inc/image')).toEqual({ path: '/inc/image', stamp: 'binary', wholeOnly: true });
  // One that appears there would be taken.
  expect(absent).toContain('/src/two.h');
});

test('a file that is taken in whole and in part, or as text, has to be there as it is', async () => {
  const texts = { '/a.S': '.incbin "x"\n.incbin "x", 1\n.incbin "y"\n', '/x': '', '/y': '' };
  const { files } = await new IncludeSearch(filesOf(texts)).of({ source: '/a.S', folders: [] });
  expect(files.map(({ path, wholeOnly }) => [path, wholeOnly])).toEqual([
    ['/a.S', false],
    ['/x', false],
    ['/y', true],
  ]);
});

test('a name that a macro makes could be any header; a compiler that misses a file names it', async () => {
  const texts = { '/src/a.c': '#include HEADER\n', '/src/b.h': '', '/inc/c.h': '', '/inc/d.bin': '' };
  const search = new IncludeSearch(filesOf(texts));
  const paths = async (more: string[]): Promise<string[]> =>
    (await search.of({ source: '/src/a.c', folders: ['/inc'] }, more)).files.map(({ path }) => path).sort();
  expect(await paths([])).toEqual(['/inc/c.h', '/src/a.c', '/src/b.h']);
  expect(await paths(missingFiles(['file not found: d.bin', 'x.h: No such file or directory']))).toContain('/inc/d.bin');
});
