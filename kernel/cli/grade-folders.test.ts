/** Where results are written, and what is read of them: nothing of a student is lost, and nothing is taken for a result that is none. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESULT_FORMAT } from '../assignments/result.js';
import { CommandFailure } from './failure.js';
import { type AssignmentCommand, gradeAssignment, TRY_AGAIN } from './grade-assignment.js';
import { summariseCommand } from './grade-summary.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'results of grading '));
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const write = (path: string, text = 'no notebook'): string => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
  return join(folder, path);
};
const failureOf = (work: Promise<void>): Promise<unknown> => work.catch((error: unknown) => error);
const grade = (handIns: string[], output: string, more: Partial<AssignmentCommand> = {}): Promise<unknown> => {
  const options: AssignmentCommand = { assignment: 'part4', output, jobs: 1, wall: 60, confine: 'possible', ...more };
  return failureOf(gradeAssignment(handIns, options, new AbortController().signal));
};

test('no result takes the place of a hand-in, or is handed in with it', async () => {
  const ada = write('ada.ipynb');
  const bob = write('bob/own.ipynb');
  const eve = write('eve/part4.ipynb');
  const before = readdirSync(folder, { recursive: true });
  for (const [handIn, output] of [
    [ada, folder],
    [join(folder, 'bob'), join(folder, 'bob')],
    [join(folder, 'bob'), join(folder, 'eve', '..', 'bob')],
  ] as const) {
    const failure = await grade([handIn], output);
    expect(failure).toBeInstanceOf(CommandFailure);
    expect(failure).toMatchObject({ status: 2, message: expect.stringContaining('would be taken for the hand-in') as string });
  }
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
  // Beside a hand-in that has another name than they.
  expect(await grade([eve], join(folder, 'eve'))).toMatchObject({
    status: 1,
    message: expect.stringContaining('could not be read') as string,
  });
  expect([ada, bob, eve].map((path) => readFileSync(path, 'utf8'))).toEqual(['no notebook', 'no notebook', 'no notebook']);
});

test('what is wrong with the way to call it is wrong use, and no reason to try again', async () => {
  const ada = write('ada.ipynb');
  const file = write('file', '');
  for (const output of [file, join(file, 'results')])
    expect(await grade([ada], output)).toMatchObject({ status: 2, message: expect.stringContaining('is not a folder') as string });
  expect(await grade([ada], join(folder, 'results'), { junit: folder })).toMatchObject({
    status: 2,
    message: expect.stringContaining('is a folder') as string,
  });
  expect(await grade([ada], join(folder, 'results'), { junit: join(folder, 'reports', 'all.xml') })).toMatchObject({ status: 1 });
  expect(readFileSync(join(folder, 'reports', 'all.xml'), 'utf8')).toContain('<testsuite name="ada"');
});

test('a folder without a notebook is told in words, and no fault of virtbook', async () => {
  mkdirSync(join(folder, 'empty'));
  await grade([join(folder, 'empty')], join(folder, 'results'));
  const { state, reason } = JSON.parse(readFileSync(join(folder, 'results', 'empty.json'), 'utf8')) as { state: string; reason: string };
  expect([state, reason]).toEqual(['unreadable', `there is no notebook in ${join(folder, 'empty')}, or there are several`]);
});

test('a damaged result is none yet, and other files are no results', async () => {
  const digests = { handIn: '', assignment: '' };
  const about = { format: RESULT_FORMAT, handIn: '', assignment: 'part4', total: 9, digests, marks: [], notes: [] };
  write('ada.json', JSON.stringify({ ...about, name: 'ada', state: 'graded', score: 9 }));
  for (const [name, text] of Object.entries({ null: 'null', list: '[1]', package: '{"name": "x"}' })) write(`${name}.json`, text);
  mkdirSync(join(folder, 'folder.json'));
  await summariseCommand(folder);
  const csv = (): string[] => readFileSync(join(folder, 'summary.csv'), 'utf8').trim().split('\r\n').slice(1);
  expect(csv()).toEqual(['part4,ada,9,9,9,graded,']);
  write('bob.json', '{"format": 1, "na');
  write('eve.json', JSON.stringify({ format: RESULT_FORMAT, state: 'graded' }));
  expect(await failureOf(summariseCommand(folder))).toMatchObject({ status: TRY_AGAIN, message: 'virtbook: not graded yet: bob, eve' });
  expect(csv()).toHaveLength(3);
  expect(readFileSync(join(folder, 'summary.html'), 'utf8')).toContain('<title>part4: 1 of 3 graded');
});
