import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Packages that a step needs and that are not here, say after a pull that has changed the list of them. */
export const NOT_INSTALLED = new Set();
/** The script of an npm package's command, for this Node: a name in node_modules/.bin may be another package's. */
function script(name, command = name) {
  const folder = join(root, 'node_modules', name);
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) {
    NOT_INSTALLED.add(name);
    return manifest;
  }
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}
const node = (...args) => [process.execPath, ...args];
const tsc = (...args) => node(script('typescript', 'tsc'), '--noEmit', ...args);
const oxlint = (...args) => node(script('oxlint'), '--max-warnings', '0', ...args);
const oxfmt = (...args) => node(script('oxfmt'), '.', ...args);
/** AssemblyScript's decorators of functions are none of TypeScript's: only this plug-in of Prettier reads them. */
const prettier = (...args) => node(script('prettier'), 'emulator/core/**/*.ts', '--log-level', 'warn', ...args);

/** The folders of TypeScript. */
const folders = () =>
  ['formats', 'emulator', 'sdk', 'kernel', 'page', 'notebooks', 'test', 'examples'].filter((folder) => existsSync(join(root, folder)));
/** C sources of the whole repository; .clang-format-ignore names those that keep their own layout. */
const cSources = () =>
  folders()
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, path)))
    .filter((path) => /\.[ch]$/.test(path));
/** The pinned clang-format that scripts/peers.mjs brings: other versions lay out differently. */
const clangFormat = (...args) => [join(root, 'dist', 'python', 'bin', 'clang-format'), ...args, ...cSources()];

/**
 * What is checked. `seconds` on a quiet core put the longest first; `fix` is the command that also mends; `missing`
 * says why a step cannot be run here; a step whose `configuration` is not there has nothing to check.
 */
export const CHECKS = [
  {
    name: 'lint',
    about: "style and mistakes, by typescript-eslint's rules with types: oxlint, .oxlintrc.json",
    command: oxlint(),
    fix: oxlint('--fix'),
    seconds: 8,
    help: 'Mend what is listed (`npm run check -- --fix` does some of it), or disable a rule in place, with the reason beside it.',
  },
  {
    name: 'types',
    about: 'TypeScript: tsconfig.json',
    command: tsc('-p', '.', '--incremental', '--tsBuildInfoFile', 'dist/check/types.json'),
    seconds: 23,
    help: 'Mend the types; `npm run typecheck` shows only this.',
  },
  {
    name: 'layout',
    about: 'the layout of TypeScript, JavaScript, JSON and YAML: oxfmt, .oxfmtrc.json',
    command: oxfmt('--check'),
    fix: oxfmt('--write'),
    seconds: 1,
    help: '`npm run check -- --fix` lays them out.',
  },
  {
    name: 'layout of AssemblyScript',
    about: 'the same layout by Prettier, .prettierrc.json',
    command: prettier('--check'),
    fix: prettier('--write'),
    seconds: 2,
    help: '`npm run check -- --fix` lays them out.',
  },
  {
    name: 'unused',
    about: 'files, exports and packages that nothing uses: knip.json',
    command: node(script('knip'), '--no-progress'),
    seconds: 4,
    help: 'Remove what is listed, or the word `export` where only the file itself uses it; name a new entry point in knip.json.',
  },
  {
    name: 'floors',
    about: 'who may import whom, and circles: the tables "may know" of the READMEs, by .dependency-cruiser.cjs',
    command: node(script('dependency-cruiser', 'depcruise'), '--config', '.dependency-cruiser.cjs', ...folders()),
    seconds: 6,
    help: 'Import from a floor below, or move the code, or change the row of the table where the design wants that.',
  },
  {
    name: 'formats without Node',
    about: 'readers and writers of file formats are pure: formats/tsconfig.json',
    command: tsc('-p', 'formats'),
    seconds: 2,
    help: 'Hand it in from above.',
  },
  {
    name: 'compiler in a machine without Node',
    about: 'the compiler in a machine compiles without the types of Node: sdk/toolchain/machine/tsconfig.json',
    command: tsc('-p', 'sdk/toolchain/machine'),
    seconds: 2,
    help: 'Hand it in from sdk/toolchain/debian.',
  },
  {
    name: 'emulator without Node',
    about: 'the emulator but its hosts compiles without the types of Node: emulator/tsconfig.json',
    command: tsc('-p', 'emulator', '--incremental', '--tsBuildInfoFile', 'dist/check/emulator.json'),
    seconds: 8,
    help: 'Hand it in from a host, or use what web workers have too.',
  },
  {
    name: 'page',
    about: "what runs in JupyterLite's page and its workers: page/tsconfig.json",
    command: tsc('-p', 'page'),
    configuration: 'page/tsconfig.json',
    seconds: 6,
    help: 'Mend the types.',
  },
  {
    name: 'kernel of a page',
    about: 'the kernel with the library of web workers: kernel/host-web/tsconfig.json',
    command: tsc('-p', 'kernel/host-web'),
    configuration: 'kernel/host-web/tsconfig.json',
    seconds: 15,
    help: 'Mend the types, or use what web workers have too.',
  },
  {
    name: 'AssemblyScript',
    about: 'the core, as editors see it: emulator/core/tsconfig.json',
    command: node('scripts/check-assemblyscript.mjs'),
    seconds: 3,
    help: 'Mend the types; `npm run build` tells what the AssemblyScript compiler thinks.',
  },
  {
    name: 'layout of C',
    about: 'clang-format: .clang-format',
    command: clangFormat('--dry-run', '--Werror'),
    fix: clangFormat('-i'),
    configuration: '.clang-format',
    missing: () =>
      !existsSync(clangFormat()[0]) && 'the pinned clang-format is not here: `npm run peers` brings it, where python3 with venv and pip is',
    seconds: 1,
    help: '`npm run check -- --fix` lays them out.',
  },
].filter(({ configuration }) => configuration === undefined || existsSync(join(root, configuration)));
