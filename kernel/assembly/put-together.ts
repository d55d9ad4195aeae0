import { ChapterFolders, chaptersOfEnvironment } from '../chapters/folders.js';
import { loadKits } from '../chapters/load-kit.js';
import { NotebookEvaluator } from '../magics/evaluator.js';
import { parseSeed } from '../session/seed.js';
import type { Services } from '../session/services.js';
import { Session, type SessionOptions } from '../session/session.js';
import type { StartCellProcess } from '../typescript/cell-process.js';
import { languageEvaluator } from '../typescript/evaluator.js';
import { TypeScriptCells } from '../typescript/typescript-cells.js';
import { machineApi, machineExtensions } from './machine-api.js';

export interface PartsOptions {
  /** Where cells work. */
  folder: string;
  services: Services;
  /** Of the first run; `VIRTBOOK_SEED` unless given, and drawn if that is not set. */
  seed?: number | undefined;
  /** Folders with chapters, searched before those that `VIRTBOOK_CHAPTERS` names and the package's. */
  chapters?: readonly string[] | undefined;
  /** Starts what runs TypeScript cells. */
  startCells: StartCellProcess;
  /** They are started by the first such cell, and not while a magic runs before it: where there is little memory, and few processors. */
  cellsWhenNeeded?: boolean;
  keptRuns?: SessionOptions['keptRuns'];
}

/** Puts the parts together, wherever they run: a session, the magics, and TypeScript for all other cells. */
export function putTogether(options: PartsOptions): NotebookEvaluator {
  const session = new Session({
    folder: options.folder,
    chapters: new ChapterFolders([...(options.chapters ?? []), ...chaptersOfEnvironment()]),
    services: options.services,
    keptRuns: options.keptRuns,
    seed: options.seed ?? parseSeed(process.env.VIRTBOOK_SEED ?? ''),
  });
  let signal = new AbortController().signal;
  const language = languageEvaluator(
    new TypeScriptCells({
      start: options.startCells,
      machine: machineApi(session, () => signal),
      extensions: () => machineExtensions(session, evaluator.kits),
      cwd: () => session.workspace.folder,
    }),
  );
  const evaluator: NotebookEvaluator = new NotebookEvaluator(
    session,
    {
      ...language,
      ...(options.cellsWhenNeeded && { prepare: () => undefined, foresee: () => undefined }),
      evaluate(cell) {
        signal = cell.signal;
        return language.evaluate(cell);
      },
    },
    async (name) => {
      const chapter = session.workspace.enterChapter(name);
      return chapter ? loadKits(chapter) : [];
    },
  );
  return evaluator;
}
