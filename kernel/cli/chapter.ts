/** `virtbook chapter new | check | build | test`: what authors of chapters use. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { formatDiagnostic } from '../../sdk/diagnostic.js';
import { checkTask } from '../assembly/check-task.js';
import { ChapterFolders } from '../chapters/folders.js';
import type { Chapter } from '../session/chapter.js';
import { aboutChapter } from '../session/task-checks.js';
import { builtNotebooks, staleNotebooks } from '../assignments/build.js';
import { chapterFaults } from '../tasks/chapter-faults.js';
import { newChapter } from '../tasks/new-chapter.js';
import { attemptsOf, tryTask } from '../tasks/try-task.js';
import { writeAtomically } from '../magics/write-atomically.js';
import { CommandFailure, failureText } from './failure.js';
import { ProgressLine } from './progress.js';

/** A name that works as a folder, in `%build NAME` and as the name of files everywhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Makes a chapter in a new folder of the current one. */
export async function newCommand(path: string): Promise<void> {
  const folder = resolve(path);
  const name = basename(folder);
  if (!NAME.test(name)) {
    throw new CommandFailure(2, `virtbook: ${name} is not a name for a chapter: use letters, digits, - and _, for example clock-1`);
  }
  if (existsSync(folder)) throw new CommandFailure(1, `virtbook: there is a ${path} already; choose another name, or remove it`);
  for (const [file, text] of Object.entries(newChapter(name))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  process.stdout.write(
    [
      folder,
      '',
      `virtbook execute ${join(path, `${name}.ipynb`)}   runs its notebook`,
      `virtbook chapter check ${path}   looks for what is missing or wrong`,
      `virtbook chapter test ${path}    tries its solution, its skeleton and its mistakes`,
      '',
    ].join('\n'),
  );
}

/** Fails with 1 when something is wrong. */
export async function checkCommand(path: string): Promise<void> {
  const { chapters, broken } = chaptersIn(path);
  let count = broken.length;
  for (const { error } of broken) process.stdout.write(`${failureText(error, false)}\n`);
  for (const chapter of chapters) {
    const faults = [...chapterFaults(chapter), ...staleNotebooks(chapter)];
    count += faults.length;
    for (const fault of faults) process.stdout.write(`${formatDiagnostic({ ...fault, file: join(chapter.name, fault.file) })}\n`);
    if (faults.length === 0) process.stdout.write(`${chapter.name}: nothing is wrong (tasks: ${chapter.tasks.length})\n`);
  }
  if (count > 0) throw new CommandFailure(1, `virtbook: ${count === 1 ? 'one thing is' : `${count} things are`} wrong`);
}

/** Makes the notebooks of chapters from their sources. What is there already and equal stays as it is. */
export async function buildCommand(path: string, { output }: { output?: string }): Promise<void> {
  const { chapters, broken } = chaptersIn(path);
  for (const { error } of broken) process.stdout.write(`${failureText(error, false)}\n`);
  for (const chapter of chapters.filter(({ notebook }) => notebook !== undefined)) {
    const folder = output === undefined ? chapter.assignment.built : resolve(output);
    for (const [name, text] of builtNotebooks(chapter)) {
      const file = join(folder, name);
      const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      if (before !== text) {
        await mkdir(dirname(file), { recursive: true });
        await writeAtomically(file, text);
      }
      process.stdout.write(`${before === text ? 'unchanged' : 'wrote    '} ${file}\n`);
    }
  }
  if (broken.length > 0) throw new CommandFailure(1, 'virtbook: a chapter cannot be read');
}

/** Fails with 1 when an attempt does not end as it should, after all of them. */
export async function testCommand(path: string, { task: only }: { task?: string }, signal: AbortSignal): Promise<void> {
  const { chapters, broken } = chaptersIn(path);
  for (const { error } of broken) process.stdout.write(`${failureText(error, false)}\n`);
  const tasks = chapters
    .flatMap((chapter) => chapter.tasks.map((task) => ({ chapter, task })))
    .filter(({ task }) => only === undefined || task.name === only);
  if (tasks.length === 0 && broken.length === 0) {
    const all = chapters.flatMap((chapter) => chapter.tasks.map(({ name }) => name));
    const which = only === undefined ? 'there are no tasks' : `there is no task ${only}; tasks: ${all.join(', ') || 'none'}`;
    throw new CommandFailure(1, `virtbook: ${which} (in ${path})`);
  }
  let wrong = broken.length;
  for (const { chapter, task } of tasks) {
    process.stdout.write(`${chapter.name}: ${task.name}\n`);
    for (const attempt of attemptsOf(task)) {
      const line = new ProgressLine(process.stderr, `${task.name}, ${attempt.name}`);
      const outcome = await tryTask(attempt, (request) => checkTask(request), {
        ...aboutChapter(chapter),
        task,
        onProgress: (step) => line.step(step),
        onOutput: (text) => process.stderr.write(text),
        signal,
      })
        .catch((error: unknown) => {
          if (signal.aborted) throw new CommandFailure(130, 'virtbook: interrupted');
          // What is wrong with the checks is wrong in each attempt.
          return { attempt, right: false, text: failureText(error, false), stop: true };
        })
        .finally(() => line.end());
      if (!outcome.right) wrong++;
      process.stdout.write(`  ${outcome.right ? 'ok  ' : 'FAIL'} ${attempt.name}: ${outcome.text.replaceAll('\n', '\n       ')}\n`);
      if ('stop' in outcome) break;
    }
  }
  if (wrong > 0) throw new CommandFailure(1, `virtbook: ${wrong === 1 ? 'one is' : `${wrong} are`} not as it should be`);
}

/** The chapter of a folder, or the chapters in it. */
function chaptersIn(path: string): { chapters: Chapter[]; broken: { name: string; error: Error }[] } {
  const folder = resolve(path);
  if (!existsSync(folder)) throw new CommandFailure(2, `virtbook: there is no folder ${path}`);
  const { readable, broken } = new ChapterFolders([]).survey(folder);
  const chapters = readable.filter((chapter) => chapter.found === 'working folder');
  if (chapters.length === 0 && broken.length === 0) {
    throw new CommandFailure(
      2,
      `virtbook: ${path} is not a chapter, and has none: a chapter is a folder with a chapter.json (virtbook chapter new NAME makes one)`,
    );
  }
  return { chapters, broken };
}
