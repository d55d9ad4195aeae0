import { readFileSync } from 'node:fs';
import { Memories } from '../cpu/memories.js';
import type { CoreModules } from '../cpu/processor-interfaces.js';
import { builtFile } from './built.js';
import { prepareEngine } from './engine.js';

const FOLDER = 'wasm-modules';

/** Changes with everything that the processor is made of. */
export const buildId = (): string => readFileSync(builtFile(FOLDER, 'build-id'), 'utf8');

/** Who translates code: this build, on this engine. Code of any other is not to be executed. */
export function codeMaker({ features }: Pick<CoreModules, 'features'>): string {
  return [buildId(), process.versions.v8, process.arch, JSON.stringify(features)].join(' ');
}

/** Compiles the processor's modules. Throws when the package has not been built. */
export function loadCoreModules(compile = (bytes: Uint8Array<ArrayBuffer>) => new WebAssembly.Module(bytes)): CoreModules {
  const features = prepareEngine();
  const load = (name: string): WebAssembly.Module => {
    let bytes: Buffer<ArrayBuffer>;
    try {
      bytes = readFileSync(builtFile(FOLDER, name));
    } catch (error) {
      throw new Error(`the processor has not been built: run 'npm run build' (${(error as Error).message})`, { cause: error });
    }
    return compile(bytes);
  };
  const runtime = load('runtime.wasm');
  return { runtime, interpreter: load('interpreter.wasm'), features, memories: new Memories(runtime) };
}
