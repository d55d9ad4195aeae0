import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ChapterFolders, chaptersOfEnvironment, shippedChapters } from './folders.js';

const SCRATCH = mkdtempSync(join(tmpdir(), 'virtbook-chapters-'));
// What is made of a host's module is kept in the cache.
process.env.VIRTBOOK_CACHE = join(SCRATCH, 'cache');
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

function makeChapter(place: string, name: string, declaration: object | string = {}): string {
  const folder = join(SCRATCH, place, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'chapter.json'), typeof declaration === 'string' ? declaration : JSON.stringify(declaration));
  return folder;
}

const WORK = join(SCRATCH, 'work');
const OWN = makeChapter('work', 'hello');
const GIVEN = makeChapter('given', 'hello');
const OTHER = makeChapter('given', 'other', { order: 1 });
const SHIPPED = makeChapter('shipped', 'hello');
makeChapter('shipped', 'last', { order: 9 });
makeChapter('shipped', 'broken', '{ "order": }');
const chapters = new ChapterFolders([join(SCRATCH, 'given')], join(SCRATCH, 'shipped'));

test('the working folder comes first, then the folders that were named, then the package', () => {
  expect(chapters.find('hello', WORK)).toMatchObject({ folder: OWN, found: 'working folder' });
  expect(chapters.find('hello', SCRATCH)).toMatchObject({ folder: GIVEN, found: 'chapter folders' });
  expect(new ChapterFolders([], join(SCRATCH, 'shipped')).find('hello', SCRATCH)).toMatchObject({ folder: SHIPPED, found: 'package' });
});

test('a folder may be the chapter itself', () => {
  expect(chapters.find('hello', OWN)?.folder).toBe(OWN);
  expect(new ChapterFolders([OTHER], undefined).find('other', SCRATCH)?.folder).toBe(OTHER);
});

test('a folder without a declaration is no chapter, and neither is a path', () => {
  for (const name of ['work', 'none', '.', '..', '../given/other', join(GIVEN)]) expect(chapters.find(name, SCRATCH)).toBeUndefined();
});

test('all are listed by their order, each name once, and what cannot be read is left out', () => {
  expect(chapters.all(WORK).map(({ name, folder }) => [name, folder])).toEqual([
    ['other', OTHER],
    ['last', join(SCRATCH, 'shipped', 'last')],
    ['hello', OWN],
  ]);
  expect(() => chapters.find('broken', WORK)).toThrow(/chapter\.json:1:12: error: a value is missing/);
});

test('a declaration that has changed is read again', () => {
  const folder = makeChapter('work', 'changing', { title: 'a' });
  expect(chapters.find('changing', WORK)?.title).toBe('a');
  writeFileSync(join(folder, 'chapter.json'), '{ "title": "other" }');
  expect(chapters.find('changing', WORK)?.title).toBe('other');
});

test('a chapter uses one beside it, or one that can be found; what that one says anew is taken', () => {
  makeChapter('given', 'user', { uses: ['hello', 'last'] });
  const user = () => chapters.find('user', SCRATCH);
  expect(user()?.uses.map(({ folder }) => folder)).toEqual([GIVEN, join(SCRATCH, 'shipped', 'last')]);
  expect(user()).toBe(user());
  makeChapter('given', 'hello', { title: 'new' });
  expect(user()?.uses[0]?.title).toBe('new');
  makeChapter('given', 'hello', { uses: ['user'] });
  expect(user).toThrow('user uses this chapter itself');
  makeChapter('given', 'hello');
});

test('a host of a chapter that is used imports what is in that one', () => {
  const base = makeChapter('hosts', 'base');
  makeChapter('hosts', 'user', { uses: ['base'], machine: { network: { hosts: [{ module: 'host.ts' }] } } });
  writeFileSync(join(base, 'host.ts'), "export { word } from './word.js';\n");
  writeFileSync(join(base, 'word.ts'), "export const word: string = 'sloth';\n");
  const user = chapters.find('user', join(SCRATCH, 'hosts'));
  const [host] = user?.machine.network?.hosts ?? [];
  if (!user || !host) throw new Error('the chapter has no host');
  expect(host.module).toBe(join(base, 'host.ts'));
  expect(createRequire(__filename)(chapters.script(host.module, user))).toMatchObject({ word: 'sloth' });
});

test('VIRTBOOK_CHAPTERS is a list of folders', () => {
  expect(chaptersOfEnvironment({ VIRTBOOK_CHAPTERS: ['/a', '', '/b'].join(delimiter) })).toEqual(['/a', '/b']);
  expect(chaptersOfEnvironment({})).toEqual([]);
});

test('the chapters of the package are right', () => {
  const all = new ChapterFolders([]).all(SCRATCH).filter(({ found }) => found === 'package');
  expect(all.every(({ folder }) => folder.startsWith(shippedChapters()))).toBe(true);
  expect(all.filter(({ notebook }) => notebook !== undefined).map(({ name }) => name)).toEqual([
    'part1',
    'part2',
    'part3',
    'part4',
    'part5',
  ]);
  expect(all.find(({ name }) => name === 'part4')?.uses).toEqual(all.filter(({ name }) => name === 'wordle'));
});
