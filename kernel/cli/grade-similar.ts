/** `virtbook grade similar DIR`: hand-ins that are the same but for names and layout, as a table. Never a mark. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Assignment } from '../assignments/assignment.js';
import { CompiledSources } from '../assignments/compiled.js';
import { takeApart } from '../assignments/hand-in.js';
import { COMPILED, similarPairs, type Work, type Words } from '../assignments/similar.js';
import { tokensOf } from '../assignments/tokens.js';
import { readNotebook } from '../notebook/format.js';
import { ToolchainError } from '../../sdk/toolchain/toolchain.js';
import { tableText } from '../render/table.js';
import { CommandFailure, failureText } from './failure.js';
import { assignmentNamed, studentOf } from './hand-ins.js';
import { withProgress } from './prepare.js';

export interface SimilarCommand {
  assignment: string;
  /** In percent. */
  threshold: number;
  chapters?: readonly string[] | undefined;
  json?: boolean;
}

export async function similarCommand(
  folder: string,
  { assignment: named, threshold, chapters, json }: SimilarCommand,
  signal: AbortSignal,
): Promise<void> {
  const assignment = assignmentNamed(named, chapters);
  const paths = notebooksBelow(resolve(folder));
  if (paths.length < 2) throw new CommandFailure(2, `virtbook: there are no two notebooks in ${folder}`);
  const view = new Views(assignment, signal);
  const works: Work[] = [];
  await withProgress('comparing', async (onProgress) => {
    for (const [done, path] of paths.entries()) {
      onProgress({ label: path, done, total: paths.length });
      try {
        works.push({ name: studentOf(path, assignment.chapter.name), files: await view.of(await filesIn(path, assignment)) });
      } catch (error) {
        if (signal.aborted) throw new CommandFailure(130, 'virtbook: interrupted');
        process.stderr.write(`${path}: ${failureText(error, false)}\n`);
      }
    }
  });
  const begin = assignment.tasks.flatMap(({ begin }) => [...begin].map(([file, content]) => [file, content.toString()] as const));
  const pairs = similarPairs(works, await view.of(new Map(begin)), threshold / 100);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ assignment: assignment.chapter.name, handIns: works.length, threshold, pairs }, undefined, 2)}\n`,
    );
    return;
  }
  if (pairs.length === 0) {
    process.stdout.write(`${works.length} hand-ins, and no two have ${threshold} % in common\n`);
    return;
  }
  const rows = pairs.map(({ file, names, similarity, rows: shared, equal }) => [
    `${Math.round(similarity * 100)} %`,
    ...names,
    file,
    String(shared),
    equal ? 'all words are the same' : '',
  ]);
  process.stdout.write(
    `${tableText({ head: ['in common', 'hand-in', 'hand-in', 'file', 'places', ''], rows, right: [0, 4] })}\n` +
      'Names, numbers, comments and layout do not count, nor does what everybody begins with or many have. Read both before you judge.\n' +
      `FILE${COMPILED}: what the compiler makes of FILE, function by function, where also registers and the order of functions do not count.\n`,
  );
}

async function filesIn(path: string, assignment: Assignment): Promise<Map<string, string>> {
  const handIn = takeApart(await readNotebook(path), assignment);
  return new Map(
    assignment.tasks.flatMap((task) => [...handIn.filesOf(task).files].map(([file, content]) => [file, content.toString()] as const)),
  );
}

/** What is compared: each file by its words, and C by its instructions as well. */
class Views {
  private readonly sources: CompiledSources;
  private compiler: 'works' | 'is missing' = 'works';

  constructor(assignment: Assignment, signal: AbortSignal) {
    this.sources = new CompiledSources(assignment.chapter.sources, signal);
  }

  async of(files: ReadonlyMap<string, string>): Promise<Map<string, Words>> {
    const views = new Map<string, Words>();
    for (const [file, text] of files) {
      views.set(file, [tokensOf(file, text)]);
      const compiled = file.endsWith('.c') ? await this.compiled(file, text) : undefined;
      if (compiled) views.set(`${file}${COMPILED}`, compiled);
    }
    return views;
  }

  private async compiled(file: string, text: string): Promise<Words | undefined> {
    if (this.compiler === 'is missing') return undefined;
    return this.sources.wordsOf(file, text).catch((error: unknown) => {
      if (!(error instanceof ToolchainError)) throw error;
      this.compiler = 'is missing';
      process.stderr.write(`virtbook: only texts are compared: ${error.message}\n`);
      return undefined;
    });
  }
}

/** As students hand in, or as `--output` keeps them. */
function notebooksBelow(folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    throw new CommandFailure(2, `virtbook: there is no folder ${folder}`);
  }
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => notebooksBelow(join(folder, name)));
  const own = entries.filter(({ name }) => name.endsWith('.ipynb') && !name.startsWith('.')).map(({ name }) => join(folder, name));
  return [...own, ...below].sort();
}
