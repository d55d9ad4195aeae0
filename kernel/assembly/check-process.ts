/** The process in which a task is checked: builds, boots, asks the author's checks, and tells its parent. Ends with it. */
import { basename } from 'node:path';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { ChapterFolders } from '../chapters/folders.js';
import type { CheckReport } from '../session/task-checks.js';
import type { Progress } from '../session/services.js';
import { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { runChecks } from '../tasks/run-checks.js';
import type { CheckMessage, CheckOrder } from './check-messages.js';
import { defaultServices } from './default-services.js';

async function check({ chapter: path, used, folder, ...order }: CheckOrder): Promise<CheckReport> {
  const chapters = new ChapterFolders([path, ...used]);
  const session = new Session({ folder, chapters, services: defaultServices, seed: 1 });
  const chapter = session.workspace.enterChapter(basename(path));
  if (!chapter) throw new Error(`there is no chapter in ${path}`);
  const onProgress = (step: Progress): void => tell({ type: 'progress', step });
  return runChecks(session, chapter, { ...order, onProgress, signal: new AbortController().signal });
}

function tell(message: CheckMessage, then?: () => void): void {
  process.send?.(message, undefined, {}, () => then?.());
}

function failed(error: unknown): CheckMessage {
  if (error instanceof DiagnosticError) return { type: 'failed', error: new Error(error.message), wrong: error.diagnostics };
  if (error instanceof UserError)
    return { type: 'failed', error: new Error(error.message), user: { message: error.message, hint: error.hint } };
  return { type: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
}

process.once('disconnect', () => process.exit(1));
process.once('message', (order: CheckOrder) => {
  void check(order)
    .then((report): CheckMessage => ({ type: 'report', report }), failed)
    .then((message) => tell(message, () => process.exit(0)));
});
