/** `virtbook grade similar DIR`: hand-ins that are the same but for names and layout, as a table. Never a mark. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { takeApart } from '../assignments/hand-in.js';
import { similarPairs, type Work } from '../assignments/similar.js';
import { readNotebook } from '../notebook/format.js';
import { tableText } from '../render/table.js';
import { CommandFailure, failureText } from './failure.js';
import { assignmentNamed, studentOf } from './hand-ins.js';

export interface SimilarCommand {
  assignment: string;
  /** In percent. */
  threshold: number;
  chapters?: readonly string[] | undefined;
  json?: boolean;
}

export async function similarCommand(folder: string, { assignment: named, threshold, chapters, json }: SimilarCommand): Promise<void> {
  const assignment = assignmentNamed(named, chapters);
  const paths = notebooksBelow(resolve(folder));
  if (paths.length < 2) throw new CommandFailure(2, `virtbook: there are no two notebooks in ${folder}`);
  const works: Work[] = [];
  for (const path of paths) {
    try {
      const handIn = takeApart(await readNotebook(path), assignment);
      const files = new Map<string, string>();
      for (const task of assignment.tasks) for (const [file, content] of handIn.filesOf(task).files) files.set(file, content.toString());
      works.push({ name: studentOf(path, assignment.chapter.name), files });
    } catch (error) {
      process.stderr.write(`${path}: ${failureText(error, false)}\n`);
    }
  }
  const given = new Map(assignment.tasks.flatMap(({ begin }) => [...begin].map(([file, content]) => [file, content.toString()] as const)));
  const pairs = similarPairs(works, given, threshold / 100);
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
      'Names, numbers, comments and layout do not count, nor does what everybody begins with or many have. Read both before you judge.\n',
  );
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
