// Programs of dist/ that hold npm packages inside. What is bundled need not be installed: these packages are devDependencies.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildSync } from 'esbuild';
import { licenceTexts, manifestOf } from './licences.mjs';

/** Files of dist/ that swallow the packages which they import, but for `external`. */
const WITH_PACKAGES = [
  // Of highlight.js's languages a page needs six, of 10 MB 0.1.
  { file: 'kernel/notebook/highlight.js', external: [] },
  // TypeScript has its declarations of the standard library in files; ZeroMQ is for tslab's own kernel, which does not run here.
  { file: 'kernel/typescript/child.js', external: ['@tslab/typescript-for-tslab', 'typescript', 'zeromq'] },
];

/** In tslab's converter: its folder, and where it looks for Node's declarations if the reader's folder has none. */
const TSLAB_FOLDER = 'require("path").join(__dirname, "tslab", "dist")';
const TYPE_ROOT = '(0, tspath_1.normalizeJoin)(__dirname, "..", "node_modules", "@types")';
const NODE_TYPES = 'require("path").resolve(require.resolve("@types/node/package.json"), "..", "..")';

/** tslab finds declarations by its folder. Its own are beside the program that it has become a part of, Node's are where npm puts them. */
const tslabFolder = {
  name: 'tslab-folder',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]tslab[\\/]dist[\\/]converter\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll(TYPE_ROOT, NODE_TYPES)
        .replaceAll('path_1.default.dirname(__dirname)', `path_1.default.dirname(${TSLAB_FOLDER})`),
      loader: 'js',
    }));
  },
};

/** What `import { display } from 'tslab'` in a cell is checked with. */
function copyTslabDeclarations(root) {
  const from = join(root, 'node_modules', 'tslab');
  const to = join(root, 'dist', 'kernel', 'typescript', 'tslab');
  mkdirSync(join(to, 'dist'), { recursive: true });
  for (const name of readdirSync(join(from, 'dist')).filter((each) => each.endsWith('.d.ts'))) {
    copy(join(from, 'dist', name), join(to, 'dist', name));
  }
  const { name, version, license, types } = manifestOf(from);
  writeFileSync(join(to, 'package.json'), `${JSON.stringify({ name, version, license, types })}\n`);
}

/** Windows would keep the time of the file, and a build removes what is older than itself. */
const copy = (from, to) => writeFileSync(to, readFileSync(from));

/** The folders, below the root, of the npm packages that a bundle was made of. */
const packagesIn = (metafile) =>
  Object.keys(metafile.inputs)
    .map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter((folder) => folder !== undefined);

/** A machine is up sooner when its threads load a file each, and not a hundred. */
export function bundleThreads(root) {
  for (const thread of ['worker', 'translation-worker']) {
    const file = join(root, 'dist', 'emulator', 'host-node', `${thread}.js`);
    buildSync({
      entryPoints: [file],
      outfile: file,
      allowOverwrite: true,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
    });
  }
}

/** For browsers: modules that import nothing, and find their workers and the processor by their own address. */
export function bundleForBrowsers(root) {
  const web = join('emulator', 'host-web');
  buildSync({
    entryPoints: ['index', 'worker', 'translation-worker'].map((name) => join(root, web, `${name}.ts`)),
    outdir: join(root, 'dist', web),
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'error',
  });
  copy(join(root, web, 'package.json'), join(root, 'dist', web, 'package.json'));
}

/** Bundles the programs with packages inside, and writes the licences of these packages beside them. */
export async function bundlePackages(root) {
  const folders = new Set();
  for (const { file, external } of WITH_PACKAGES) {
    const path = join(root, 'dist', file);
    const { metafile } = await build({
      entryPoints: [path],
      outfile: path,
      absWorkingDir: root,
      allowOverwrite: true,
      bundle: true,
      platform: 'node',
      target: 'node20',
      external,
      plugins: [tslabFolder],
      metafile: true,
      logLevel: 'error',
    });
    for (const folder of packagesIn(metafile)) folders.add(folder);
  }
  copyTslabDeclarations(root);
  // The processor's core has a little of AssemblyScript's library inside.
  const bundled = [...folders, 'node_modules/assemblyscript'].sort();
  mkdirSync(join(root, 'dist', 'check'), { recursive: true });
  writeFileSync(join(root, 'dist', 'check', 'bundled.json'), JSON.stringify(bundled));
  const text = licenceTexts(bundled.map((folder) => join(root, folder)));
  writeFileSync(join(root, 'dist', 'THIRD-PARTY-LICENCES.txt'), text);
}
