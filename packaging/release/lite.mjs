// The wheel jupyterlite-virtbook-kernel: the kernel and the chapters as a prebuilt extension, which `jupyter lite build` takes into a site.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { licenceFiles, licenceOf, manifestOf } from '../../scripts/licences.mjs';
import { packWheel, pythonVersion, tree } from './wheel.mjs';

/** The front ends that the extension was tried with: their interfaces change between versions. */
const JUPYTERLITE = 'jupyterlite-core>=0.8,<0.9';

function metadata(root, name, licences) {
  const head = [
    'Metadata-Version: 2.4',
    `Name: ${name}`,
    `Version: ${pythonVersion(manifestOf(root).version)}`,
    'Summary: virtbook in JupyterLite: operating-system tutorials that run in the page, with an ARM64 machine and a C compiler',
    `License: ${licenceOf(root)}; files of Debian packages in it have licences of their own, which its licences/index.html lists with their sources`,
    ...licences.map((file) => `License-File: ${file}`),
    'Keywords: jupyterlite,jupyter,kernel,microkit,seL4,arm64,emulator,operating systems',
    'Classifier: Framework :: Jupyter :: JupyterLab :: Extensions :: Prebuilt',
    'Classifier: Intended Audience :: Education',
    'Requires-Python: >=3.9',
    `Requires-Dist: ${JUPYTERLITE}`,
    'Description-Content-Type: text/markdown',
  ];
  return `${head.join('\n')}\n\n${readFileSync(join(root, 'packaging', 'python', 'JUPYTERLITE.md'), 'utf8')}`;
}

/**
 * Runs the chapters, and takes Debian's compiler and Linux from the cache, or by apt.
 * @returns its name, and its bytes
 */
export async function makeLiteWheel(root) {
  const require = createRequire(import.meta.url);
  const built = (...path) => require(join(root, 'dist', 'kernel', ...path));
  const { makeExtension } = built('cli', 'make-extension.js');
  const { EXTENSION } = built('site', 'extension.js');
  const { ChapterFolders } = built('chapters', 'folders.js');
  const scratch = mkdtempSync(join(tmpdir(), 'virtbook-release-'));
  try {
    const chapters = new ChapterFolders([]).all(scratch).filter(({ notebook }) => notebook !== undefined);
    const folder = join(scratch, 'extension');
    const { signal } = new AbortController();
    const made = await makeExtension(folder, chapters, { folders: [], compiler: true, say: (text) => console.log(text), signal });
    if (!made.hasCompiler) throw new Error('the wheel for JupyterLite needs its C compiler, which apt brings: see above');
    return packed(root, EXTENSION, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function packed(root, name, folder) {
  const { version } = manifestOf(root);
  const module = name.replaceAll('-', '_');
  const release = `${module}-${pythonVersion(version)}`;
  const licences = licenceFiles(root);
  const files = new Map();
  const add = (path, content) => files.set(path, Buffer.from(content));
  const about = 'virtbook in JupyterLite. The kernel is a prebuilt extension: nothing here runs in Python.';
  add(`${module}/__init__.py`, `"""${about}"""\n\n__version__ = "${pythonVersion(version)}"\n`);
  for (const [path, content] of tree(folder)) add(`${release}.data/data/share/jupyter/labextensions/${name}/${path}`, content);
  for (const file of licences) add(`${release}.dist-info/licenses/${file}`, readFileSync(join(root, file)));
  add(`${release}.dist-info/METADATA`, metadata(root, name, licences));
  return packWheel(release, files, { version, tag: 'any', pure: true });
}
