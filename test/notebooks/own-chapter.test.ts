/**
 * A chapter outside the repository can do what the package's chapters can: `greetings/` is copied to a folder of its own. It has a
 * host on its network, a console view, a guest script, a magic, and a program of several C files and an assembler file.
 *
 * @peers debian
 * @seconds 30
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { cellNamed, shownText, storedCells } from './chapter.js';

const SCRATCH = mkdtempSync(join(tmpdir(), 'own chapter '));
const CHAPTERS = join(SCRATCH, 'chapters');
const CHAPTER = join(CHAPTERS, 'greetings');
beforeAll(() => {
  cpSync(join(packageRoot(), 'test', 'notebooks', 'greetings'), CHAPTER, { recursive: true });
  cpSync(join(packageRoot(), 'notebooks', 'part4', 'sources', 'vmm.c'), join(CHAPTER, 'sources', 'vmm.c'));
});
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

interface Executed {
  status: number | null;
  stdout: string;
  stderr: string;
  /** What a cell shows, by the cell's name. */
  shown(id: string): string;
}

function execute(notebook: string, args: string[] = [], env: Record<string, string> = {}): Executed {
  const out = join(SCRATCH, 'out.ipynb');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot(), 'bin', 'virtbook.js'), 'execute', notebook, '-o', out, '--seed', '3', ...args],
    { encoding: 'utf8', timeout: 150_000, env: { ...process.env, ...env } },
  );
  return { status, stdout, stderr, shown: (id) => shownText(cellNamed(storedCells(out), id).outputs) };
}

/** A notebook in a folder of its own. */
function writeNotebook(folder: string, cells: Record<string, string>): string {
  mkdirSync(join(SCRATCH, folder), { recursive: true });
  const path = join(SCRATCH, folder, 'notebook.ipynb');
  const code = Object.entries(cells).map(([id, source]) => ({
    cell_type: 'code',
    id,
    source,
    outputs: [],
    execution_count: null,
    metadata: {},
  }));
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: code }));
  return path;
}

test('its host answers, its guest asks, its view sees it, its magic says it, and its program is of C and assembler', () => {
  const work = join(SCRATCH, 'work');
  mkdirSync(work);
  cpSync(join(CHAPTER, 'greetings.ipynb'), join(work, 'greetings.ipynb'));
  const first = execute(join(work, 'greetings.ipynb'), ['--chapters', CHAPTERS]);
  expect([first.status, first.stderr]).toEqual([0, '']);
  expect(first.shown('chapter')).toContain(`Chapter: greetings, from ${CHAPTER}\nKit: ${join(CHAPTER, 'kit', 'index.ts')}\n`);
  expect(first.shown('run')).toContain('HELLO: the answer is 42');
  const [greeting] = /good day, visitor 1, your number is \d+/.exec(first.shown('run')) ?? [];
  expect(greeting).toBeDefined();
  expect(first.shown('show')).toBe(`Greeting: ${greeting}`);
  expect(first.shown('greet')).toBe(`${greeting}\n${greeting}\n`);
});

describe('it is found', () => {
  const cells = { named: '%chapter greetings\n%status\n%lsmagic', listed: '%chapter' };
  const expectFound = (executed: Executed): void => {
    expect([executed.status, executed.stderr]).toEqual([0, '']);
    expect(executed.shown('named')).toContain(`Kit: ${join(CHAPTER, 'kit', 'index.ts')}`);
    expect(executed.shown('named')).toContain('%greet     Repeats the last greeting, so often.');
    expect(executed.shown('listed')).toMatch(/belongs to the chapter greetings[^]*greetings {2}Greetings \(in .*chapters\)/);
  };

  test('beside the notebook', () => expectFound(execute(writeNotebook('chapters', cells))));
  test('in VIRTBOOK_CHAPTERS', () =>
    expectFound(execute(writeNotebook('elsewhere', cells), [], { VIRTBOOK_CHAPTERS: [SCRATCH, CHAPTERS].join(delimiter) })));
  test('by --chapters', () => expectFound(execute(writeNotebook('elsewhere', cells), ['--chapters', SCRATCH, '--chapters', CHAPTER])));
});

test('a magic of a chapter that is not named is told of, and nothing of the chapter has been loaded', () => {
  const { status, stdout } = execute(writeNotebook('chapters', { greet: '%greet' }));
  expect(status).toBe(1);
  expect(stdout).toContain('%greet belongs to the chapter greetings, which this notebook has not named');
  expect(stdout).toContain('Write %chapter greetings in a cell before this one.');
});

describe('mistakes are told with file and line', () => {
  const broken = join(SCRATCH, 'broken');
  const name = (file: string, change: (text: string) => string): string => {
    rmSync(broken, { recursive: true, force: true });
    cpSync(CHAPTER, join(broken, 'greetings'), { recursive: true });
    const path = join(broken, 'greetings', file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    return execute(writeNotebook('broken', { named: '%chapter greetings\n%greet' })).stdout;
  };

  test('in chapter.json', () => {
    const said = name('chapter.json', (text) => text.replace('"kit":', '"kti":'));
    expect(said).toMatch(/chapter\.json:12:3/);
    expect(said).toContain('did you mean "kit"?');
  });
  test('in the syntax of a kit', () => {
    expect(name('kit/index.ts', (text) => text.replace('views:', 'views'))).toMatch(/kit\/index\.ts:18:\d+: error: ',' expected/);
  });
  test('in an import', () => {
    const said = name('kit/index.ts', (text) => text.replace('./greeting-view.js', './greeting.js'));
    expect(said).toMatch(/kit\/index\.ts:2:30/);
    expect(said).toContain('there is no file ./greeting.js beside it');
  });
  test('where the kit fails as it is loaded', () => {
    const said = name('kit/greeting-view.ts', (text) => `${text}\nconst none = undefined as unknown as { a: string };\nnone.a.trim();\n`);
    expect(said).toMatch(/greeting-view\.ts:31:6: error: TypeError/);
  });
  test('where a magic of the kit fails', () => {
    const said = name('kit/index.ts', (text) => text.replace('const { greeting } = session', 'null!.a; const { greeting } = session'));
    expect(said).toMatch(/kit\/index\.ts:12:\d+[^]*TypeError/);
  });
  test('where the kit has other magics than are declared', () => {
    const said = name('kit/index.ts', (text) => text.replace("'greet'", "'welcome'"));
    expect(said).toContain('the kit has magics that are not declared: welcome');
    expect(said).toContain('write "magics": ["greet","welcome"]');
  });
});
