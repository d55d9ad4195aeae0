import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { packageRoot } from '../../sdk/root.js';
import type { Cell, Notebook } from '../notebook/format.js';
import type { CheckReport, CheckRequest } from '../session/task-checks.js';
import { mergeLayers } from '../tasks/layers.js';
import { Batch, type Outcome } from './batch.js';
import { feedbackNotebook, feedbackPage } from './feedback.js';
import { gradeNotebook, type GradingWork, scoreOf } from './grade.js';
import { type GradingResult, RESULT_FORMAT } from './result.js';
import { ASSIGNMENT, BACKWARDS, cellOf, handIn, inserted, released, RIGHT, solutionOf } from './testing/hand-ins.js';

/** Judges by the text of the files: what a machine does with them is for `test/grading`. */
async function judged({ task, layers }: CheckRequest): Promise<CheckReport> {
  const files = mergeLayers(layers);
  const text = (name: string): string => files.get(name)?.toString('utf8') ?? '';
  if (/YOUR CODE|retrun/.test(text('wordle.system') + text('wordle_server.c'))) {
    const diagnostic = { severity: 'error' as const, file: 'wordle_server.c', line: 40, message: 'a semicolon is missing' };
    return { kind: 'not built', error: '', diagnostics: [diagnostic] };
  }
  const result = (name: string, passed: boolean, mark?: string) => ({
    name,
    hint: task.name === 'machine' ? 'way' : 'order',
    ...(mark && { mark }),
    ...(!passed && { failure: 'It is not so.' }),
  });
  const machine = /virtual_machine/.test(text('wordle.system'));
  const right = /word\[i\] = received\[i\]/.test(text('wordle_server.c'));
  const backwards = /received\[WORD_LENGTH/.test(text('wordle_server.c'));
  const checks =
    task.name === 'machine'
      ? [result('boots', machine, 'boots'), result('reaches', machine && /pd="vmm"/.test(text('wordle.system')), 'reaches')]
      : ['world', 'house', 'quick', 'quiet'].map((word, index) => result(word, machine && (right || (backwards && index < 2))));
  return { kind: 'checked', checks, findings: [], console: 'WORDLE SERVER: starting\n' };
}

const work = (check: GradingWork['check'] = judged): GradingWork => ({ check, signal: new AbortController().signal });
const scored = async (notebook: Notebook): Promise<number> => scoreOf((await gradeNotebook(notebook, ASSIGNMENT, work())).marks).score;

test.each<[string, number, Notebook]>([
  ['right', 9, handIn(RIGHT)],
  ['untouched', 0, released()],
  ['the system alone', 5, handIn({ system: true })],
  ['partly right', 7, handIn({ system: true, server: BACKWARDS })],
  ['does not compile', 5, handIn({ system: true, server: solutionOf('server').replace('return', 'retrun') })],
  ['TypeScript that patches, loops and kills is not run', 9, handIn(RIGHT, inserted('boots', 'for (;;) {}', 'process.kill(process.ppid)'))],
  ['files by magics elsewhere', 9, handIn(RIGHT, inserted('boots', '%%file ../evil.txt\nx', '%cd /', '%sdk /tmp'))],
  ['a snapshot or a file of the disk is not the work', 0, handIn({ system: '%restore solved', server: '%solve plays' })],
  ['work in a cell of its own', 9, handIn({ system: true }, inserted('plays', solutionOf('server')))],
  ['the last of several counts', 7, handIn(RIGHT, inserted('plays', BACKWARDS))],
  ['a change by %%edit', 9, handIn({ system: true }, inserted('plays', `%%edit ./wordle_server.c\n${takeWord()}`))],
  [
    'Windows line ends',
    9,
    handIn({ system: solutionOf('system').replace(/\n/g, '\r\n'), server: solutionOf('server').replace(/\n/g, '\r\n') }),
  ],
  ['a test that became text', 9, handIn(RIGHT, (notebook) => void (cellOf(notebook, 'boots').cell_type = 'markdown'))],
  ['edited tests', 0, handIn({ boots: '1', reaches: '1', plays: '4' })],
  ['a deleted test', 6, handIn(RIGHT, (notebook) => void (notebook.cells = notebook.cells.filter(({ id }) => id !== 'reaches')))],
  ['a test above the work', 5, handIn(RIGHT, (notebook) => void notebook.cells.unshift(...notebook.cells.splice(-1)))],
  // What is not run cannot end, patch, start, leave or read anything.
  [
    'a loop, a hog and an exit in TypeScript',
    9,
    handIn(RIGHT, inserted('boots', 'while (true);', 'new Array(2 ** 31).fill(0)', 'process.exit(9)')),
  ],
  [
    'signals to those above',
    9,
    handIn(RIGHT, inserted('boots', ...['SIGKILL', 'SIGSTOP', 'SIGHUP'].map((name) => `process.kill(process.ppid, '${name}')`))),
  ],
  [
    'a patched machine',
    0,
    handIn(
      {},
      inserted('boots', '(machine as any).console.text = () => "Finished"', 'machine.events = async () => []', 'Object.freeze(machine)'),
    ),
  ],
  [
    'patched prototypes',
    5,
    handIn(
      { system: true },
      inserted('boots', 'Array.prototype.filter = () => [1, 2, 3, 4]', 'RegExp.prototype.test = () => true', 'Map.prototype.get = () => 4'),
    ),
  ],
  [
    'a patched require and fetch',
    0,
    handIn({}, inserted('boots', 'require("module")._load = () => ({})', 'globalThis.fetch = null', 'JSON.parse = () => ({})')),
  ],
  [
    'snapshots of somebody else',
    0,
    handIn({}, inserted('boots', '%restore solved', '%restore --file /tmp/friend.snapshot', '%snapshot solved')),
  ],
  [
    'solutions of the disk',
    0,
    handIn({}, inserted('boots', '%solve machine', '%file ../solution/wordle_server.c', '%system solution/wordle.system')),
  ],
  [
    'solutions by other names',
    0,
    handIn({}, inserted('boots', '%%file my.system\n<system />', '%%file copy/wordle_server.c\nx', '%%file wordle_server.c.edit\nx')),
  ],
  [
    'processes that stay',
    9,
    handIn(
      RIGHT,
      inserted(
        'boots',
        ...['sleep', 'sh', process.execPath].map((name) => `require("child_process").spawn("${name}", [], { detached: true })`),
      ),
    ),
  ],
  ['settings of the computer', 9, handIn(RIGHT, inserted('boots', '%env PATH=/', '%env VIRTBOOK_CACHE=/tmp', '%sdk /tmp/own'))],
  [
    'answers that are printed',
    0,
    handIn(
      {},
      inserted(
        'boots',
        'console.log("Booting Linux on physical CPU\\nLinux user-space: Finished")',
        'display.html("<p>boots: 2 of 2 points</p>")',
        '%%html\n<p>9 of 9 points</p>',
      ),
    ),
  ],
  ['outputs that were written into the notebook', 0, handIn({}, (notebook) => notebook.cells.forEach(withForgedOutputs))],
  [
    'ways to the network',
    9,
    handIn(
      RIGHT,
      inserted('boots', 'require("net").connect(22)', 'await fetch("http://127.0.0.1/")', 'require("dns").resolve("x.example")'),
    ),
  ],
  [
    'an end of the kernel',
    9,
    handIn(RIGHT, inserted('boots', 'process.exit(3)', 'process.abort()', 'process.kill(process.pid, "SIGKILL")')),
  ],
  [
    'a cache that is emptied or filled',
    9,
    handIn(
      RIGHT,
      inserted(
        'boots',
        'require("child_process").execSync("rm -rf ~/.cache/virtbook")',
        'require("fs").writeFileSync(process.env.VIRTBOOK_CACHE + "/code/engine", "x")',
        '%%file ../../.cache/virtbook/checked/x.json\n{}',
      ),
    ),
  ],
  ['own magics', 0, handIn({}, inserted('boots', '%alias build status', '%%javascript\nJupyter.x = 1', '%%bash\nvirtbook grade'))],
  [
    'machines of the student',
    9,
    handIn(RIGHT, (notebook) => {
      inserted('boots', '%run part4 --seed 21', '%cd /')(notebook);
      inserted(undefined, '%stop')(notebook);
    }),
  ],
  ['all tests above the work', 0, handIn(RIGHT, (notebook) => moveUp(notebook, 'boots', 'reaches', 'plays'))],
  ['a test between the two parts of the work', 5, handIn(RIGHT, (notebook) => moveUp(notebook, 'system', 'boots', 'reaches', 'plays'))],
  ['the work above everything', 9, handIn(RIGHT, (notebook) => moveUp(notebook, 'server', 'system'))],
  ['the work twice', 9, handIn(RIGHT, inserted(undefined, solutionOf('system'), solutionOf('server')))],
  [
    'a second cell with the name of a test, above the work',
    9,
    handIn(RIGHT, (notebook) => void notebook.cells.unshift({ ...cellOf(notebook, 'plays') })),
  ],
  [
    'names of tests that are shadowed',
    9,
    handIn(RIGHT, inserted('boots', 'const verdicts = 5', 'var machine = 4', 'function display() {}')),
  ],
  ['mistakes in own cells', 9, handIn(RIGHT, inserted('boots', 'console.error("x")', 'throw new Error("mine")', 'const = ;'))],
  [
    'a flood in own cells',
    9,
    handIn(RIGHT, inserted('boots', 'console.log("x".repeat(5e7))', 'for (;;) console.log(1)', 'display.html("x".repeat(1e8))')),
  ],
  [
    'handlers that stay',
    9,
    handIn(
      RIGHT,
      inserted(
        'boots',
        'process.on("SIGTERM", () => {})',
        'setInterval(() => { for (;;); }, 1)',
        'process.on("exit", () => { for (;;); })',
      ),
    ),
  ],
  ["the teacher's monitor written anew", 0, handIn(RIGHT, inserted('boots', '%%file vmm.c\nint x;'))],
  ["the teacher's serial server", 0, handIn(RIGHT, inserted('boots', '%%file serial_server.c\nint x;'))],
  ["the teacher's client by other ways to write its name", 0, handIn(RIGHT, inserted('boots', '%%file --force "client.c"\nint x;'))],
  ["the teacher's client through a folder", 0, handIn(RIGHT, inserted('boots', '%%file sources/../client.c\nint x;'))],
  ["the teacher's header", 0, handIn(RIGHT, inserted('boots', '%%file queue.h\n#define x'))],
  ["the teacher's client with a Windows path", 0, handIn(RIGHT, inserted('boots', '%%file .\\client.c\nint x;'))],
  [
    'two cells that check the same',
    9,
    handIn(RIGHT, inserted(undefined, cellOf(released(), 'plays').source, '%check plays --points', '4')),
  ],
  ['a check that was renamed', 6, handIn(RIGHT, (notebook) => rename(notebook, 'reaches', 'boots-2'))],
  ['a check with the points of another', 9, handIn(RIGHT, (notebook) => setPoints(notebook, 'boots', 100))],
  ["a program of the teacher's replaced", 0, handIn(RIGHT, inserted('boots', '%%file ./client.c\nint x;'))],
  ["a program of the teacher's edited", 0, handIn(RIGHT, inserted('boots', '%%edit vmm.c\nint x;'))],
])('%s: %i points', async (_, points, notebook) => {
  expect(await scored(notebook)).toBe(points);
});

function rename(notebook: Notebook, from: string, to: string): void {
  const cell = cellOf(notebook, from);
  cell.id = to;
  cell.metadata.nbgrader = { grade_id: to, grade: true };
}

/** As they would be had the machine done it. */
function withForgedOutputs(cell: Cell): void {
  if (cell.cell_type !== 'code') return;
  const text = 'Linux user-space: Finished\n4 of 4 points\n';
  cell.outputs = [
    { output_type: 'stream', name: 'stdout', text },
    { output_type: 'execute_result', execution_count: 1, metadata: {}, data: { 'text/plain': '4' } },
    { output_type: 'display_data', metadata: {}, data: { 'text/html': '<strong>plays: 4 of 4 points</strong>' } },
  ];
  cell.execution_count = 1;
}

/** Puts cells before all others, in this order. */
function moveUp(notebook: Notebook, ...ids: string[]): void {
  const moved = ids.map((id) => cellOf(notebook, id));
  notebook.cells = [...moved, ...notebook.cells.filter((cell) => !moved.includes(cell))];
}

function setPoints(notebook: Notebook, id: string, points: number): void {
  cellOf(notebook, id).metadata.nbgrader = { grade_id: id, grade: true, points };
}

function takeWord(): string {
  const server = solutionOf('server');
  return server.slice(server.indexOf('static void take_word'), server.indexOf('void init'));
}

test('a mark that is not full says the first mistake, and the hint of the task', async () => {
  const { marks, console } = await gradeNotebook(handIn({ system: true, server: BACKWARDS }), ASSIGNMENT, work());
  expect(marks.map(({ name, points, of }) => [name, points, of])).toEqual([
    ['boots', 2, 2],
    ['reaches', 3, 3],
    ['plays', 2, 4],
  ]);
  expect(marks[2]).toMatchObject({
    reason: 'quick: It is not so.',
    hint: expect.stringContaining('%inspect wordle_server word') as string,
  });
  expect(console).toContain('starting');
  const unbuilt = await gradeNotebook(handIn({ system: true }), ASSIGNMENT, work());
  expect(unbuilt.marks[2]?.reason).toBe('wordle_server.c:40: a semicolon is missing');
});

test.each([
  ['Wordle_server.c', 'a cell writes "Wordle_server.c": the file of the task is called "wordle_server.c"'],
  ['wordle\u200b_server.c', 'a cell writes "wordle\\u{200b}_server.c": the file'],
  ['/tmp/wordle_server.c', 'a cell writes "/tmp/wordle_server.c": the file'],
  ['server.c', 'no cell above the test writes wordle_server.c'],
  ['-a wordle_server.c', 'no cell above the test writes wordle_server.c'],
])('a file of another name, %s, is told before what follows from it', async (name, reason) => {
  const other = solutionOf('server').replace('%%file wordle_server.c', `%%file ${name}`);
  const { marks } = await gradeNotebook(handIn({ system: true, server: other }), ASSIGNMENT, work());
  expect(marks.map(({ points }) => points)).toEqual([2, 3, 0]);
  expect(marks[2]?.reason).toMatch(new RegExp(`^${reason.replace(/[\\{}.]/g, '\\$&')}`));
  // Whoever has written it as well has been heard.
  const both = await gradeNotebook(handIn({ system: true, server: BACKWARDS }, inserted('server', other)), ASSIGNMENT, work());
  expect(both.marks[2]?.reason).toBe('quick: It is not so.');
});

test('feedback stays small whatever is in a notebook, and has the marks', async () => {
  const notebook = handIn(RIGHT, (each) => {
    const large = 'x'.repeat(3_000_000);
    each.metadata = { ...each.metadata, widgets: large, kernelspec: { name: large } };
    each.cells[0]!.metadata = { ...each.cells[0]!.metadata, own: large };
    each.cells.unshift(...Array.from({ length: 5000 }, (_, index): Cell => ({ ...markdown(''), id: `own-${index}` })));
  });
  const { marks, notes } = await gradeNotebook(notebook, ASSIGNMENT, work());
  const digests = { handIn: '1', assignment: ASSIGNMENT.digest };
  const about = { format: RESULT_FORMAT, name: 'ada', handIn: 'ada.ipynb', assignment: 'part4', digests, state: 'graded' } as const;
  const result: GradingResult = { ...about, score: 9, total: 9, marks, notes };
  const feedback = feedbackNotebook(notebook, result, ASSIGNMENT);
  for (const given of [JSON.stringify(feedback), feedbackPage(feedback, result)]) {
    expect(given.length).toBeLessThan(1_000_000);
    for (const mark of ['boots: 2 of 2', 'reaches: 3 of 3', 'plays: 4 of 4']) expect(given).toContain(mark);
    expect(given).toMatch(/\(\d+ more cells\)/);
  }
});

test('the result keeps to its schema, and the feedback is small and shows no code that would run', async () => {
  const notebook = handIn({ system: true, server: BACKWARDS }, inserted(undefined, `// ${'x'.repeat(5_000_000)}<script>`));
  const { marks, notes, console = '' } = await gradeNotebook(notebook, ASSIGNMENT, work());
  const digests = { handIn: '1', assignment: ASSIGNMENT.digest };
  const about = { format: RESULT_FORMAT, name: 'ada', handIn: 'ada.ipynb', assignment: 'part4', digests, state: 'graded' } as const;
  const result: GradingResult = { ...about, score: 7, total: 9, marks, notes, console };
  const schema = JSON.parse(readFileSync(join(packageRoot(), 'kernel', 'assignments', 'result.schema.json'), 'utf8')) as object;
  const validate = new Ajv({ strict: true }).compile(schema);
  expect(validate(JSON.parse(JSON.stringify(result)))).toBe(true);
  expect(validate({ ...result, grade: 'A' })).toBe(false);
  const page = feedbackPage(feedbackNotebook(notebook, result, ASSIGNMENT), result);
  expect(page.length).toBeLessThan(1_000_000);
  expect(page).toContain('plays: 2 of 4 points');
  expect(page).toContain('<td>quick: It is not so.</td>');
  expect(page).not.toContain('<script>');
});

test('a hidden check counts, and students are told the hint alone', async () => {
  const hidden: GradingWork['check'] = async (request) => {
    const report = await judged(request);
    return report.kind === 'checked' ? { ...report, checks: report.checks.map((each) => ({ ...each, hidden: true })) } : report;
  };
  const notebook = handIn({ system: true, server: BACKWARDS }, (each) => void each.cells.push(markdown('<img src=x onerror="alert(1)">')));
  const { marks, notes } = await gradeNotebook(notebook, ASSIGNMENT, work(hidden));
  const digests = { handIn: '1', assignment: ASSIGNMENT.digest };
  const about = { format: RESULT_FORMAT, name: 'ada', handIn: 'ada.ipynb', assignment: 'part4', digests, state: 'graded' } as const;
  const result: GradingResult = { ...about, score: 7, total: 9, marks, notes };
  expect(JSON.stringify(result)).toContain('It is not so');
  const feedback = feedbackNotebook(notebook, result, ASSIGNMENT);
  for (const given of [JSON.stringify(feedback), feedbackPage(feedback, result)]) {
    expect(given).toContain('a check that is not shown has failed');
    expect(given).toContain('%inspect wordle_server word');
    expect(given).not.toMatch(/It is not so|quick: /);
  }
  expect(feedbackPage(feedback, result)).not.toContain('<img');
});

const markdown = (source: string): Cell => ({ id: 'own', cell_type: 'markdown', metadata: {}, source, outputs: [], execution_count: null });

test('what a hand-in got without a machine now says nothing about this computer', async () => {
  const kept: GradingWork['check'] = async (request) => ({ ...(await judged(request)), kept: true }) as CheckReport;
  const { marks, full } = await gradeNotebook(handIn(RIGHT), ASSIGNMENT, work(kept));
  expect(marks.every(({ points, of }) => points === of)).toBe(true);
  expect(full.size).toBe(0);
});

/** Grades these one after the other, or several at once. @returns what became of each, in that order */
async function batch(notebooks: Notebook[], check: GradingWork['check'], jobs = 1): Promise<Outcome[]> {
  const outcomes = new Map<Notebook, Outcome>();
  const each = { ...work(check), known: new Map<string, CheckReport>() };
  const run = new Batch(
    notebooks,
    ASSIGNMENT,
    each,
    (notebook) => gradeNotebook(notebook, ASSIGNMENT, each),
    async (notebook, outcome) => {
      expect(outcomes.has(notebook)).toBe(false);
      outcomes.set(notebook, outcome);
    },
  );
  await run.run(jobs);
  return notebooks.map((notebook) => outcomes.get(notebook)!);
}

test('a mark that is not full counts where the solution passes after it', async () => {
  const wrong = Array.from({ length: 20 }, (_, index) => handIn({ system: true, server: `${BACKWARDS}/* ${index} */` }));
  for (const jobs of [1, 3]) {
    const outcomes = await batch([...wrong, handIn(RIGHT)], judged, jobs);
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(21).fill('graded'));
  }
});

test('what is wrong with the computer is never a mark', async () => {
  // A damaged library: nothing is judged right, the solution neither.
  const damaged: GradingWork['check'] = async () => ({
    kind: 'not built',
    error: '',
    diagnostics: [{ severity: 'error', file: 'libmicrokit.a', message: 'not an archive' }],
  });
  const [first, second] = await batch([handIn(RIGHT), handIn({ system: true })], damaged, 2);
  expect(first).toMatchObject({ kind: 'not graded', reason: expect.stringContaining('libmicrokit.a: not an archive') as string });
  expect(second?.kind).toBe('not graded');
  // A process that is lost, once: the next hand-in is graded.
  let calls = 0;
  const lost: GradingWork['check'] = (request) =>
    calls++ === 0 ? Promise.reject(new Error('the process ended with status 137')) : judged(request);
  expect((await batch([handIn(RIGHT), handIn(RIGHT)], lost)).map(({ kind }) => kind)).toEqual(['not graded', 'graded']);
});
