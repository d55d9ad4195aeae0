import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { packageRoot } from '../../sdk/root.js';
import { readersCopy } from '../assignments/build.js';
import { ChapterFolders, chaptersOfEnvironment } from '../chapters/folders.js';
import type { Chapter } from '../session/chapter.js';
import { EXTENSION, sizeOf, type WrittenExtension } from '../site/extension.js';
import { LICENCES_PAGE } from '../site/licences-page.js';
import { buildLite, findJupyterLite, installJupyterLite } from '../site/lite.js';
import { type LightChapter, lightPages } from '../site/light-pages.js';
import { serveSite } from '../site/serve.js';
import { CommandFailure } from './failure.js';
import { noChapter, unknownChapter } from './no-chapter.js';
import { makeExtension } from './make-extension.js';
import { openBrowser } from './open-browser.js';

export interface SiteCommand {
  /** Folders with chapters. */
  chapters?: readonly string[] | undefined;
  install?: boolean;
  /** Light pages alone, without JupyterLab. */
  light?: boolean;
  /** False: without the C compiler. */
  compiler?: boolean;
  /** Show it to this computer's browsers, at a port that is free or this one. */
  serve?: boolean | number | undefined;
  /** Open it in the reader's browser, too. */
  open?: boolean;
}

/** Marks a folder as one that this command has made, and may write again. */
const MARK = '.virtbook-site';

/** Answers for pages without a network. */
const SERVICE_WORKER = 'service-worker.js';

/** What takes a chapter in: its name where a reader sees it. */
type Readable = Chapter & { notebook: string };

/** Makes a folder of static files in which the chapters run, and shows it if asked. */
export async function siteCommand(out: string, names: readonly string[], options: SiteCommand, signal: AbortSignal): Promise<void> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const folder = resolve(out);
  // A site that was made before, say on a stick, is shown as it is.
  if (options.serve !== undefined && existsSync(join(folder, MARK)) && names.length === 0) return serve(folder, options, signal);
  requireOurs(folder);
  if (options.install && !options.light) await installJupyterLite(say, signal);
  const jupyterLite = options.light ? undefined : findJupyterLite();
  const given = [...(options.chapters ?? []), ...chaptersOfEnvironment()].map((each) => resolve(each));
  const chapters = chosen(new ChapterFolders(given).all(process.cwd()), names);
  const copies = copiesOf(chapters);
  let made: WrittenExtension;
  const scratch = await mkdtemp(join(tmpdir(), 'virtbook-site-'));
  try {
    const extension = join(scratch, 'extension');
    made = await makeExtension(extension, chapters, { folders: given, compiler: options.compiler ?? true, say, signal });
    await rm(folder, { recursive: true, force: true });
    if (jupyterLite === undefined) await cp(extension, join(folder, 'extensions', EXTENSION), { recursive: true });
    else {
      const contents = join(scratch, 'contents');
      await writeContents(contents, copies);
      say('Making the front end with JupyterLite.');
      const extensions = [extension, join(packageRoot(), 'dist', 'labextension')];
      await buildLite(jupyterLite, { out: folder, scratch: join(scratch, 'lite'), contents, extensions }, signal);
    }
    await writeLightPages(folder, copies, { programs: made.content, withLab: jupyterLite !== undefined });
    await writeFile(join(folder, MARK), '');
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  say(`${folder} has the site: ${chapters.map(({ name }) => name).join(', ')}; ${megabytes(await sizeOf(folder))}.`);
  say(sizes(made, jupyterLite !== undefined));
  if (options.serve !== undefined) return serve(folder, options, signal);
  say(`Any web server can show it, and so can virtbook site ${relative(process.cwd(), folder) || '.'} --serve.`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** What a reader loads. */
function sizes({ hasCompiler, sizes: { chapters, compiler } }: WrittenExtension, withLab: boolean): string {
  const more = hasCompiler ? `, and ${megabytes(compiler)} more where they change C` : '. It has no C compiler';
  const lab = withLab ? " JupyterLite's own page is beside that." : '';
  return `A reader loads ${megabytes(chapters)} to run all of it${more}: once, packed.${lab}`;
}

/** Shows a site until Ctrl-C. @throws CommandFailure when the port is taken */
async function serve(folder: string, { serve: wanted, open }: SiteCommand, signal: AbortSignal): Promise<void> {
  const port = typeof wanted === 'number' ? wanted : 0;
  const server = await serveSite(folder, port).catch((error: Error) => {
    throw new CommandFailure(1, `virtbook: port ${port} cannot be used: ${error.message}`);
  });
  process.stdout.write(`${server.address} shows it to this computer. Ctrl-C ends it.\n`);
  if (open) openBrowser(server.address);
  await new Promise<void>((ended) => {
    if (signal.aborted) return ended();
    signal.addEventListener('abort', () => ended(), { once: true });
  });
  await server.close();
}

/** @throws CommandFailure for a folder that holds somebody else's files */
function requireOurs(folder: string): void {
  if (!existsSync(folder) || existsSync(join(folder, MARK)) || readdirSync(folder).length === 0) return;
  throw new CommandFailure(2, `virtbook: ${folder} has other files in it, and a site is written from nothing: name an empty or new folder`);
}

/** @throws CommandFailure when there is no such chapter */
function chosen(all: readonly Chapter[], names: readonly string[]): Readable[] {
  const readable = all.filter((chapter): chapter is Readable => chapter.notebook !== undefined);
  const missing = names.find((name) => readable.every((chapter) => chapter.name !== name));
  if (missing !== undefined) throw unknownChapter(missing, readable);
  const found = names.length === 0 ? readable : readable.filter(({ name }) => names.includes(name));
  if (found.length === 0) throw noChapter();
  return found;
}

/** The reader's notebooks, by the chapters that they are of. */
function copiesOf(chapters: readonly Readable[]): LightChapter[] {
  const notebooks = chapters.map(({ notebook }) => notebook);
  return chapters.map((chapter) => ({ chapter, text: readersCopy(chapter, notebooks) }));
}

async function writeContents(folder: string, copies: readonly LightChapter[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { chapter, text } of copies) await writeFile(join(folder, basename(chapter.notebook)), text);
}

interface LightSite {
  /** The extension's folder with the programs. */
  programs: string;
  withLab: boolean;
}

/** The page that a reader meets first, and each chapter without JupyterLab. */
async function writeLightPages(folder: string, copies: readonly LightChapter[], { programs: content, withLab }: LightSite): Promise<void> {
  const programs = `extensions/${EXTENSION}/${content}`;
  const pages = lightPages(copies, {
    kernel: `${programs}/kernel.js`,
    script: `${programs}/light.js`,
    licences: `${programs}/${LICENCES_PAGE}`,
    ...(withLab && { lab: (notebook: string) => `lab/index.html?path=${encodeURIComponent(notebook)}` }),
  });
  // JupyterLite has one of this name.
  if (!withLab) await cp(join(packageRoot(), 'dist', 'kernel', 'host-web', SERVICE_WORKER), join(folder, SERVICE_WORKER));
  for (const [name, page] of pages) {
    const path = join(folder, name);
    // JupyterLite reads its settings from the page that is there.
    const settings = /<script[^>]*id="jupyter-config-data"[^]*?<\/script>/.exec(await readFile(path, 'utf8').catch(() => ''))?.[0];
    await writeFile(path, settings === undefined ? page : page.replace('</head>', () => `${settings}\n</head>`));
  }
}
