// Builds dist/: type-checked JavaScript, the two WebAssembly modules of the processor, and the machine's threads as one file each.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });

// What the compiler learns is kept for `npm run check`, which then need not find it out again. A build itself starts from
// nothing: esbuild, below, puts its own files in the place of some of the compiler's.
const learned = 'dist/check/types.json';
rmSync(join(root, learned), { force: true });
node(require.resolve('typescript/bin/tsc'), '-p', '.', '--incremental', '--tsBuildInfoFile', learned);
// What runs in a browser: without Node's types.
node(
  require.resolve('typescript/bin/tsc'),
  ...['-p', 'emulator', '--emitDeclarationOnly', '--incremental', '--tsBuildInfoFile', 'dist/check/emulator.json'],
);

const wasm = join(root, 'dist', 'emulator', 'wasm-modules');
mkdirSync(wasm, { recursive: true });
node(
  join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js'),
  'emulator/core/index.ts',
  '--outFile',
  join(wasm, 'runtime.wasm'),
  '-O3',
  '--runtime',
  'stub',
  '--importMemory',
  '--memoryBase',
  '4096',
  '--noAssert',
  '--use',
  'abort=',
  '--enable',
  'simd',
  // "Exchange of v128 values is not supported by all embeddings": the interpreter exchanges them, and is none.
  '--disableWarning',
  '112',
);
const built = (...path) => require(join(root, 'dist', ...path));
const { instructionTable } = built('emulator', 'cpu', 'isa', 'index.js');
const { generateInterpreter } = built('emulator', 'cpu', 'interpreter', 'generate.js');
writeFileSync(join(wasm, 'interpreter.wasm'), generateInterpreter(instructionTable));
// A machine is up sooner when its threads load a file each, and not a hundred.
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
// For browsers: modules that import nothing, and find their workers and the processor by their own address.
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
copyFileSync(join(root, web, 'package.json'), join(root, 'dist', web, 'package.json'));
// Code that a machine keeps for its next run is good for this build alone.
const digest = createHash('sha256');
for (const file of [
  'wasm-modules/runtime.wasm',
  'wasm-modules/interpreter.wasm',
  'host-node/worker.js',
  'host-node/translation-worker.js',
]) {
  digest.update(readFileSync(join(root, 'dist', 'emulator', file)));
}
writeFileSync(join(wasm, 'build-id'), digest.digest('hex'));
// Later than every source that went in: see stale.mjs.
writeFileSync(join(root, 'dist', 'built'), '');
