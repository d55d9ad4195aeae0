/** Which assignment and whose hand-in a command means, by names and paths. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Assignment, assignmentOf } from '../assignments/assignment.js';
import { ChapterFolders, chaptersOfEnvironment } from '../chapters/folders.js';
import { CommandFailure } from './failure.js';

/**
 * By the name of a chapter, or its folder.
 * @param seed of the machines; one that follows from the chapter unless given
 * @throws CommandFailure when there is none
 */
export function assignmentNamed(named: string, chapters: readonly string[] = [], seed?: number): Assignment {
  const folders = new ChapterFolders([...chapters.map((each) => resolve(each)), ...chaptersOfEnvironment()]);
  const isPath = existsSync(join(named, 'chapter.json'));
  const chapter = isPath
    ? new ChapterFolders([resolve(named)]).find(basename(resolve(named)), resolve(named))
    : folders.find(named, process.cwd());
  if (!chapter)
    throw new CommandFailure(2, `virtbook: there is no chapter ${named}: --assignment takes the name of a chapter, or its folder`);
  return assignmentOf(chapter, seed);
}

/** What the files are called that `summarise` writes beside the results of the students. */
export const SUMMARY = 'summary';

/** What a student's results are called: the file, or the folder around it where the file has the name of the assignment, as in nbgrader's `submitted/STUDENT/ASSIGNMENT/NOTEBOOK.ipynb`. */
export function studentOf(handIn: string, assignment: string): string {
  const path = resolve(handIn);
  const parts = [basename(path, '.ipynb'), ...foldersAbove(path)];
  const name = (parts.find((part) => part !== assignment) ?? assignment).normalize('NFC');
  // Addresses and names in any script stay as they are: gradebooks find students by them.
  const called = name.replace(/[^\p{L}\p{M}\p{N}._@+-]/gu, '_').replace(/^\./, '_');
  // Some disks take capital letters for small ones.
  return called.toLowerCase() === SUMMARY ? `_${called}` : shortened(called);
}

/** Bytes of a name: files of results have an ending more, and for a moment a number. Most disks take 255. */
const LONGEST_NAME = 180;

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  let short = name;
  while (Buffer.byteLength(short) > LONGEST_NAME) short = [...short].slice(0, -1).join('');
  return `${short}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path || basename(folder) === '' ? [] : [basename(folder), ...foldersAbove(folder)];
}

/** Bytes of a notebook. One with pictures and the output of a flood has a tenth of it. */
const LONGEST = 200e6;

/** The notebook of a hand-in as it is on the disk, or why it is none. @throws what is wrong with this computer */
export function fileOf(handIn: string, assignment: string): { path: string; bytes: Buffer } | { wrong: string } {
  if (!statSync(handIn, { throwIfNoEntry: false })) return { wrong: `${handIn} is a symbolic link that leads nowhere` };
  const path = notebookIn(handIn, assignment);
  if (path === undefined) return { wrong: `there is no notebook in ${handIn}, or there are several` };
  // Where students hand in folders, they can make links: to the solution of the teacher, which they cannot read themselves.
  const theirs = [path, ...(basename(dirname(path)) === assignment ? [dirname(path)] : [])];
  const link = theirs.find((each) => lstatSync(each).isSymbolicLink());
  if (link !== undefined) return { wrong: `${link} is a symbolic link, which may lead to the work of somebody else: name the file itself` };
  const stat = statSync(path);
  if (!stat.isFile()) return { wrong: `${path} is not a file` };
  if (stat.size > LONGEST) return { wrong: `${path} has ${stat.size} bytes: at most ${LONGEST} may be handed in` };
  return { path, bytes: readFileSync(path) };
}

/** The notebook of a hand-in: itself, or the one in its folder. */
function notebookIn(handIn: string, assignment: string): string | undefined {
  if (!statSync(handIn).isDirectory()) return handIn;
  const notebooks = readdirSync(handIn).filter((name) => name.endsWith('.ipynb'));
  const named = notebooks.includes(`${assignment}.ipynb`) ? `${assignment}.ipynb` : notebooks.length === 1 ? notebooks[0] : undefined;
  return named === undefined ? undefined : join(handIn, named);
}
