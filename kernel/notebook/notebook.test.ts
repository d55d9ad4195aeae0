import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CellContext, Evaluator } from '../core/evaluator.js';
import { KernelError } from '../core/evaluator.js';
import { packageRoot } from '../../sdk/root.js';
import { virtbookIdentity } from '../magics/identity.js';
import { executedPath, executeNotebook, type NotebookEvent } from './execute.js';
import { formatNotebook, parseNotebook, readNotebook } from './format.js';
import { highlightCell } from './highlight.js';
import { markdownToHtml } from './markdown.js';
import { notebookPage } from './page.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'virtbook-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const code = (source: string, id: string, tags: string[] = []) => ({
  cell_type: 'code',
  id,
  metadata: tags.length ? { tags } : {},
  source,
  outputs: [],
  execution_count: null,
});
const write = (...cells: object[]): string => {
  const path = join(folder, 'lesson.ipynb');
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  return path;
};
/** Runs a function by the cell's text. */
const evaluatorOf = (meaning: Record<string, (cell: CellContext) => void | Promise<void>>): Evaluator => ({
  identity: virtbookIdentity(),
  evaluate: async (cell) => meaning[cell.code]?.(cell),
  complete: async () => ({ matches: [], start: 0, end: 0 }),
  inspect: async () => undefined,
  isComplete: async () => ({ status: 'unknown' }),
  expression: async () => ({ data: {} }),
  shutdown: async () => undefined,
});
const plain = (text: string) => ({ data: { 'text/plain': text } });
const fail = () => {
  throw new KernelError('CompileError', 'a.c:1:1: no', ['a.c:1:1: \x1b[31merror\x1b[0m: no']);
};

describe('executeNotebook', () => {
  test('stores what cells did, and tells it as it happens', async () => {
    const path = write(
      { cell_type: 'markdown', id: 'text', metadata: {}, source: ['# Hi\n', 'there'] },
      code('log', 'a'),
      code('', 'empty'),
      code('show', 'b'),
    );
    const events: NotebookEvent[] = [];
    const evaluator = evaluatorOf({
      log: (cell) => {
        cell.stdout('one\n');
        cell.stdout('two\n');
      },
      show: (cell) => {
        cell.display(plain('old'), { displayId: 'x' });
        cell.updateDisplay('x', plain('new'));
        cell.result(plain('42'));
      },
    });
    const result = await executeNotebook(path, evaluator, { html: join(folder, 'lesson.html'), onOutput: (event) => events.push(event) });
    expect(result.failed).toBeUndefined();
    expect(result.out).toBe(join(folder, 'lesson.executed.ipynb'));
    const stored = readStored(result.out);
    expect(stored.nbformat_minor).toBe(5);
    expect(stored.metadata).toMatchObject({ language_info: { name: 'typescript' } });
    expect(stored.cells.map((cell) => cell.id)).toEqual(['text', 'a', 'empty', 'b']);
    expect(stored.cells[1]?.outputs).toEqual([{ output_type: 'stream', name: 'stdout', text: ['one\n', 'two\n'] }]);
    expect(stored.cells[2]).toMatchObject({ outputs: [], execution_count: null });
    expect(stored.cells[3]?.outputs).toEqual([
      { output_type: 'display_data', data: { 'text/plain': ['new'] }, metadata: {} },
      { output_type: 'execute_result', data: { 'text/plain': ['42'] }, metadata: {}, execution_count: 2 },
    ]);
    expect(events[0]).toEqual({ kind: 'heading', text: 'Hi' });
    expect(events.filter((event) => event.kind === 'cell').map((event) => ('count' in event ? event.count : undefined))).toEqual([2, 2]);
    expect(readFileSync(join(folder, 'lesson.html'), 'utf8')).toContain('<h1 id="Hi">Hi</h1>');
  });

  test('a failing cell ends the run; what came before is written', async () => {
    const path = write(code('ok', 'a'), code('fail', 'b'), code('ok', 'c'));
    const result = await executeNotebook(path, evaluatorOf({ ok: (cell) => cell.stdout('fine\n'), fail }));
    expect(result.failed).toEqual({ index: 1, id: 'b', ename: 'CompileError', evalue: 'a.c:1:1: no' });
    const { cells } = readStored(result.out);
    expect(cells[0]?.outputs).toHaveLength(1);
    expect(cells[1]?.outputs).toEqual([
      { output_type: 'error', ename: 'CompileError', evalue: 'a.c:1:1: no', traceback: ['a.c:1:1: \x1b[31merror\x1b[0m: no'] },
    ]);
    expect(cells[2]?.outputs).toEqual([]);
  });

  test('errors may be allowed, or expected of a cell', async () => {
    const cells = [code('fail', 'a', ['raises-exception']), code('ok', 'b'), code('fail', 'c'), code('ok', 'd')];
    const evaluator = () => evaluatorOf({ ok: (cell) => cell.stdout('fine\n'), fail });
    expect((await executeNotebook(write(...cells), evaluator())).failed?.id).toBe('c');
    const all = await executeNotebook(write(...cells), evaluator(), { allowErrors: true });
    expect(readStored(all.out).cells[3]?.outputs).toHaveLength(1);
  });

  test('an abort interrupts the cell that runs', async () => {
    const controller = new AbortController();
    let began = 0;
    const wait = (cell: CellContext) =>
      new Promise<void>((_resolve, reject) => {
        cell.signal.addEventListener('abort', () => reject(cell.signal.reason as Error));
        began++;
        cell.display(plain('on'));
      });
    const onOutput = (event: NotebookEvent) => {
      if (event.kind === 'display') controller.abort();
    };
    const result = await executeNotebook(write(code('wait', 'a'), code('wait', 'b')), evaluatorOf({ wait }), {
      signal: controller.signal,
      onOutput,
    });
    expect(result.failed).toMatchObject({ id: 'a', ename: 'KeyboardInterrupt' });
    expect(began).toBe(1);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['no JSON', '{', /not a notebook/],
    ['another format', '{"nbformat": 3, "cells": []}', /format 4$/],
    ['a later format', '{"nbformat": 5, "cells": []}', /format 4$/],
    ['an empty file', '\n', /the file is empty/],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le'), /not text in UTF-8/],
    ['a compressed file', gzipSync('{}'), /not text in UTF-8/],
    ['a strange cell', '{"nbformat": 4, "cells": [7]}', /cell 1/],
    ['a cell whose type has no text form', '{"nbformat": 4, "cells": [{"cell_type": {"toString": 1}}]}', /cell 1 has an unknown type/],
  ])('%s is refused', async (_what, text, message) => {
    writeFileSync(join(folder, 'x.ipynb'), text);
    await expect(readNotebook(join(folder, 'x.ipynb'))).rejects.toThrow(message);
  });

  test('who has a notebook of an older format is told what to do', async () => {
    writeFileSync(join(folder, 'x.ipynb'), '{"nbformat": 3, "worksheets": []}');
    await expect(readNotebook(join(folder, 'x.ipynb'))).rejects.toMatchObject({ hint: expect.stringContaining('nbconvert') as string });
  });
});

interface Stored {
  nbformat_minor: number;
  metadata: { [name: string]: object };
  cells: { id: string; outputs: object[] }[];
}

function readStored(path: string): Stored {
  return JSON.parse(readFileSync(path, 'utf8')) as Stored;
}

test('text that is nested without end, or that begins without end, makes a page all the same', () => {
  for (const source of [
    '>'.repeat(20_000),
    `${'- '.repeat(20_000)}x`,
    Array.from({ length: 300 }, (_, n) => `${' '.repeat(2 * n)}- x`).join('\n'),
    '!['.repeat(20_000),
    '`a ``b '.repeat(3000),
  ]) {
    const before = performance.now();
    expect(markdownToHtml(source)).toMatch(/^</);
    expect(performance.now() - before).toBeLessThan(60_000);
  }
  const deep = JSON.parse(`{"nbformat": 4, "cells": [], "metadata": {"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}}`) as unknown;
  expect(() => parseNotebook(deep, 'x.ipynb')).toThrow(/nested too deeply/);
});

test('cells without usable ids get stable, distinct ones', () => {
  const cell = { cell_type: 'code', metadata: {}, source: '' };
  const ids = () =>
    parseNotebook(
      { nbformat: 4, metadata: {}, cells: [cell, { ...cell, id: 'cell-3' }, cell, { ...cell, id: 'no good!' }] },
      'x',
    ).cells.map((c) => c.id);
  expect(new Set(ids()).size).toBe(4);
  expect(ids()).toEqual(ids());
});

describe('markdown', () => {
  test.each([
    ['# A `b` *c*', '<h1>A <code>b</code> <em>c</em></h1>'],
    ['one\ntwo\n\nthree', '<p>one\ntwo</p>\n<p>three</p>'],
    ['3. a\n4. b', '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'],
    ['- a\n  - b', '<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>'],
    ['```\nint *x; // <a>\n```', '<pre tabindex="0"><code>int *x; // &#60;a&#62;</code></pre>'],
    ['    indented', '<pre tabindex="0"><code>indented</code></pre>'],
    [
      '```c\nint *x; // <a>\n```',
      '<pre tabindex="0"><code><span class="hljs-type">int</span> *x; <span class="hljs-comment">// &lt;a&gt;</span></code></pre>',
    ],
    [
      '| a | b |\n|---|---|\n| 1 | `x\\|y` |',
      '<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td><code>x|y</code></td>\n</tr>\n</tbody>\n</table>',
    ],
    ['**bold** and snake_case_name', '<p><strong>bold</strong> and snake_case_name</p>'],
    ['$a*b*c_1$ and $$x*y*$$', '<p>$a*b*c_1$ and $$x*y*$$</p>'],
    ['from $5 to $6 *a day*', '<p>from $5 to $6 <em>a day</em></p>'],
    ['a\n<!-- for\nauthors -->\n\nb', '<p>a</p>\n<p>b</p>'],
    ['    <!-- code -->', '<pre tabindex="0"><code>&#60;!-- code --&#62;</code></pre>'],
    [
      '[text](https://example.org/a?b) [near](part4/a.c#L1)',
      '<p><a href="https://example.org/a?b">text</a> <a href="part4/a.c#L1">near</a></p>',
    ],
    ['[bad](javascript:alert(1))', '<p>[bad](javascript:alert(1))</p>'],
    ['[bad](JavaScript&#58;alert(1))', '<p>[bad](JavaScript:alert(1))</p>'],
    ['[bad](<\x01javascript:alert(1)>)', '<p><a href="%01javascript:alert(1)">bad</a></p>'],
    ['[bad][it]\n\n[it]: vbscript:x', '<p>[bad][it]</p>\n<p>[it]: vbscript:x</p>'],
    ['![bad](data:image/svg+xml;base64,AAAA)', '<p>![bad](data:image/svg+xml;base64,AAAA)</p>'],
    ['<script>alert(1)</script>', '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>'],
    ['<img src=x onerror=alert(1)>', '<p>&lt;img src=x onerror=alert(1)&gt;</p>'],
    ['[a](x "t\\" onclick=\\"alert(1)")', '<p><a href="x" title="t&quot; onclick=&quot;alert(1)">a</a></p>'],
  ])('%j', (source, html) => {
    expect(markdownToHtml(source)).toBe(`${html}\n`);
  });
});

test('the page keeps colours, folds long logs and escapes the rest', () => {
  const log = Array.from({ length: 100 }, (_, i) => `line ${i} <x>`).join('\n');
  const page = notebookPage(
    {
      metadata: {},
      cells: [
        {
          id: 'a',
          cell_type: 'code',
          metadata: {},
          source: 'a < b',
          execution_count: 1,
          outputs: [
            { output_type: 'stream', name: 'stdout', text: log },
            { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['\x1b[31mred\x1b[0m'] },
            { output_type: 'display_data', data: { 'image/png': 'AAAA', 'text/plain': 'alt "text"' }, metadata: {} },
          ],
        },
      ],
    },
    'T',
  );
  expect(page).toContain('<summary>100 lines');
  expect(page).toContain('a &lt; b');
  expect(page).not.toContain('<x>');
  expect(page).toMatch(/--ink-1: #[0-9a-f]{6};[^]*<span style="color:var\(--ink-1\)">red<\/span>/);
  expect(page).toContain('src="data:image/png;base64,AAAA" alt="alt &#34;text&#34;"');
  expect(page).not.toMatch(/\b(src|href)="https?:/);
});

describe('colours of cells', () => {
  test.each([
    [
      '%%system a.system\n<map mr="it\'s" />',
      '<span class="hljs-magic">%%system</span> a.system\n<span class="hljs-tag">&lt;<span class="hljs-name">map</span> <span class="hljs-attr">mr</span>=<span class="hljs-string">&quot;it&#x27;s&quot;</span> /&gt;</span>',
    ],
    [
      '# why\n%%file a.c\nint x;',
      '<span class="hljs-comment"># why</span>\n<span class="hljs-magic">%%file</span> a.c\n<span class="hljs-type">int</span> x;',
    ],
    ['%%file a.txt\nint <x>;', '<span class="hljs-magic">%%file</span> a.txt\nint &#60;x&#62;;'],
    [
      '%run a --seed 7 --until "b --c"',
      '<span class="hljs-magic">%run</span> a <span class="hljs-option">--seed</span> 7 <span class="hljs-option">--until</span> <span class="hljs-string">&#34;b --c&#34;</span>',
    ],
    [
      'let a\n# so\n%stop\nlet b',
      '<span class="hljs-keyword">let</span> a\n<span class="hljs-comment"># so</span>\n<span class="hljs-magic">%stop</span>\n<span class="hljs-keyword">let</span> b',
    ],
    ['6 % 7', '<span class="hljs-number">6</span> % <span class="hljs-number">7</span>'],
    ['', ''],
  ])('%j', (source, html) => {
    expect(highlightCell(source)).toBe(html);
  });
});

describe('the chapter', () => {
  test('has stable ids, no outputs, and is stored as it would be written', async () => {
    const path = join(packageRoot(), 'notebooks', 'part4', 'part4.ipynb');
    const notebook = await readNotebook(path);
    const json = readStored(path);
    expect(json.metadata.kernelspec).toMatchObject({ name: 'virtbook', language: 'typescript' });
    expect(notebook.cells.map((cell) => cell.id)).toEqual(json.cells.map((cell) => cell.id));
    expect(JSON.parse(formatNotebook(notebook))).toEqual(json);
    expect(executedPath(path)).toMatch(/part4.part4\.executed\.ipynb$/);
  });
});
