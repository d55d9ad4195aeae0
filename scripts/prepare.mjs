// npm runs this after `npm install` in a clone, and where it makes a package of a Git address.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './stale.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { name, version, dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const missing = Object.keys({ ...dependencies, ...devDependencies }).filter(
  (each) => !existsSync(join(root, 'node_modules', each, 'package.json')),
);

/** What to do where npm has not brought what a build needs. */
function advice() {
  // The Git addresses that npm prepares, the last one innermost.
  const address = process.env._PACOTE_NO_PREPARE_?.split('\n').pop();
  if (address === undefined) return 'Install them with\n\n  npm ci --include=dev\n';
  // Issue 8440 of npm/cli: "global" is passed on to the installation in the clone, which puts the clone into the global folder.
  return `With --global, npm does not bring them for a Git address. Make a package of it first:

  npm pack ${address}
  npm install --global ./${name}-${version}.tgz
`;
}

if (missing.length > 0) {
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
  console.error(`${name} cannot be built: packages are missing: ${missing.slice(0, 3).join(', ')}${more}. ${advice()}`);
  process.exitCode = 1;
} else {
  // npm prepares a package of a Git address twice: the second time everything is built.
  buildIfStale(root);
}
