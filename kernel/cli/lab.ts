import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join, relative, resolve, sep } from 'node:path';
import { cacheDir } from '../../sdk/cache.js';
import { MissingProgramError, run } from '../../sdk/process.js';
import { readersCopy } from '../assignments/build.js';
import { ChapterFolders, chaptersOfEnvironment } from '../chapters/folders.js';
import { DEFAULT_NAME, install } from '../install/kernelspec.js';
import { programIn, PythonEnvironment } from '../install/python-environment.js';
import { isInside } from '../session/folders.js';
import { CommandFailure } from './failure.js';

export interface LabCommand {
  /** Install JupyterLab into the cache first. */
  install?: boolean;
  /** Only copy the chapters: for who opens them in another way. */
  copyOnly?: boolean;
  /** Folders with chapters. */
  chapters?: readonly string[];
  /** What JupyterLab itself is given. */
  arguments: string[];
}

/** What `--install` brings: JupyterLab, and what shows the on-screen keyboard. */
const ENVIRONMENT = 'jupyterlab';
const PACKAGES = ['jupyterlab==4.6.6', 'ipywidgets==8.1.9'];

const WINDOWS = process.platform === 'win32';
/** Made when it is asked for: its place depends on the environment's variables. */
const ownEnvironment = (): PythonEnvironment => new PythonEnvironment(ENVIRONMENT, PACKAGES);

/**
 * Opens the chapters in JupyterLab. Resolves to its exit status when it ends.
 * @param folder where the reader works; chapters that are not there yet are copied into it
 */
export async function labCommand(folder: string, options: LabCommand, signal: AbortSignal): Promise<number> {
  if (options.install) await installLab(signal);
  const lab = options.copyOnly ? undefined : findLab();
  const given = [...(options.chapters ?? []), ...chaptersOfEnvironment()].map((each) => resolve(each));
  const { copied, chapters } = copyChapters(resolve(folder), given);
  for (const name of copied) process.stdout.write(`Copied ${name} to ${resolve(folder)}\n`);
  if (lab === undefined) return 0;
  // JupyterLab looks there for kernels, too: the reader's own registrations stay as they are.
  const data = cacheDir('jupyter');
  install({ prefix: data, name: DEFAULT_NAME });
  const path = [join(data, 'share', 'jupyter'), process.env.JUPYTER_PATH].filter(Boolean).join(delimiter);
  const first = chapters[0] ? [`--LabApp.default_url=/lab/tree/${chapters[0].split(sep).map(encodeURIComponent).join('/')}`] : [];
  const child = spawn(lab, ['lab', `--ServerApp.root_dir=${resolve(folder)}`, ...first, ...options.arguments], {
    stdio: 'inherit',
    env: { ...process.env, JUPYTER_PATH: path, ...(given.length > 0 && { VIRTBOOK_CHAPTERS: given.join(delimiter) }) },
  });
  return new Promise((done, failed) => {
    child.on('error', (error) => failed(new CommandFailure(1, `virtbook: cannot run ${lab}: ${error.message}`)));
    // Ctrl-C reaches JupyterLab by the terminal; it asks, and ends.
    child.on('exit', (status) => done(status ?? 1));
  });
}

/** `jupyter` of the environment in the cache, of the one that virtbook is a Python package of, or of one on the path. */
function findLab(): string {
  const own = ownEnvironment();
  if (own.isComplete) return own.program('jupyter');
  const prefix = process.env.VIRTBOOK_PREFIX;
  const beside = prefix ? [dirname(programIn(prefix, 'jupyter'))] : [];
  for (const folder of [...beside, ...(process.env.PATH ?? '').split(delimiter)]) {
    const lab = join(folder, WINDOWS ? 'jupyter-lab.exe' : 'jupyter-lab');
    const jupyter = join(folder, WINDOWS ? 'jupyter.exe' : 'jupyter');
    if (folder && existsSync(lab) && existsSync(jupyter)) return jupyter;
  }
  throw new CommandFailure(
    1,
    'virtbook: JupyterLab is not installed\n' +
      '  virtbook lab --install   installs it for virtbook alone, into its cache (needs python3 with venv)\n' +
      '  pip install jupyterlab ipywidgets   installs it into your own Python environment',
  );
}

/** Makes an environment with JupyterLab and this kernel in the cache. */
async function installLab(signal: AbortSignal): Promise<void> {
  const own = ownEnvironment();
  await own.install(
    () => process.stdout.write(`Installing ${own.packages.join(' and ')} into ${own.folder}\n`),
    (command, args) => step(command, args, signal),
  );
  // As `virtbook install --sys-prefix` does in that environment.
  install({ prefix: own.folder, name: DEFAULT_NAME });
}

async function step(command: string, args: string[], signal: AbortSignal): Promise<void> {
  try {
    const { status, stderr } = await run(command, args, { signal });
    if (status !== 0) throw new CommandFailure(1, `virtbook: ${command} ${args.join(' ')} failed\n${stderr.trim()}`);
  } catch (error) {
    if (!(error instanceof MissingProgramError)) throw error;
    throw new CommandFailure(1, 'virtbook: JupyterLab needs Python 3: install python3 with its venv module, and try again');
  }
}

/**
 * Copies the notebooks of the chapters, without the solutions of their tasks, and nothing else: what they build is found
 * where the chapters are. The copies are the reader's, and one that is there is never written over.
 */
function copyChapters(folder: string, given: readonly string[]): { copied: string[]; chapters: string[] } {
  const all = new ChapterFolders(given)
    .all(folder)
    .flatMap((each) => (each.notebook === undefined ? [] : [{ ...each, notebook: each.notebook }]));
  const notebooks = all.map(({ notebook }) => notebook);
  mkdirSync(folder, { recursive: true });
  const copied: string[] = [];
  for (const chapter of all) {
    const { notebook } = chapter;
    const copy = join(folder, basename(notebook));
    if (existsSync(copy) || isInside(folder, notebook)) continue;
    writeFileSync(copy, readersCopy(chapter, notebooks));
    copied.push(basename(notebook));
  }
  return { copied, chapters: notebooks.map((notebook) => (isInside(folder, notebook) ? relative(folder, notebook) : basename(notebook))) };
}
