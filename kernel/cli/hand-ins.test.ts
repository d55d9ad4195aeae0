import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { notebookOf } from '../notebook/format.js';
import { fileOf, studentOf } from './hand-ins.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'hand ins '));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const NOTEBOOK = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] });

/** A folder of a student, as nbgrader has it. */
function submitted(student: string, ...names: string[]): string {
  const folder = join(FOLDER, 'submitted', student, 'part4');
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), NOTEBOOK);
  return folder;
}

const wrongWith = (handIn: string): string | undefined => {
  const file = fileOf(handIn, 'part4');
  return 'wrong' in file ? file.wrong : undefined;
};

test('a notebook, and the one in a folder', () => {
  const folder = submitted('ada', 'part4.ipynb', 'notes.ipynb');
  expect(wrongWith(folder)).toBeUndefined();
  expect(fileOf(join(folder, 'notes.ipynb'), 'part4')).toMatchObject({ path: join(folder, 'notes.ipynb') });
  expect(wrongWith(submitted('two', 'one.ipynb', 'other.ipynb'))).toMatch(/or there are several/);
  expect(wrongWith(submitted('none'))).toMatch(/there is no notebook/);
  expect(studentOf(join(folder, 'part4.ipynb'), 'part4')).toBe('ada');
});

test('a student whose name is that of the summary keeps the feedback page', () => {
  expect(['summary', 'Summary', 'summary-2'].map((name) => studentOf(`${name}.ipynb`, 'part4'))).toEqual([
    '_summary',
    '_Summary',
    'summary-2',
  ]);
});

test('names are those that gradebooks have, in any script, and two students are two', () => {
  const decomposed = 'Jose\u0301';
  const names = ['ada@uni.example', 'a+b', 'a_b', 'José', 'नमिता', '김민준', "O'Neil", '.hidden', '-x'];
  const called = names.map((name) => studentOf(join(FOLDER, name, 'part4.ipynb'), 'part4'));
  expect(called).toEqual(['ada@uni.example', 'a+b', 'a_b', 'José', 'नमिता', '김민준', 'O_Neil', '_hidden', '-x']);
  // As a disk of macOS gives it back.
  expect(studentOf(`${decomposed}.ipynb`, 'part4')).toBe('José');
  // The folder where the grader is, which may be called anything.
  expect(studentOf('.', 'part4')).toBe(studentOf(join('..', basename(process.cwd())), 'part4'));
  expect(studentOf('.', 'part4')).toMatch(/^[^.]/);
  const [one, other] = ['a', 'b'].map((last) => studentOf(`${'ü'.repeat(120)}${last}.ipynb`, 'part4'));
  expect(one).not.toBe(other);
  // A file of results has an ending, and a number until it is whole.
  for (const name of [one, other]) expect(Buffer.byteLength(name ?? '')).toBeLessThan(200);
});

test('what leads to the work of somebody else is no hand-in, nor is what is no file', () => {
  const solved = join(submitted('teacher', 'part4.ipynb'), 'part4.ipynb');
  symlinkSync(solved, join(submitted('link'), 'part4.ipynb'));
  symlinkSync('nowhere', join(submitted('lost'), 'part4.ipynb'));
  mkdirSync(join(FOLDER, 'submitted', 'around'));
  symlinkSync(submitted('teacher'), join(FOLDER, 'submitted', 'around', 'part4'));
  mkdirSync(join(submitted('folder'), 'part4.ipynb'));
  for (const [student, reason] of [
    ['link', /part4.ipynb is a symbolic link/],
    ['lost', /leads nowhere/],
    ['around', /part4 is a symbolic link/],
    ['folder', /there is no notebook|not a file/],
  ] as const)
    expect({ student, wrong: wrongWith(join(FOLDER, 'submitted', student, 'part4', 'part4.ipynb')) }).toMatchObject({
      student,
      wrong: expect.stringMatching(reason) as string,
    });
});

test('a pipe is not waited for, and a file of gigabytes is not read', () => {
  const folder = submitted('large', 'part4.ipynb');
  truncateSync(join(folder, 'part4.ipynb'), 5e9);
  expect(wrongWith(folder)).toMatch(/5000000000 bytes: at most/);
  if (process.platform === 'win32') return;
  execFileSync('mkfifo', [join(submitted('pipe'), 'part4.ipynb')]);
  expect(wrongWith(join(FOLDER, 'submitted', 'pipe', 'part4'))).toMatch(/not a file/);
});

test('a mark of an editor before all else is no mistake', () => {
  expect(notebookOf(`\uFEFF${NOTEBOOK}`, 'a.ipynb').cells).toEqual([]);
  expect(() => notebookOf('no notebook', 'a.ipynb')).toThrow('a.ipynb is not a notebook');
});
