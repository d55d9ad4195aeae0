/** Runs chapters, so that what their programs compile to is known. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordedMachines } from '../../emulator/host-node/recorded-machines.js';
import { buildSystem } from '../../sdk/build/project.js';
import { RecordingToolchain } from '../../sdk/prebuilt/recording-toolchain.js';
import type { Toolchain } from '../../sdk/toolchain/index.js';
import { packageRoot } from '../../sdk/root.js';
import { readersNotebook } from '../assignments/build.js';
import { checkHere } from '../assembly/check-here.js';
import { createEvaluator } from '../assembly/create.js';
import { defaultServices } from '../assembly/default-services.js';
import { ChapterFolders } from '../chapters/folders.js';
import { runNotebook } from '../notebook/execute.js';
import { type Notebook, parseNotebook, readNotebook } from '../notebook/format.js';
import type { Chapter } from '../session/chapter.js';
import type { Services } from '../session/services.js';
import { Session } from '../session/session.js';
import { layOut, sourcesBelow } from '../tasks/layers.js';
import { checkedWith, solutionOf } from '../tasks/place.js';
import { placeOf } from './house.js';
import { FILES, PACKAGE, SDK } from './places.js';

export interface RecordOptions {
  /** Folder of the embedded SDK. */
  sdk: string;
  toolchain: Toolchain;
  /** Folders with chapters. */
  folders: readonly string[];
  signal: AbortSignal;
  /** A chapter and how many of its cells have run. */
  onCell(chapter: Chapter, done: number, total: number): void;
}

/** What was seen of the chapters' runs. */
export interface Recorded {
  /** What was compiled. */
  toolchain: RecordingToolchain;
  /** What their machines have translated. */
  machines: RecordedMachines;
}

/** Runs each chapter as it is, with the solutions of its tasks, and as a reader begins. @throws Error when it was interrupted */
export async function recordChapters(chapters: readonly Chapter[], options: RecordOptions): Promise<Recorded> {
  const scratch = await mkdtemp(join(tmpdir(), 'virtbook-site-'));
  const places = new Map(chapters.map((chapter): [string, string] => [chapter.folder, placeOf(chapter)]));
  const recorder = new RecordingToolchain(
    options.toolchain,
    new Map([[scratch, FILES], [packageRoot(), PACKAGE], [options.sdk, SDK], ...places]),
  );
  const machines = new RecordedMachines();
  const services = recordingServices(recorder, machines, options.sdk);
  try {
    for (const chapter of chapters) {
      const notebooks = await notebooksOf(chapter);
      const total = notebooks.reduce((sum, { cells }) => sum + cells.length, 0);
      let done = 0;
      for (const notebook of notebooks) {
        const evaluator = createEvaluator({ folder: scratch, services, chapters: options.folders });
        await runNotebook(notebook, evaluator, {
          allowErrors: true,
          signal: options.signal,
          onOutput: (event) => event.kind === 'cell' && options.onCell(chapter, ++done, total),
        });
        options.signal.throwIfAborted();
      }
      await recordSolutions(chapter, { services, folders: options.folders, scratch, signal: options.signal });
      // The next one begins in an empty folder.
      await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
      await mkdir(scratch, { recursive: true });
    }
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  return { toolchain: recorder, machines };
}

function recordingServices(toolchain: RecordingToolchain, machines: RecordedMachines, sdk: string): Services {
  const services: Services = {
    ...defaultServices,
    startMachine: (options, more) => machines.start(options, more),
    build: (request) =>
      buildSystem({
        ...request,
        sdk: request.sdk ?? sdk,
        toolchain,
        packGuest: (recipe, bootargs, work) => toolchain.guestObject(recipe, bootargs, work),
      }),
    checkTask: ({ onOutput: _onOutput, memory: _memory, ...request }) => checkHere(request, services),
  };
  return services;
}

interface SolutionOptions {
  services: Services;
  folders: readonly string[];
  scratch: string;
  signal: AbortSignal;
}

/** Builds what %solve writes, which a notebook need not have in its cells, and what such a solution is checked with. */
async function recordSolutions(chapter: Chapter, { services, folders, scratch, signal }: SolutionOptions): Promise<void> {
  const builds = chapter.tasks.flatMap((task) => {
    const checked = sourcesBelow(checkedWith(task)).length > 0 ? [[...solutionOf(task), checkedWith(task)]] : [];
    return [solutionOf(task), ...checked].map((layers, index) => ({ task, layers, place: `${task.name}-${index}` }));
  });
  for (const { task, layers, place } of builds) {
    const folder = join(scratch, '.virtbook', 'solutions', place);
    const session = new Session({ folder, chapters: new ChapterFolders(folders), services, seed: 1 });
    session.workspace.enterChapter(chapter.name);
    layOut(layers, folder, session.workspace.sources(chapter.name));
    await session.builds
      .build(chapter.name, { system: task.system, config: 'debug', clean: false, onProgress: () => undefined, signal })
      // A solution that does not build is for its author to mend, and `virtbook chapter test` says so.
      .catch((error: unknown) => {
        if (signal.aborted) throw error;
      });
  }
}

async function notebooksOf(chapter: Chapter): Promise<Notebook[]> {
  if (chapter.notebook === undefined) return [];
  const whole = await readNotebook(chapter.notebook);
  const text = readersNotebook(chapter);
  const readers = parseNotebook(JSON.parse(text), chapter.notebook);
  const same = whole.cells.every(({ source }, index) => source === readers.cells[index]?.source);
  return same ? [whole] : [whole, readers];
}
