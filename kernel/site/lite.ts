/** JupyterLite's own program, which makes the front end of a site: it is needed only to make it. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { MissingProgramError, run } from '../../sdk/process.js';
import { PythonEnvironment } from '../install/python-environment.js';
import { UserError } from '../session/user-error.js';

/** What makes a site: JupyterLite, what lists its files, and what shows the on-screen keyboard. */
const PACKAGES = ['jupyterlite-core==0.8.6', 'jupyter-server==2.21.1', 'jupyterlab-server==2.28.1', 'ipywidgets==8.1.9'];
/** Seconds after which JupyterLite saves a notebook. */
const AUTOSAVE = 10;
/** The parts of the front end that a reader meets. */
const APPS = ['lab', 'notebooks', 'edit', 'tree'];

const WINDOWS = process.platform === 'win32';
/** Made when it is asked for: its place depends on the environment's variables. */
const ownEnvironment = (): PythonEnvironment => new PythonEnvironment('jupyterlite', PACKAGES);

/** `jupyter-lite` of the environment in the cache, or of one on the path. @throws UserError when there is none */
export function findJupyterLite(path = process.env.PATH ?? ''): string {
  const own = ownEnvironment();
  if (own.isComplete) return own.program('jupyter-lite');
  const name = WINDOWS ? 'jupyter-lite.exe' : 'jupyter-lite';
  const found = path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((each) => each !== name && existsSync(each));
  if (found !== undefined) return found;
  throw new UserError(
    'SiteError',
    'JupyterLite is not installed, which makes the front end of a site',
    `virtbook site --install   installs it for virtbook alone, into its cache (needs python3 with venv)\npip install ${PACKAGES.map((each) => each.split('==')[0]).join(' ')}   installs it into your own Python environment`,
  );
}

/** Makes an environment with JupyterLite in the cache. */
export async function installJupyterLite(say: (text: string) => void, signal: AbortSignal): Promise<void> {
  const own = ownEnvironment();
  await own.install(
    () => say(`Installing ${own.packages.join(', ')} into ${own.folder}`),
    (command, args) => step(command, args, signal),
  );
}

export interface LiteSite {
  /** The folder that is written. */
  out: string;
  /** A folder for files on the way. */
  scratch: string;
  /** The folder with the files that a reader begins with. */
  contents: string;
  /** Folders with prebuilt extensions. */
  extensions: readonly string[];
}

/** Makes the front end. @throws UserError with what JupyterLite said when it fails */
export async function buildLite(jupyterLite: string, { out, scratch, contents, extensions }: LiteSite, signal: AbortSignal): Promise<void> {
  await mkdir(scratch, { recursive: true });
  const config = { contents: [contents], output_dir: out, federated_extensions: extensions, apps: APPS, cache_dir: join(scratch, 'cache') };
  await writeFile(join(scratch, 'jupyter_lite_config.json'), JSON.stringify({ LiteBuildConfig: config }));
  const page = {
    appName: 'virtbook',
    defaultKernelName: 'virtbook',
    enableServiceWorkerCache: 'true',
    // A browser may end a page: what is lost then was written just before.
    settingsOverrides: { '@jupyterlab/docmanager-extension:plugin': { autosaveInterval: AUTOSAVE } },
  };
  await writeFile(join(scratch, 'jupyter-lite.json'), JSON.stringify({ 'jupyter-lite-schema-version': 0, 'jupyter-config-data': page }));
  await step(jupyterLite, ['build'], signal, scratch);
}

async function step(command: string, args: string[], signal: AbortSignal, cwd?: string): Promise<void> {
  try {
    const { status, stdout, stderr } = await run(command, args, { signal, cwd });
    if (status === 0) return;
    const said = `${stderr}\n${stdout}`.trim().split('\n').slice(-20).join('\n');
    throw new UserError('SiteError', `${command} ${args.join(' ')} failed`, said);
  } catch (error) {
    if (!(error instanceof MissingProgramError)) throw error;
    throw new UserError('SiteError', `JupyterLite needs Python 3, and there is no ${command}`, 'Install python3 with its venv module.');
  }
}
