/** Files of tasks: laid over each other for a check, put into a reader's folder, looked through for faults. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readChapter } from '../chapters/read.js';
import type { Chapter, ChapterTask } from '../session/chapter.js';
import type { CheckReport } from '../session/task-checks.js';
import { chapterFaults } from './chapter-faults.js';
import { layOut, layOutApart, sourcesBelow } from './layers.js';
import { newChapter } from './new-chapter.js';
import { placeFiles } from './place.js';
import { TaskProgress } from './progress.js';

let scratch: string;
let work: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'tasks of a chapter '));
  work = join(scratch, 'work');
  mkdirSync(work);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** The chapter that `virtbook chapter new` makes, with changes. */
function chapterWith(change: (files: Record<string, string>) => void = () => undefined): Chapter {
  const folder = join(scratch, 'clock');
  const files = newChapter('clock');
  change(files);
  write(folder, files);
  return readChapter(files['chapter.json'] ?? '', join(folder, 'chapter.json'), 'working folder');
}
const only = ({ tasks }: Chapter): ChapterTask => {
  const [task] = tasks;
  if (!task) throw new Error('the chapter has a task');
  return task;
};
const read = (path: string): string => readFileSync(join(work, path), 'utf8');

describe('solve and reset', () => {
  test('what is there is copied, each time into a folder of its own', () => {
    const task = only(chapterWith());
    write(work, { 'teller.c': 'mine\r\n', 'asker.c': 'also mine' });
    expect(placeFiles(task, 'solution', work)).toEqual({ written: ['teller.c'], removed: [], copies: 'copies/double-1' });
    expect([read('copies/double-1/teller.c'), read('asker.c')]).toEqual(['mine\r\n', 'also mine']);
    expect(read('teller.c')).toContain('return 2 * question;');
    expect(placeFiles(task, 'solution', work)).toEqual({ written: [], removed: [] });
    expect(placeFiles(task, 'skeleton', work).copies).toBe('copies/double-2');
    expect(read('copies/double-2/teller.c')).toContain('return 2 * question;');
    expect(placeFiles(task, 'skeleton', work)).toEqual({ written: [], removed: [] });
  });

  test('a file that only the solution has goes away at a reset, and is copied', () => {
    const task = only(chapterWith((files) => (files['tasks/double/solution/more/twice.h'] = '#define TWICE 2\n')));
    expect(placeFiles(task, 'solution', work)).toEqual({ written: ['more/twice.h', 'teller.c'].sort(byLayer), removed: [] });
    expect(placeFiles(task, 'skeleton', work)).toMatchObject({
      written: ['teller.c'],
      removed: ['more/twice.h'],
      copies: 'copies/double-1',
    });
    expect([existsSync(join(work, 'more/twice.h')), read('copies/double-1/more/twice.h')]).toEqual([false, '#define TWICE 2\n']);
  });
});
/** Those of the skeleton come first. */
const byLayer = (a: string): number => (a === 'teller.c' ? -1 : 1);

test('layers: the last file of a name counts, what is gone goes, and builds stay', () => {
  const target = join(scratch, 'target');
  write(work, { 'a.c': 'work', 'sub/b.h': 'b', 'notes.txt': 'no source', 'copies/x-1/a.c': 'old', '.git/c.c': 'hidden' });
  write(join(scratch, 'below'), { 'a.c': 'below', 'd.system': 'd' });
  write(target, { '.virtbook/clock/loader.img': 'image', 'gone.c': 'gone', 'old/gone.c': 'gone' });
  layOut([join(scratch, 'below'), work], target);
  expect(sourcesBelow(target).sort()).toEqual(['a.c', 'd.system', 'sub/b.h']);
  expect(readFileSync(join(target, 'a.c'), 'utf8')).toBe('work');
  expect([existsSync(join(target, '.virtbook/clock/loader.img')), existsSync(join(target, 'old'))]).toEqual([true, false]);
});

test('layers: a change may be of a file that only the originals have', () => {
  const [target, originals] = [join(scratch, 'changed'), join(scratch, 'originals')];
  write(originals, { 'vmm.c': 'int one(void) { return 1; }\nint two(void) { return 2; }\n', 'a.c': 'int a;\n' });
  write(join(scratch, 'checked'), { 'vmm.c.edit': 'int two(void) { return 22; }\n' });
  layOut([join(scratch, 'checked')], target, [originals]);
  expect(sourcesBelow(target)).toEqual(['vmm.c']);
  expect(readFileSync(join(target, 'vmm.c'), 'utf8')).toBe('int one(void) { return 1; }\nint two(void) { return 22; }\n');
  expect(() => layOut([join(scratch, 'checked')], target)).toThrow('changes vmm.c, and there is none');
});

describe('layers, the last apart', () => {
  const cache = process.env.VIRTBOOK_CACHE;
  beforeEach(() => void (process.env.VIRTBOOK_CACHE = join(scratch, 'cache')));
  afterEach(() => {
    if (cache === undefined) delete process.env.VIRTBOOK_CACHE;
    else process.env.VIRTBOOK_CACHE = cache;
  });
  const lay = (name: string, files: Record<string, string>): string | undefined => {
    write(join(scratch, 'originals'), { 'vmm.c': 'int one(void) { return 1; }\n' });
    write(join(scratch, 'checked'), { 'vmm.c.edit': 'int one(void) { return 11; }\n', 'x.system': 'checked' });
    write(join(scratch, name), files);
    return layOutApart([join(scratch, name)], join(scratch, 'checked'), join(scratch, `${name} target`), [join(scratch, 'originals')]);
  };
  const inScratch = (...path: string[]): string => readFileSync(join(scratch, ...path), 'utf8');

  test('what nobody else has a file for is in one folder for all; what follows from a file of theirs is with theirs', () => {
    const [ada, bob] = ['ada', 'bob'].map((name) => lay(name, { 'a.c': name, 'x.system': name }));
    expect(ada).toBe(bob);
    expect(readFileSync(join(ada!, 'vmm.c'), 'utf8')).toBe('int one(void) { return 11; }\n');
    for (const name of ['ada', 'bob']) {
      expect(sourcesBelow(join(scratch, `${name} target`))).toEqual(['a.c', 'x.system']);
      expect([inScratch(`${name} target`, 'a.c'), inScratch(`${name} target`, 'x.system')]).toEqual([name, 'checked']);
    }
    expect(lay('eve', { 'vmm.c': 'int one(void) { return 1; }\nint two;\n', 'x.system': '' })).toBeUndefined();
    expect(inScratch('eve target', 'vmm.c')).toBe('int one(void) { return 11; }\nint two;\n');
  });

  test('what was changed there counts for nothing, and without a cache all is together', () => {
    const folder = lay('ada', { 'x.system': '' })!;
    writeFileSync(join(folder, 'vmm.c'), 'int one(void) { return 0; }\n');
    lay('ada', { 'x.system': '' });
    expect(readFileSync(join(folder, 'vmm.c'), 'utf8')).toContain('return 11');
    write(scratch, { cache2: '' });
    process.env.VIRTBOOK_CACHE = join(scratch, 'cache2');
    expect(lay('ada', { 'x.system': '' })).toBeUndefined();
    expect(sourcesBelow(join(scratch, 'ada target'))).toEqual(['vmm.c', 'x.system']);
  });
});

describe('progress', () => {
  const failed: CheckReport = { kind: 'checked', findings: [], console: '', checks: [{ name: 'x', hint: 'every', failure: 'wrong' }] };
  const passed: CheckReport = { kind: 'checked', findings: [], console: '', checks: [{ name: 'x', hint: 'every' }] };

  test('is kept in the folder, and knows when the files have changed', async () => {
    const chapter = chapterWith();
    const task = only(chapter);
    write(work, { 'teller.c': 'one' });
    await new TaskProgress(work).checked(chapter, task, failed);
    expect(new TaskProgress(work).state(chapter, task)).toBe('open');
    await new TaskProgress(work).checked(chapter, task, passed);
    expect([new TaskProgress(work).state(chapter, task), new TaskProgress(work).next(chapter)]).toEqual(['passed', undefined]);
    write(work, { 'teller.c': 'two' });
    expect(new TaskProgress(work).state(chapter, task)).toBe('changed');
    write(work, { '.virtbook/tasks.json': 'damaged' });
    expect(new TaskProgress(work).state(chapter, task)).toBe('open');
  });

  test('a task stays done when a later one, which begins with its solution, has changed its files and passed', async () => {
    const chapter = chapterWith((files) => {
      const declared = JSON.parse(files['chapter.json'] ?? '') as { tasks: Record<string, unknown>[] };
      declared.tasks.push({ ...declared.tasks[0], name: 'more', after: 'double', mistakes: {} });
      files['chapter.json'] = JSON.stringify(declared);
      files['tasks/more/solution/teller.c'] = 'more';
    });
    const [first, later] = chapter.tasks;
    if (!first || !later) throw new Error('the chapter has two tasks');
    const progress = new TaskProgress(work);
    write(work, { 'teller.c': 'one' });
    await progress.checked(chapter, first, passed);
    write(work, { 'teller.c': 'two' });
    await progress.checked(chapter, later, failed);
    expect(progress.state(chapter, first)).toBe('changed');
    await progress.checked(chapter, later, passed);
    expect([progress.state(chapter, first), progress.state(chapter, later)]).toEqual(['passed', 'passed']);
    write(work, { 'teller.c': 'three' });
    expect([progress.state(chapter, first), progress.state(chapter, later)]).toEqual(['changed', 'changed']);
  });

  test('the hint for what was wrong comes first, then the others in order, each once', async () => {
    const chapter = chapterWith();
    const progress = new TaskProgress(work);
    await progress.checked(chapter, only(chapter), failed);
    const names: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) names.push((await progress.takeHint(chapter, only(chapter)))?.name);
    expect(names).toEqual(['every', 'answer', undefined]);
  });
});

describe('chapter check', () => {
  const faultsOf = (change?: (files: Record<string, string>) => void): string[] =>
    chapterFaults(chapterWith(change)).map(({ file, message }) => `${file}: ${message}`);
  const declare = (files: Record<string, string>, from: string, to: string): void => {
    const text = files['chapter.json'] ?? '';
    if (!text.includes(from)) throw new Error(`chapter.json has no ${from}`);
    files['chapter.json'] = text.replace(from, to);
  };

  test('a new chapter has none', () => expect(faultsOf()).toEqual([]));

  const cases: [what: string, change: (files: Record<string, string>) => void, said: string][] = [
    ['no checks', (files) => delete files['tasks/double/checks.ts'], 'tasks/double: task double: it has no checks'],
    ['no solution', (files) => delete files['tasks/double/solution/teller.c.edit'], 'it has no solution'],
    [
      'a solution that is the skeleton',
      (files) => (files['tasks/double/solution/teller.c.edit'] = files['tasks/double/skeleton/teller.c'] ?? ''),
      'the solution is what a reader begins with',
    ],
    [
      'a hint with the answer',
      (files) => declare(files, 'decides what the answer is.', 'needs:  return 2 *   question'),
      'chapter.json: task double: the hint answer gives the answer away: "return 2 * question;"',
    ],
    [
      'a mistake that nobody declares',
      (files) => (files['tasks/double/mistakes/none/teller.c'] = ''),
      'does not say which hint this mistake gets',
    ],
    [
      'a mistake that is right',
      (files) => (files['tasks/double/mistakes/square/teller.c.edit'] = files['tasks/double/solution/teller.c.edit'] ?? ''),
      'the mistake square is the solution',
    ],
    ['a folder that is no task', (files) => (files['tasks/triple/checks.ts'] = ''), 'tasks/triple: chapter.json has no task triple'],
    [
      'a dead link',
      (files) => (files['clock.ipynb'] = files['clock.ipynb']?.replace('## Your turn', '## [Your](no%20such.md#a) turn') ?? ''),
      'clock.ipynb: cell task: the link to no%20such.md#a leads nowhere',
    ],
    [
      'a task that is not there',
      (files) => (files['clock.ipynb'] = files['clock.ipynb']?.replace('"%tasks"', '"%check doubel"') ?? ''),
      '%check doubel: there is no such task',
    ],
    ['no notebook', (files) => delete files['clock.ipynb'], 'the chapter has no notebook'],
  ];
  test.each(cases)('%s', (_what, change, said) => {
    const faults = faultsOf(change);
    expect(faults.join('\n')).toContain(said);
    expect(faults).toHaveLength(1);
  });

  test.each<[string, (files: Record<string, string>) => void, string]>([
    [
      'a mistake for a hint that is not there',
      (files) => declare(files, '"square": "answer"', '"square": "anwser"'),
      'the task has no hint "anwser"',
    ],
    ['a mistake without a folder', (files) => declare(files, '"square"', '"cube"'), 'there is no folder tasks/double/mistakes/cube'],
    ['a task without a folder', (files) => declare(files, '"double"', '"triple"'), 'there is no folder tasks/triple'],
  ])('%s is an error of chapter.json', (_what, change, said) => {
    expect(() => chapterWith(change)).toThrow(said);
  });
});
