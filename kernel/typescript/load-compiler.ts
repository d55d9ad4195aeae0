/** TypeScript's compiler of the build: smaller than the package's. */
import { existsSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

type ModuleFunction = (exports: unknown, require: NodeJS.Require, module: NodeModule, path: string, folder: string) => void;

/** Also in a process that makes a snapshot, whose own `require` finds nothing but what Node has. */
const requireFrom = createRequire(__filename);

/** The file, which only a build has. */
export const builtCompiler = join(__dirname, 'typescript.js');
export const hasBuiltCompiler = (): boolean => existsSync(builtCompiler);

/** The manifests of the packages that have the library's declarations. */
export const compilerPackages = (): string[] => ['typescript', '@types/node'].map((name) => requireFrom.resolve(`${name}/package.json`));

/** The compiler's program: ASCII. */
export const compilerSource = (): string => readFileSync(builtCompiler, 'latin1');

export function compileCompiler(source: string, cachedData?: Buffer): Script {
  return new Script(Module.wrap(source), { filename: builtCompiler, ...(cachedData && { cachedData }) });
}

/** Returns what it exports. */
export function runCompiler(script: Script): unknown {
  // It looks for its declarations of the standard library beside itself.
  const path = requireFrom.resolve('typescript');
  const module = new Module(path);
  (script.runInThisContext() as ModuleFunction)(module.exports, requireFrom, module, path, dirname(path));
  return module.exports;
}

/** From here on, `require('typescript')` finds this. */
export function useCompiler(compiler: unknown): void {
  const path = requireFrom.resolve('typescript');
  const module = new Module(path);
  Object.assign(module, { exports: compiler, filename: path, paths: [], loaded: true });
  requireFrom.cache[path] = module;
}
