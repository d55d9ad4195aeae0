import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoreModules } from '../cpu/processor-interfaces.js';
import { prepareEngine } from './engine.js';

/** The built modules, wherever this file runs from: `dist/`, or the sources under a test runner. */
function modulesFolder(): string {
  const built = join(__dirname, '..', 'wasm-modules');
  return __filename.endsWith('.ts') ? join(__dirname, '..', '..', 'dist', 'emulator', 'wasm-modules') : built;
}

/** Who translates code: this build, on this engine. Code of any other is not to be executed. */
export function codeMaker({ features }: CoreModules): string {
  const build = readFileSync(join(modulesFolder(), 'build-id'), 'utf8');
  return [build, process.versions.v8, process.arch, JSON.stringify(features)].join(' ');
}

/** Compiles the processor's modules. Throws when the package has not been built. */
export function loadCoreModules(): CoreModules {
  const features = prepareEngine();
  const load = (name: string): WebAssembly.Module => {
    const path = join(modulesFolder(), name);
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      throw new Error(`the processor has not been built: run 'npm run build' (${(error as Error).message})`);
    }
    return new WebAssembly.Module(bytes);
  };
  return { runtime: load('runtime.wasm'), interpreter: load('interpreter.wasm'), features };
}
