/** What is wrong with a chapter, as far as its files say: `virtbook chapter check`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { Chapter, ChapterTask } from '../session/chapter.js';
import { nearest } from '../session/user-error.js';
import { mergeLayers, sourcesBelow } from './layers.js';
import { mistakeOf, solutionOf } from './place.js';

/** A line of a solution that is shorter says nothing: braces, `return 0;`. In characters. */
const TELLING_LINE = 12;

type Fault = Pick<Diagnostic, 'file' | 'message' | 'hint'>;

/** Files are relative to the chapter. */
export function chapterFaults(chapter: Chapter): Diagnostic[] {
  const faults = [...chapter.tasks.flatMap((task) => taskFaults(task)), ...strayFolders(chapter), ...notebookFaults(chapter)];
  return faults.map((fault) => ({ severity: 'error', ...fault, file: relative(chapter.folder, fault.file).split(sep).join('/') }));
}

function taskFaults(task: ChapterTask): Fault[] {
  const { name, folder, checks, hints } = task;
  const declaration = join(dirname(dirname(folder)), 'chapter.json');
  const faults: Fault[] = [];
  const about = (file: string, message: string, hint: string) => faults.push({ file, message: `task ${name}: ${message}`, hint });
  if (checks === undefined) about(folder, 'it has no checks', `write tasks/${name}/checks.ts, which exports checks`);
  if (hints.length === 0) about(declaration, 'it has no hints', 'give a reader who is stuck at least one');
  const [begin, solution] = [mergeLayers(task.skeleton), mergeLayers(solutionOf(task))];
  const own = join(folder, 'solution');
  if (sourcesBelow(own).length === 0) {
    about(folder, 'it has no solution', `put the files of one into tasks/${name}/solution: nobody knows whether it can be solved`);
  } else if (isSame(begin, solution)) {
    about(own, 'the solution is what a reader begins with', 'put what the reader begins with into skeleton/');
  }
  const given = giveaways(task);
  for (const { hint, line } of given) {
    about(
      declaration,
      `the hint ${hint} gives the answer away: "${line}" is a line of the solution`,
      'say where to look, and %solve shows the rest',
    );
  }
  for (const each of foldersIn(join(folder, 'mistakes'))) {
    if (task.mistakes.some((mistake) => mistake.name === each)) continue;
    about(
      join(folder, 'mistakes', each),
      'chapter.json does not say which hint this mistake gets',
      `add "${each}": the name of a hint to "mistakes"`,
    );
  }
  for (const { name: mistake } of task.mistakes) {
    const other = !isSame(solution, mergeLayers(mistakeOf(task, mistake)));
    if (!other) about(join(folder, 'mistakes', mistake), `the mistake ${mistake} is the solution`, 'put the files that are wrong into it');
  }
  return faults;
}

const isSame = (one: ReadonlyMap<string, Buffer>, other: ReadonlyMap<string, Buffer>): boolean =>
  one.size === other.size && [...one].every(([path, content]) => other.get(path)?.equals(content));

/** Lines of the solution that are in a hint as they are. */
function giveaways(task: ChapterTask): { hint: string; line: string }[] {
  const lines = (files: ReadonlyMap<string, Buffer>): string[] =>
    [...files.values()].flatMap((each) => each.toString('utf8').split('\n').map(squeezed));
  const known = new Set(lines(mergeLayers(task.skeleton)));
  const telling = lines(mergeLayers(solutionOf(task))).filter(
    (line) => line.length >= TELLING_LINE && !known.has(line) && !/^(\/\*|\*|\/\/|<!--)/.test(line),
  );
  return task.hints.flatMap(({ name, text }) => {
    const said = squeezed(text);
    const line = telling.find((each) => said.includes(each) || said.includes(each.replace(/;$/, '')));
    return line === undefined ? [] : [{ hint: name, line }];
  });
}

const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();

function strayFolders({ folder, tasks }: Chapter): Fault[] {
  return foldersIn(join(folder, 'tasks'))
    .filter((name) => !tasks.some((task) => task.name === name))
    .map((name) => ({
      file: join(folder, 'tasks', name),
      message: `chapter.json has no task ${name}`,
      hint: 'add it to "tasks", or remove the folder',
    }));
}

interface CellSource {
  cell_type: string;
  id?: string;
  source: string | string[];
}

function notebookFaults(chapter: Chapter): Fault[] {
  const { notebook } = chapter;
  if (notebook === undefined) {
    // A chapter that others use needs none.
    if (chapter.tasks.length === 0) return [];
    return [
      { file: chapter.folder, message: 'the chapter has no notebook', hint: `write ${chapter.name}.ipynb, or name it in chapter.json` },
    ];
  }
  let cells: CellSource[];
  try {
    ({ cells = [] } = JSON.parse(readFileSync(notebook, 'utf8')) as { cells?: CellSource[] });
  } catch {
    return [{ file: notebook, message: 'this is not a notebook', hint: 'save it again in JupyterLab' }];
  }
  return cells.flatMap(({ cell_type: type, id = '?', source }) => {
    const text = typeof source === 'string' ? source : source.join('');
    const faults = type === 'markdown' ? deadLinks(text, notebook) : unknownTasks(text, chapter);
    return faults.map(({ message, hint }) => ({ file: notebook, message: `cell ${id}: ${message}`, hint }));
  });
}

/** Links to files that are not there. What is on the web is not asked. */
function deadLinks(markdown: string, notebook: string): { message: string; hint: string }[] {
  const prose = markdown.replace(/```[^]*?```|`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|<(?:img|a)\b[^>]*?\b(?:src|href)="([^"]+)"/g)].map(
    ([, link, html]) => link ?? html ?? '',
  );
  return targets
    .filter((target) => target !== '' && !/^([a-z][a-z0-9+.-]*:|#|\/)/i.test(target))
    .filter((target) => !existsSync(join(dirname(notebook), decoded(target.replace(/[?#].*$/, '')))))
    .map((target) => ({ message: `the link to ${target} leads nowhere`, hint: 'correct the path: it is relative to the notebook' }));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function unknownTasks(code: string, { tasks }: Chapter): { message: string; hint: string }[] {
  const names = tasks.map(({ name }) => name);
  return [...code.matchAll(/^%(check|hint|solve|reset)[ \t]+([^\s]+)/gm)]
    .filter(([, , name = '']) => !names.includes(name))
    .map(([, magic, name = '']) => {
      const meant = nearest(name, names);
      return {
        message: `%${magic} ${name}: there is no such task`,
        hint: meant ? `did you mean ${meant}?` : `the tasks are: ${names.join(', ') || 'none'}`,
      };
    });
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() && extname(entry.name) === '' ? [entry.name] : [],
    );
  } catch {
    return [];
  }
}
