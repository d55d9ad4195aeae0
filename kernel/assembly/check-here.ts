import { basename } from 'node:path';
import { ChapterFolders } from '../chapters/folders.js';
import type { Services } from '../session/services.js';
import { Session } from '../session/session.js';
import type { CheckReport, CheckRequest } from '../session/task-checks.js';
import { checkFolder, useCheckFolder } from '../tasks/layers.js';
import { runChecks } from '../tasks/run-checks.js';

/**
 * Checks a task where the caller is, with the author's code: what they print is printed here, and a loop of theirs does not end.
 * @throws UserError or DiagnosticError when the author's checks are wrong
 */
export async function checkHere(
  { chapter: path, used, folder: wanted, ...request }: Omit<CheckRequest, 'onOutput' | 'memory'>,
  services: Services,
): Promise<CheckReport> {
  const folder = wanted ?? checkFolder(path, request.task.name, request.layers.join('\0'));
  if (wanted === undefined) useCheckFolder(folder);
  const session = new Session({ folder, chapters: new ChapterFolders([path, ...used]), services, seed: 1 });
  const chapter = session.workspace.enterChapter(basename(path));
  if (!chapter) throw new Error(`there is no chapter in ${path}`);
  return runChecks(session, chapter, request);
}
