import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { runNotebook } from '../notebook/execute.js';
import { readNotebook } from '../notebook/format.js';
import { marksOf, restoreFixed } from '../notebook/nbgrader.js';
import { createEvaluator } from '../assembly/create.js';
import { DECLARATION_FILE } from '../chapters/folders.js';
import { CommandFailure, failureText } from './failure.js';
import { gradeJson, gradeJunit, gradeText, type GradedNotebook } from './grade-report.js';

export interface GradeCommand {
  /** The teacher's notebook. */
  source?: string;
  /** For one cell, in seconds. */
  timeout: number;
  seed?: number | undefined;
  /** Folders with chapters. */
  chapters?: readonly string[] | undefined;
  json?: boolean;
  /** Path of a report. */
  junit?: string;
}

/** Executes and grades notebooks, one after the other. Fails with 1 when one could not be, after all reports. */
export async function gradeCommand(notebooks: string[], options: GradeCommand, signal: AbortSignal): Promise<void> {
  for (const path of [...notebooks, ...(options.source === undefined ? [] : [options.source])]) {
    if (!existsSync(path)) throw new CommandFailure(2, `virtbook: there is no notebook ${path}`);
  }
  // Notebooks change the folder; paths are relative to the one that is current now.
  const paths = notebooks.map((named) => ({ named, path: resolve(named) }));
  const { source, junit, chapters } = absolute(options);
  // What is wrong with the teacher's notebook is wrong for all.
  if (source) marksOf(await readNotebook(source));
  const graded: GradedNotebook[] = [];
  for (const [index, { named, path }] of paths.entries()) {
    if (paths.length > 1) process.stderr.write(`grading ${named} (${index + 1} of ${paths.length})\n`);
    const result = await grade(path, source, { ...options, chapters }, signal).catch((error: unknown) => ({
      marks: [],
      restored: [],
      error: failureText(error, false),
    }));
    if (signal.aborted) throw new CommandFailure(130, 'virtbook: interrupted');
    const notebook: GradedNotebook = { path: named, ...result };
    graded.push(notebook);
    if (!options.json) process.stdout.write(`${index > 0 ? '\n' : ''}${gradeText(notebook)}\n`);
  }
  if (options.json) process.stdout.write(`${gradeJson(graded)}\n`);
  if (junit) await writeFile(junit, gradeJunit(graded));
  const failed = graded.filter(({ error }) => error !== undefined);
  if (failed.length > 0) throw new CommandFailure(1, `virtbook: could not be graded: ${failed.map(({ path }) => path).join(', ')}`);
}

function absolute({ source, junit, chapters }: GradeCommand): Pick<GradeCommand, 'source' | 'junit' | 'chapters'> {
  return {
    ...(source !== undefined && { source: resolve(source) }),
    ...(junit !== undefined && { junit: resolve(junit) }),
    ...(chapters && { chapters: chapters.map((each) => resolve(each)) }),
  };
}

async function grade(
  path: string,
  source: string | undefined,
  options: GradeCommand,
  signal: AbortSignal,
): Promise<Omit<GradedNotebook, 'path'>> {
  const notebook = await readNotebook(path);
  const original = source === undefined ? undefined : await readNotebook(source);
  const restored = original ? restoreFixed(notebook, original) : [];
  // Also refuses what could not be graded in the end.
  marksOf(notebook, original);
  const folder = await mkdtemp(join(tmpdir(), 'virtbook-grade-'));
  const before = process.cwd();
  try {
    await copySubmission(dirname(path), folder);
    process.chdir(folder);
    const evaluator = createEvaluator({ folder, seed: options.seed, chapters: options.chapters });
    await runNotebook(notebook, evaluator, { allowErrors: true, signal, cellTimeout: options.timeout * 1000 });
  } finally {
    process.chdir(before);
    await rm(folder, { recursive: true, force: true });
  }
  return { marks: marksOf(notebook, original), restored };
}

/**
 * What was handed in with a notebook, but no other notebook, and nothing that earlier runs have built. Which chapter grades is the
 * grader's to say, so a declaration of one is left out, too: its kit would run in this process.
 */
async function copySubmission(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    filter: (path) => {
      const within = relative(from, path);
      return (
        within === '' ||
        !(
          basename(path).startsWith('.') ||
          basename(path) === 'node_modules' ||
          basename(path) === DECLARATION_FILE ||
          path.endsWith('.ipynb')
        )
      );
    },
  });
}
