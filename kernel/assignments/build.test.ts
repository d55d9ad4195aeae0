import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ChapterFolders, shippedChapters } from '../chapters/folders.js';
import { parseNotebook } from '../notebook/format.js';
import type { Chapter } from '../session/chapter.js';
import { newChapter } from '../tasks/new-chapter.js';
import { builtNotebooks, staleNotebooks } from './build.js';
import { commentIn, withRegions } from './regions.js';
import { workOf } from './task-cells.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'chapter build '));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

function written(name: string, change: (files: Record<string, string>) => void = () => undefined): Chapter {
  const files = newChapter(name);
  change(files);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(FOLDER, name, path)), { recursive: true });
    writeFileSync(join(FOLDER, name, path), text);
  }
  return new ChapterFolders([]).find(name, FOLDER)!;
}

const cellOf = (text: string | undefined, id: string) =>
  parseNotebook(JSON.parse(text ?? ''), 'built').cells.find((cell) => cell.id === id)!;

test('a new chapter gives three notebooks, the same each time', () => {
  const chapter = written('clock');
  const built = builtNotebooks(chapter);
  expect([...built.keys()]).toEqual(['reader/clock.ipynb', 'solved/clock.ipynb', 'source/clock/clock.ipynb']);
  expect(builtNotebooks(chapter)).toEqual(built);
  expect(cellOf(built.get('reader/clock.ipynb'), 'teller').source).toContain('return 0;');
  const solved = cellOf(built.get('solved/clock.ipynb'), 'teller');
  expect(solved.source).toMatch(/^%%file teller\.c\n[^]*return 2 \* question;/);
  expect(solved.metadata).toEqual({});
  const student = cellOf(built.get('source/clock/clock.ipynb'), 'teller');
  expect(student.source).toContain('{\n    /* BEGIN SOLUTION */\n    return 2 * question;\n    /* END SOLUTION */\n}');
  expect(student.metadata).toEqual({
    nbgrader: { schema_version: 3, grade: false, solution: true, locked: false, task: false, grade_id: 'teller' },
  });
  const check = cellOf(built.get('source/clock/clock.ipynb'), 'check');
  expect(check.source).toBe('%chapter clock\n%check double --points');
  expect(check.metadata.nbgrader).toMatchObject({ grade: true, locked: true, solution: false, grade_id: 'check', points: 2 });
});

test('what is kept and old is found, and what does not fit a task is told', () => {
  const chapter = written('kept');
  expect(staleNotebooks(chapter)).toEqual([]);
  mkdirSync(join(chapter.assignment.built, 'reader'), { recursive: true });
  const [path, text] = [...builtNotebooks(chapter)][0]!;
  writeFileSync(join(chapter.assignment.built, path), text.replace(/\n/g, '\r\n'));
  expect(staleNotebooks(chapter)).toEqual([]);
  writeFileSync(join(chapter.assignment.built, path), text.replace('Your turn', 'My turn'));
  expect(staleNotebooks(chapter)).toMatchObject([{ file: 'built/reader/kept.ipynb', hint: 'run virtbook chapter build kept' }]);
  const change = (from: string, to: string) => (files: Record<string, string>) => {
    files['wrong.ipynb'] = files['wrong.ipynb']!.replace(from, to);
  };
  expect(staleNotebooks(written('wrong', change('task-double', 'task-triple')))).toMatchObject([
    { file: 'wrong.ipynb', message: 'cell teller has the tag task-triple, and wrong has no such task' },
  ]);
  expect(staleNotebooks(written('wrong', change('%%file teller.c', '%%file other.c')))).toMatchObject([
    { message: 'cell teller writes other.c, and the solution of double has no such file' },
  ]);
});

test('a cell with %%edit gets the parts that the solution keeps', () => {
  const chapter = written('edit', (files) => {
    files['edit.ipynb'] = files['edit.ipynb']!.replace(/%%file teller\.c[^"]*/, '%%edit teller.c\\n/* Write double_of here. */');
  });
  expect(cellOf(builtNotebooks(chapter).get('solved/edit.ipynb'), 'teller').source).toBe(
    '%%edit teller.c\nstatic uint64_t double_of(uint64_t question)\n{\n    return 2 * question;\n}',
  );
});

test('the chapters of the package are written solved, and begin unsolved for their readers', () => {
  const work = new ChapterFolders([]).all(shippedChapters()).flatMap((chapter) => {
    if (chapter.notebook === undefined) return [];
    const built = builtNotebooks(chapter);
    return parseNotebook(JSON.parse(readFileSync(chapter.notebook, 'utf8')), chapter.notebook)
      .cells.filter((cell) => workOf(cell, chapter))
      .map(({ id, source }) => ({
        id: `${chapter.name}: ${id}`,
        isSolved: source.trimEnd() === cellOf(built.get(`solved/${chapter.name}.ipynb`), id).source,
        readersIsNot: source !== cellOf(built.get(`reader/${chapter.name}.ipynb`), id).source,
        inSight: cellOf(built.get(`reader/${chapter.name}.ipynb`), id).metadata.jupyter === undefined,
      }));
  });
  expect(work.length).toBeGreaterThan(8);
  expect(work.filter(({ isSolved, readersIsNot, inSight }) => !(isSolved && readersIsNot && inSight))).toEqual([]);
});

test('the notebooks that the chapters of the package keep are what their sources give', () => {
  for (const chapter of new ChapterFolders([]).all(shippedChapters())) expect(staleNotebooks(chapter)).toEqual([]);
  const part4 = new ChapterFolders([]).find('part4', shippedChapters())!;
  const kept = readFileSync(join(part4.folder, 'graded', 'source', 'part4', 'part4.ipynb'), 'utf8');
  expect(builtNotebooks(part4).get('source/part4/part4.ipynb')).toBe(kept.replace(/\r\n/g, '\n'));
});

test('regions begin where a paragraph does, in the comment of the language', () => {
  const skeleton = '<system>\n    <a>\n        <b />\n    </a>\n</system>';
  const solved = '<system>\n    <a>\n        <b />\n    </a>\n\n    <a>\n        <c />\n    </a>\n</system>';
  expect(withRegions(skeleton, solved, commentIn('x.system'))).toBe(
    '<system>\n    <a>\n        <b />\n    </a>\n\n    <!-- BEGIN SOLUTION -->\n    <a>\n        <c />\n    </a>\n    <!-- END SOLUTION -->\n</system>',
  );
  expect(withRegions('a\n  old\nb', 'a\nb', commentIn('x.c'))).toBe('a\n/* BEGIN SOLUTION */\n/* END SOLUTION */\nb');
  expect(withRegions('same', 'same', commentIn('x.c'))).toBe('same');
});
