import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { ChapterFolders, chaptersOfEnvironment } from '../chapters/folders.js';
import { executedPath } from '../notebook/execute.js';
import type { Chapter } from '../session/chapter.js';
import { isInside, OUTPUT_FOLDER } from '../session/folders.js';
import { executeCommand } from './execute.js';
import { CommandFailure } from './failure.js';
import { noChapter, unknownChapter } from './no-chapter.js';
import { prepareGuest, prepareSdk } from './prepare.js';

export interface StartCommand {
  seed?: number | undefined;
  /** Folders with chapters. */
  chapters?: readonly string[] | undefined;
  /** Make a site of the chapters, and open it. */
  browser?: boolean;
}

/**
 * What `npm start` runs: brings everything that a chapter needs, runs it, and says where the result is.
 * @param name of the chapter; the one that is meant for a start unless given
 */
export async function startCommand(name: string | undefined, options: StartCommand, signal: AbortSignal): Promise<void> {
  if (options.browser) return startInBrowser(name, options, signal);
  const began = performance.now();
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const { notebook, chapter } = findNotebook(name, [...(options.chapters ?? []), ...chaptersOfEnvironment()]);
  say('Preparing the Microkit SDK: the first time this compiles it, and may download a C compiler.');
  await prepareSdk(signal);
  if (chapter.guest) {
    say('Preparing the Linux guest: the first time this downloads it.');
    say(`Linux ${(await prepareGuest(signal)).version} is ready.`);
  }
  say(`Running ${chapter.name}: ${chapter.title}.`);
  const { result, folder } = placesFor(notebook, chapter, process.cwd());
  await mkdir(folder, { recursive: true });
  const { out, html } = await executeCommand(
    notebook,
    { output: executedPath(result), html: executedPath(result, '.html'), folder, seed: options.seed, chapters: [chapter.folder] },
    signal,
  );
  say(
    `\nThe chapter ran; all of it took ${((performance.now() - began) / 1000).toFixed(0)} s. Open the result in any notebook front end, or the page in a browser:`,
  );
  say(`  ${out}`);
  say(`  ${html}`);
}

/** Makes a site of the chapters, or of the one that is named, and opens it. */
async function startInBrowser(name: string | undefined, { chapters }: StartCommand, signal: AbortSignal): Promise<void> {
  const { siteCommand } = await import('./site.js');
  const names = name === undefined ? [] : [name];
  return siteCommand(join(process.cwd(), OUTPUT_FOLDER, 'site'), names, { chapters, install: true, serve: true, open: true }, signal);
}

/**
 * Where the result and the chapter's work go. Who works in the repository has the result beside the notebook; an installed
 * package is left as it is, and the working folder gets both. The chapter writes files as a reader would: they do not belong
 * among its own.
 */
function placesFor(notebook: string, chapter: Chapter, workingFolder: string): { result: string; folder: string } {
  const root = packageRoot();
  const home = workingFolder === root || isInside(root, workingFolder) ? root : workingFolder;
  return {
    result: isInside(root, notebook) && home !== root ? join(home, basename(notebook)) : notebook,
    folder: join(home, OUTPUT_FOLDER, 'start', chapter.name),
  };
}

/** @throws CommandFailure when there is no such chapter; DiagnosticError when its declaration is wrong */
function findNotebook(name: string | undefined, given: readonly string[]): { notebook: string; chapter: Chapter } {
  const chapters = new ChapterFolders(given);
  const all = chapters.all(process.cwd()).filter(({ notebook }) => notebook !== undefined);
  const chapter = name === undefined ? (all.find(({ start }) => start) ?? all[0]) : chapters.find(name, process.cwd());
  if (chapter?.notebook !== undefined) return { notebook: chapter.notebook, chapter };
  if (chapter)
    throw new CommandFailure(
      1,
      `virtbook: the chapter ${chapter.name} has no notebook: name it in ${join(chapter.folder, 'chapter.json')}`,
    );
  throw name === undefined ? noChapter() : unknownChapter(name, all);
}
