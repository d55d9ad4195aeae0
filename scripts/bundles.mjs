// Programs of dist/ that hold npm packages inside. What is bundled need not be installed: these packages are devDependencies.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, buildSync } from 'esbuild';
import { licenceTexts, manifestOf } from './licences.mjs';

/** An esbuild plugin: for the modules that are named, CommonJS code of `folder` in their place. */
const inPlaceOf = (folder, modules) => ({
  name: 'in place of',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path }) => (path in modules ? { path, namespace: 'in-place-of' } : undefined));
    build.onLoad({ filter: /./, namespace: 'in-place-of' }, ({ path }) => ({ contents: modules[path], resolveDir: folder }));
  },
});

/** What tslab gets where it requires its own fork of TypeScript. */
const TSLABS_COMPILER = { '@tslab/typescript-for-tslab': "module.exports = require('./compiler.js').compiler;" };

/** The compiler, in a program that finds no packages. */
const BUILT_COMPILER = {
  typescript: "const load = require('./load-compiler.js'); module.exports = load.runCompiler(load.compileCompiler(load.compilerSource()));",
};

/** Files of dist/ that swallow the packages which they import, but for `external`, and what is `inPlace` of some. */
const WITH_PACKAGES = [
  // Of highlight.js's languages a page needs six, of 10 MB 0.1.
  { file: 'kernel/notebook/highlight.js' },
  // Of tslab its converter is in it. TypeScript has its declarations of the standard library in files.
  { file: 'kernel/typescript/child.js', external: ['typescript'], inPlace: TSLABS_COMPILER },
  // Such a program is no module.
  { file: 'kernel/typescript/snapshot-program.js', format: 'iife', inPlace: { ...TSLABS_COMPILER, ...BUILT_COMPILER } },
];

/** Windows would keep the time of the file, and a build removes what is older than itself. */
const copy = (from, to) => writeFileSync(to, readFileSync(from));

/** The folders, below the root, of the npm packages that a bundle was made of. */
const packagesIn = (metafile) =>
  Object.keys(metafile.inputs)
    .map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter((folder) => folder !== undefined);

/**
 * A machine is up sooner when its threads load a file each, and not a hundred. They are made of the sources, whose modules
 * become one scope: a constant of another file is a variable then, and not a property that is looked up.
 */
export function bundleThreads(root) {
  const folder = join('emulator', 'host-node');
  buildSync({
    entryPoints: ['worker', 'translation-worker'].map((name) => join(root, folder, `${name}.ts`)),
    outdir: join(root, 'dist', folder),
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'error',
  });
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

/** Node's modules as a page has them: files of kernel/host-web/node/, and npm packages. */
const IN_A_PAGE = {
  'node:buffer': 'buffer',
  'node:child_process': 'child-process.ts',
  'node:crypto': 'crypto.ts',
  'node:events': 'events.ts',
  'node:fs': 'memfs',
  'node:fs/promises': 'fs-promises.ts',
  'node:module': 'module.ts',
  'node:net': 'net.ts',
  'node:os': 'os.ts',
  'node:path': 'path-browserify',
  'node:stream/promises': 'stream-promises.ts',
  'node:stream': 'stream.ts',
  'node:timers/promises': 'timers-promises.ts',
  'node:url': 'url.ts',
  'node:util': 'util.ts',
  'node:zlib': 'zlib.ts',
  pngjs: './node_modules/pngjs/browser.js',
};

/** The kernel and its cells for a page's workers: modules that find what they load by their own address. */
export async function bundlePageKernel(root) {
  const web = join(root, 'kernel', 'host-web');
  const { metafile } = await build({
    entryPoints: { kernel: join(web, 'kernel.ts'), cells: join(web, 'cells', 'worker.ts') },
    outdir: join(root, 'dist', 'kernel', 'host-web'),
    absWorkingDir: root,
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    inject: [join(web, 'node', 'globals.ts')],
    // Where the package is in the file system of the page, and how deep below it code is.
    define: { __dirname: '"/virtbook/dist/sdk/build"', __filename: '"/virtbook/dist/sdk/build/page.js"', global: 'globalThis' },
    plugins: [
      {
        name: 'page',
        setup(build) {
          build.onResolve({ filter: /^(node:.*|pngjs)$/ }, ({ path, kind }) => {
            const file = IN_A_PAGE[path];
            if (file === undefined) return { path, namespace: 'absent' };
            return file.endsWith('.ts') ? { path: join(web, 'node', file) } : build.resolve(file, { kind, resolveDir: root });
          });
          // What a page has nothing for may be imported, and says so where it is used.
          build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
            contents: `module.exports = new Proxy({}, { get(_, name) { if (name === '__esModule') return undefined; throw new Error(${JSON.stringify(`a page has no ${path}`)}); } });`,
          }));
          // A site has it as a module beside these.
          build.onResolve({ filter: /^typescript$/ }, () => ({ path: './typescript.js', external: true }));
          // Sockets and signals, and programs.
          for (const [folder, name, instead] of [
            [join('kernel', 'core'), 'run', 'run-kernel.ts'],
            [join('sdk', 'toolchain'), 'find', 'find-toolchain.ts'],
          ]) {
            build.onResolve({ filter: new RegExp(`/${name}\\.js$`) }, ({ path, resolveDir }) =>
              join(resolveDir, path) === join(root, folder, `${name}.js`) ? { path: join(web, 'node', instead) } : undefined,
            );
          }
        },
      },
    ],
    minifyWhitespace: true,
    minifySyntax: true,
    metafile: true,
    logLevel: 'error',
  });
  return packagesIn(metafile);
}

/** The service worker of a site without JupyterLite. */
function bundleServiceWorker(root) {
  buildSync({
    entryPoints: [join(root, 'kernel', 'host-web', 'service-worker.ts')],
    outfile: join(root, 'dist', 'kernel', 'host-web', 'service-worker.js'),
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    minify: true,
    logLevel: 'error',
  });
}

/** What runs in a page itself: JupyterLite's extension, and the script of light pages. See page/README.md. */
export async function bundlePage(root) {
  const { metafile } = await build({
    entryPoints: ['remote', 'light'].map((name) => join(root, 'page', `${name}.ts`)),
    outdir: join(root, 'dist', 'page'),
    absWorkingDir: root,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    alias: { 'node:util': join(root, 'kernel', 'host-web', 'node', 'util.ts') },
    minify: true,
    metafile: true,
    logLevel: 'error',
  });
  return packagesIn(metafile);
}

/** The extension of JupyterLab and Notebook, as they load it: see labextension/README.md. */
export function bundleLabExtension(root) {
  const folder = join(root, 'dist', 'labextension');
  rmSync(folder, { recursive: true, force: true });
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'labextension', 'remote.ts')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    minify: true,
    logLevel: 'error',
  });
  const { contents } = outputFiles[0];
  // Browsers keep a file for long: another version has another name.
  const load = `static/remoteEntry.${createHash('sha256').update(contents).digest('hex').slice(0, 20)}.js`;
  mkdirSync(join(folder, 'static'), { recursive: true });
  writeFileSync(join(folder, load), contents);
  const { version, description, license } = manifestOf(root);
  const jupyterlab = { extension: true, outputDir: '.', _build: { load, extension: './extension' } };
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ name: 'virtbook', version, description, license, jupyterlab }, undefined, 2)}\n`,
  );
}

/** TypeScript's compiler, smaller: it is read and parsed whenever the process of the cells starts. See compiler-code.ts. */
function minifyCompiler(root) {
  buildSync({
    entryPoints: [join(root, 'node_modules', 'typescript', 'lib', 'typescript.js')],
    outfile: join(root, 'dist', 'kernel', 'typescript', 'typescript.js'),
    // It requires only what Node has, and `source-map-support` where that is installed.
    bundle: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
  });
}

/** Bundles the programs with packages inside, and writes the licences of these packages beside them. */
export async function bundlePackages(root) {
  const folders = new Set();
  for (const { file, format = 'cjs', external = [], inPlace = {} } of WITH_PACKAGES) {
    const path = join(root, 'dist', file);
    const { metafile } = await build({
      entryPoints: [path],
      outfile: path,
      absWorkingDir: root,
      allowOverwrite: true,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format,
      external,
      plugins: [inPlaceOf(dirname(path), inPlace)],
      metafile: true,
      logLevel: 'error',
    });
    for (const folder of packagesIn(metafile)) folders.add(folder);
  }
  for (const folder of [...(await bundlePageKernel(root)), ...(await bundlePage(root))]) folders.add(folder);
  bundleServiceWorker(root);
  minifyCompiler(root);
  // The processor's core has a little of AssemblyScript's library inside.
  const bundled = [...folders, 'node_modules/assemblyscript'].sort();
  mkdirSync(join(root, 'dist', 'check'), { recursive: true });
  writeFileSync(join(root, 'dist', 'check', 'bundled.json'), JSON.stringify(bundled));
  // TypeScript is in it once more, as itself: what is shipped is named once.
  const text = licenceTexts([...bundled, 'node_modules/typescript'].map((folder) => join(root, folder)));
  writeFileSync(join(root, 'dist', 'THIRD-PARTY-LICENCES.txt'), text);
}
