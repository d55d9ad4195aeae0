// The npm packages that a wheel holds: those that an installation from npm has, without what never runs there.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { licenceFiles, manifestOf } from '../../scripts/licences.mjs';

/** Of TypeScript: the compiler as a library, and the declarations of what the language has. */
const COMPILER = /^lib\/(typescript\.js|lib\.([\w.]+\.)?d\.ts)$/;

/** Files that a package needs here, where these are few. Its package.json and its licences stay anyway. */
const NEEDED = {
  '@tslab/typescript-for-tslab': COMPILER,
  typescript: COMPILER,
  // The addon for the platform comes besides.
  zeromq: /^lib\/[\w-]+\.js$/,
  // It builds addons; what loads them is one file.
  'cmake-ts': /^build\/loader\.js$/,
  // Headers, for who compiles.
  'node-addon-api': undefined,
};

/** Of all other packages: not what only an author of programs reads. */
const FOR_AUTHORS = /\.(map|md|markdown)$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;
/** Packages that are declarations: cells are checked with them. */
const OF_DECLARATIONS = /^(@types\/.*|undici-types)$/;

const isNeeded = (name, file) => !FOR_AUTHORS.test(file) && (!DECLARATIONS.test(file) || OF_DECLARATIONS.test(name));

/** Paths below the root of the packages that are installed for those who use this one; from package-lock.json. */
export function productionPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional && !entry.optional && !entry.peer)
    .map(([path]) => path)
    .sort();
}

/** Files of a package, relative to it, with `/`; without the packages within it. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath ?? entry.path, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !path.startsWith('node_modules/') && !path.includes('/node_modules/'));
}

/**
 * What a wheel has of a package: paths relative to the root, and what is in them. Empty for a package that nothing needs.
 * @param platform `{ os, arch, libc }` in the words of Node and of ZeroMQ's manifest
 */
export function filesFor(root, path, platform) {
  const folder = join(root, path);
  const { name } = manifestOf(folder);
  const needed = NEEDED[name];
  if (name in NEEDED && needed === undefined) return [];
  const kept = filesOf(folder).filter((file) => (needed ? needed.test(file) : isNeeded(name, file)));
  const files = new Set([...kept, 'package.json', ...licenceFiles(folder)]);
  const entries = [...files].map((file) => ({ path: `${path}/${file}`, content: readFileSync(join(folder, file)) }));
  return name === 'zeromq' ? [...entries, ...addonFor(folder, path, platform)] : entries;
}

/** The newest addon of ZeroMQ for the platform. Its manifest names every addon by a description. */
function addonFor(folder, path, { os, arch, libc }) {
  const manifest = JSON.parse(readFileSync(join(folder, 'build', 'manifest.json'), 'utf8'));
  const [chosen] = Object.entries(manifest)
    .map(([key, file]) => ({ key, file, made: JSON.parse(key) }))
    .filter(({ made }) => made.os === os && made.arch === arch && made.libc === libc)
    .sort((a, b) => b.made.abi - a.made.abi);
  if (!chosen) throw new Error(`zeromq has no addon for ${os}, ${arch}, ${libc}`);
  const file = chosen.file.replaceAll('\\', '/');
  return [
    { path: `${path}/build/manifest.json`, content: Buffer.from(JSON.stringify({ [chosen.key]: chosen.file })) },
    { path: `${path}/build/${file}`, content: readFileSync(join(folder, 'build', file)) },
  ];
}
