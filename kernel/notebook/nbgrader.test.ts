import type { JsonValue } from '../protocol/json.js';
import type { Cell, Notebook, Output } from './format.js';
import { marksOf, restoreFixed } from './nbgrader.js';

type Metadata = Record<string, JsonValue>;
const test4: Metadata = { schema_version: 3, grade: true, solution: false, locked: true, task: false, grade_id: 'check', points: 4 };
const written: Metadata = { schema_version: 3, grade: true, solution: true, locked: false, task: false, grade_id: 'why', points: 2 };
const cell = (nbgrader: Metadata | undefined, more: Partial<Cell> = {}): Cell => ({
  id: 'x',
  cell_type: 'code',
  source: 'check()',
  execution_count: 1,
  outputs: [],
  ...more,
  metadata: { ...more.metadata, ...(nbgrader && { nbgrader: { ...nbgrader } }) },
});
const notebook = (...cells: Cell[]): Notebook => ({ metadata: {}, cells });
const value = (text: string): Output => ({ output_type: 'execute_result', data: { 'text/plain': text }, metadata: {}, execution_count: 1 });
const stream = (name: 'stdout' | 'stderr', text: string): Output => ({ output_type: 'stream', name, text });
const error: Output = { output_type: 'error', ename: 'RunError', evalue: 'no machine', traceback: [] };
const shown: Output = { output_type: 'display_data', data: { 'text/plain': '1' }, metadata: {} };

describe('a test cell', () => {
  // What nbgrader 0.9's `determine_grade` says of the same outputs.
  test.each<[string, Output[], number, string | undefined]>([
    ['without output', [], 4, undefined],
    ['that prints and shows', [stream('stdout', '1'), shown], 4, undefined],
    ['that fails', [error], 0, 'RunError: no machine'],
    ['that fails after a value', [value('4'), error], 4, undefined],
    ['that writes to stderr', [stream('stderr', 'careful\n')], 0, 'on stderr: careful'],
    ['with the value 4', [value('4')], 4, undefined],
    ['with the value 1.5', [value('1.5')], 1.5, 'some of the points'],
    ['with the value 0', [value('0')], 0, 'some of the points'],
    ['with the value -1', [value('-1')], 4, undefined],
    ['with the value true', [value('true')], 4, undefined],
    ['with the value NaN', [value('NaN')], 4, undefined],
    ["with the value '2'", [value("'2'")], 4, undefined],
    ['with a list', [value('[ 1 ]')], 4, undefined],
  ])('%s', (_what, outputs, points, reason) => {
    expect(marksOf(notebook(cell(test4, { outputs })))).toEqual([
      { id: 'check', points, of: 4, ...(reason === undefined ? {} : { reason }) },
    ]);
  });

  test.each(['5', 'Infinity'])('that gives %s of 4 points is refused', (text) => {
    expect(() => marksOf(notebook(cell(test4, { outputs: [value(text)] })))).toThrow(
      `cell check cannot be graded: it gives ${text} of 4 points`,
    );
  });

  test('that was not run has no points', () => {
    expect(marksOf(notebook(cell(test4, { execution_count: null })))).toEqual([
      { id: 'check', points: 0, of: 4, reason: 'the cell was not run' },
    ]);
  });

  test('that is there twice counts once: the last', () => {
    expect(marksOf(notebook(cell(test4), cell(test4, { outputs: [error] })))).toMatchObject([{ points: 0 }]);
  });

  test.each<[string, Metadata, RegExp]>([
    ['a name', { ...test4, grade_id: '' }, /no grade_id/],
    ['points', { ...test4, points: 'many' }, /no number of points/],
    ['a version that is known', { ...test4, schema_version: 4 }, /version 4/],
  ])('without %s is refused', (_what, nbgrader, message) => {
    expect(() => marksOf(notebook(cell(nbgrader)))).toThrow(message);
  });
});

describe('a cell for a person to grade', () => {
  const open = (points: number) => ({ id: 'why', points: undefined, of: points, reason: 'to be graded by hand' });

  test('has no points yet', () => {
    expect(marksOf(notebook(cell(written, { cell_type: 'markdown', source: 'Because.' })))).toEqual([open(2)]);
    expect(marksOf(notebook(cell(written, { outputs: [error] })))).toEqual([open(2)]);
    expect(marksOf(notebook(cell({ ...written, grade: false, solution: false, task: true }, { cell_type: 'markdown' })))).toEqual([
      open(2),
    ]);
    expect(marksOf(notebook(cell({ ...test4, grade_id: 'why' }, { cell_type: 'markdown' })))).toEqual([open(4)]);
  });

  // The digests are nbgrader 0.9's.
  test.each([
    [2, '3d042c2ae4ffda7067a8b34b74afc84a'],
    [2.5, '36afb23b546efbc01c7ca880d3d90835'],
  ])('gets 0 of %d points when nobody has answered', (points, checksum) => {
    const released = cell({ ...written, points, checksum }, { cell_type: 'markdown', source: 'Your answer hère' });
    expect(marksOf(notebook(released))).toEqual([{ id: 'why', points: 0, of: points, reason: 'no answer' }]);
    expect(marksOf(notebook({ ...released, source: 'Because.' }))).toEqual([open(points)]);
  });

  test('and cells without a part in grading have none at all', () => {
    const solution = cell({ ...written, grade: false, points: 0 });
    expect(marksOf(notebook(cell(undefined), cell({}), solution, cell({ ...test4, grade: false })))).toEqual([]);
  });
});

describe('what the teacher has fixed', () => {
  const source = () =>
    notebook(
      cell(test4, { source: 'check(1)', metadata: { tags: ['mine'] } }),
      cell({ ...written, grade: false }, { source: '// BEGIN SOLUTION' }),
    );
  const solution = () => cell({ ...written, grade: false }, { source: 'mine()' });

  test('is restored: text, points, kind and tags of locked cells', () => {
    const cheated = notebook(
      cell({ ...test4, points: 400 }, { source: '400', cell_type: 'raw', metadata: { tags: ['skip-execution'] } }),
      solution(),
      cell({ ...test4, grade_id: 'more', points: 50 }),
    );
    expect(restoreFixed(cheated, source())).toEqual([
      'the points or the kind of cell check had been changed',
      'cell check had become a raw cell',
      'the text of cell check had been changed',
      "cell more is not the teacher's",
    ]);
    const [check, answer, more] = cheated.cells;
    expect(check).toMatchObject({ source: 'check(1)', cell_type: 'code', metadata: { tags: ['mine'], nbgrader: test4 } });
    expect(answer?.source).toBe('mine()');
    expect(more?.metadata).toEqual({});
    expect(marksOf(cheated, source())).toEqual([{ id: 'check', points: 4, of: 4 }]);
  });

  test('is left alone where nothing was changed', () => {
    const honest = notebook(cell(test4, { source: 'check(1)' }), solution());
    expect(restoreFixed(honest, source())).toEqual([]);
  });

  test('and is missing has no points', () => {
    expect(marksOf(notebook(solution()), source())).toEqual([{ id: 'check', points: 0, of: 4, reason: 'the cell is missing' }]);
  });

  test('cannot be made a solution, to be graded by hand', () => {
    const unlocked = notebook(cell({ ...test4, solution: true, locked: false }, { source: '4' }), solution());
    restoreFixed(unlocked, source());
    expect(unlocked.cells[0]).toMatchObject({ source: 'check(1)', metadata: { nbgrader: { solution: false } } });
  });
});
