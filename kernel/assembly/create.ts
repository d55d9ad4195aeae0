import { cacheDir } from '../../sdk/cache.js';
import { ChapterFolders, chaptersOfEnvironment } from '../chapters/folders.js';
import { NotebookEvaluator } from '../magics/evaluator.js';
import { languageEvaluator } from '../typescript/evaluator.js';
import { TypeScriptCells, type TypeScriptCellsOptions } from '../typescript/typescript-cells.js';
import { defaultServices } from './default-services.js';
import { loadKits } from '../chapters/load-kit.js';
import { parseSeed } from '../session/seed.js';
import { Session } from '../session/session.js';
import type { Services } from '../session/services.js';
import { SnapshotStore } from '../session/snapshot-store.js';
import { machineApi, machineExtensions } from './machine-api.js';

export interface EvaluatorOptions {
  /** Where cells work. */
  folder: string;
  /** Of the first run; `VIRTBOOK_SEED` unless given, and drawn if that is not set. */
  seed?: number | undefined;
  services?: Services | undefined;
  /** Folders with chapters, searched before those that `VIRTBOOK_CHAPTERS` names and the package's. */
  chapters?: readonly string[] | undefined;
  /** How the process of TypeScript cells is started, where that is not as usual. */
  typescript?: Pick<TypeScriptCellsOptions, 'execArgv'>;
}

/** Puts the parts together: a session, the magics, and TypeScript for all other cells. */
export function createEvaluator(options: EvaluatorOptions): NotebookEvaluator {
  const session = new Session({
    folder: options.folder,
    chapters: new ChapterFolders([...(options.chapters ?? []), ...chaptersOfEnvironment()]),
    services: options.services ?? defaultServices,
    keptRuns: new SnapshotStore(cacheDir('snapshots')),
    seed: options.seed ?? parseSeed(process.env.VIRTBOOK_SEED ?? ''),
  });
  let signal = new AbortController().signal;
  const language = languageEvaluator(
    new TypeScriptCells({
      machine: machineApi(session, () => signal),
      extensions: () => machineExtensions(session, evaluator.kits),
      cwd: () => session.workspace.folder,
      ...options.typescript,
    }),
  );
  const evaluator: NotebookEvaluator = new NotebookEvaluator(
    session,
    {
      ...language,
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
