import type { Cell } from './format.js';
import { notebookPage } from './page.js';

let made = 0;
const cellOf = (cell_type: Cell['cell_type'], source: string, more: Partial<Cell> = {}): Cell => ({
  id: `c${made++}`,
  cell_type,
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
  ...more,
});
const text = (source: string): Cell => cellOf('markdown', source);
const code = (source: string, ...tags: string[]): Cell => cellOf('code', source, { metadata: { tags } });
const pageOf = (cells: Cell[], folded = true): string => notebookPage({ metadata: {}, cells }, 'page', { folded });
/** Without attributes, and without what only looks. */
const bodyOf = (page: string): string =>
  page
    .replace(/^[^]*<main>|<\/main>[^]*$/g, '')
    .replace(/<span[^>]*>|<\/span>/g, '')
    .replace(/ (tabindex|class)="[^"]*"/g, '');
/** What is read before anything is opened. */
const inSight = (page: string): string =>
  bodyOf(page)
    .replace(/<\/summary>[^]*?<\/details>/g, '</summary></details>')
    .replace(/<[^>]*>/g, '');

describe('the section of a task', () => {
  const chapter = (): Cell[] => [
    text('# Chapter\n\nprose'),
    code('%run it'),
    text('## Tasks\n\nhow they work'),
    text('### Task 1: done above\n\nnothing to do'),
    text('### Task 2: double\n\nwhat it asks'),
    code('%%file a.c\nint twice;', 'task-double'),
    code('%check double'),
    code('%run double'),
    text('### Task 3: halve\n\nwhat that asks'),
    code('%check halve --only a'),
    code('%tasks'),
    text('## What you have\n\nthe end'),
  ];

  test('is folded under its heading; all else is in sight, and nothing is lost or twice', () => {
    const page = pageOf(chapter());
    const seen = inSight(page);
    for (const each of [
      'prose',
      '%run it',
      'how they work',
      'nothing to do',
      'Task 2: double4 cells',
      'Task 3: halve2 cells',
      '%tasks',
      'the end',
    ])
      expect(seen).toContain(each);
    for (const each of ['what it asks', 'int twice', '%check double', '%run double', 'what that asks', '%check halve']) {
      expect(seen).not.toContain(each);
      expect(bodyOf(page).split(each)).toHaveLength(2);
    }
    expect(page.match(/<details/g)).toHaveLength(2);
  });

  test('is open where cells are edited', () => {
    expect(pageOf(chapter(), false)).not.toContain('<details');
    expect(inSight(pageOf(chapter(), false))).toContain('int twice');
  });

  test('is opened by a link to its heading or to a cell in it: both are inside', () => {
    const body = bodyOf(pageOf([text('### Task `a`: "x" & y\n\nasks'), cellOf('code', '%check a', { id: 'check' })]));
    const [, folded = ''] = body.split('</summary>');
    expect(folded).toContain('<div id="Task-a:-&quot;x&quot;-&amp;-y">');
    expect(folded).toContain('id="cell-id=check"');
    expect(body).toContain('<summary><h3>Task <code>a</code>: &quot;x&quot; &amp; y</h3>');
  });

  test('begins with a heading of its own, and ends with any: a comment in code is none', () => {
    const seen = inSight(
      pageOf([text('prose\n\n## In the middle'), code('%check a'), text('## B\n\n```sh\n# c\n```'), code('1'), code('%check b')]),
    );
    expect(seen).toContain('%check a');
    expect(seen).not.toContain('%check b');
    expect(seen).toContain('B3 cells');
  });
});

test('of two headings with the same words, the first has the anchor', () => {
  expect(bodyOf(pageOf([text('## A b'), text('## A b\n\nc')])).match(/<h2[^>]*>/g)).toEqual(['<h2 id="A-b">', '<h2>']);
});

describe('what is long', () => {
  const lines = (count: number): string => Array.from({ length: count }, (_, n) => `line ${n};`).join('\n');
  const table = (rows: number): Cell => {
    const html = `<table>${'<tr><td>x</td></tr>'.repeat(rows)}</table>`;
    return cellOf('code', '1', {
      outputs: [{ output_type: 'display_data', metadata: {}, data: { 'text/html': html, 'text/plain': 'x' } }],
    });
  };

  test('shows its beginning, and all of it by a box to tick, also by keys; what is short has none', () => {
    const page = pageOf([code(lines(18)), code(lines(19)), table(18), table(40)]);
    expect(page.match(/<label [^>]*>[^<]*/g)?.map((label) => label.replace(/.*>/, ''))).toEqual(['all 19 lines', 'all 40 rows']);
    const boxes = [...page.matchAll(/<input type="checkbox" id="([^"]*)">/g)].map(([, id]) => id);
    expect([...page.matchAll(/<label for="([^"]*)"/g)].map(([, id]) => id)).toEqual(boxes);
    expect(new Set(boxes).size).toBe(2);
    expect(bodyOf(page).match(/line 18;/g)).toHaveLength(1);
  });

  test('stays whole where cells are edited, in a solution that is folded already, and where a display folds by itself', () => {
    expect(pageOf([code(lines(40)), table(40)], false)).not.toContain('checkbox');
    const solution = cellOf('code', lines(40), { metadata: { jupyter: { source_hidden: true } } });
    expect(pageOf([solution])).not.toContain('checkbox');
    const own = table(40);
    own.outputs = own.outputs.map((output) =>
      output.output_type === 'display_data'
        ? { ...output, data: { 'text/html': `<details><table>${'<tr>'.repeat(40)}</table></details>` } }
        : output,
    );
    expect(pageOf([own])).not.toContain('checkbox');
  });
});
