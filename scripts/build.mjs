// Builds dist/: type-checked JavaScript, the two WebAssembly modules of the processor, and the machine's threads as one file each.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForBrowsers, bundleLabExtension, bundlePackages, bundleThreads } from './bundles.mjs';
import { noteBuilt } from './stale.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
/** What every build writes again. Files that are older afterwards come from sources that are gone. */
const outputs = ['formats', 'emulator', 'sdk', 'kernel', 'notebooks', 'test'].map((folder) => join(root, 'dist', folder));
mkdirSync(join(root, 'dist', 'check'), { recursive: true });
// By the clock of the file system, which may not be the processor's.
const mark = join(root, 'dist', 'check', 'building');
writeFileSync(mark, '');
const began = statSync(mark).mtimeMs;

// What the compiler learns is kept for `npm run check`, which then need not find it out again. A build itself starts from
// nothing: esbuild, below, puts its own files in the place of some of the compiler's.
const learned = 'dist/check/types.json';
const learnedOfEmulator = 'dist/check/emulator.json';
for (const file of [learned, learnedOfEmulator]) rmSync(join(root, file), { force: true });
node(require.resolve('typescript/bin/tsc'), '-p', '.', '--incremental', '--tsBuildInfoFile', learned);
// What runs in a browser: without Node's types.
node(
  require.resolve('typescript/bin/tsc'),
  ...['-p', 'emulator', '--emitDeclarationOnly', '--incremental', '--tsBuildInfoFile', learnedOfEmulator],
);

// What runs in JupyterLab's page.
node(require.resolve('typescript/bin/tsc'), '-p', 'labextension');

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
bundleThreads(root);
bundleForBrowsers(root);
bundleLabExtension(root);
await bundlePackages(root);
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
removeOlder(outputs);
noteBuilt(root);

function removeOlder(folders) {
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isFile() && statSync(path).mtimeMs < began) rmSync(path);
    }
  }
}
