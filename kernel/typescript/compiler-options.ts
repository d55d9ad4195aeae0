/** How cells are compiled: for the Node that runs them, with the library that it has. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Libraries that TypeScript counts to a later year than 2024, each with what shows that this Node has it. */
const LATER: readonly (readonly [library: string, present: () => boolean])[] = [
  // The compiler lowers `using`, and `Symbol.dispose` is in every Node that runs this.
  ['esnext.disposable', () => true],
  ['esnext.decorators', () => true],
  ['esnext.array', () => 'fromAsync' in Array],
  ['esnext.collection', () => 'union' in Set.prototype],
  ['esnext.iterator', () => 'Iterator' in globalThis],
  ['esnext.promise', () => 'try' in Promise],
  ['esnext.float16', () => 'f16round' in Math],
  ['esnext.error', () => 'isError' in Error],
];

/** The folder that holds `node/`, the types of Node that come with this package. */
export function nodeTypes(): string {
  return dirname(dirname(createRequire(__filename).resolve('@types/node/package.json')));
}

/** Folders `node_modules/@types` from `folder` upwards, nearest first. */
function typeRootsOf(folder: string): string[] {
  const parent = dirname(folder);
  return [join(folder, 'node_modules', '@types'), ...(parent === folder ? [] : typeRootsOf(parent))];
}

/** Names of the packages in a folder of types. */
function packagesIn(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** Options for cells that work in `folder`. What the reader has installed there is found before what comes with this package. */
export function cellOptions(folder: string): ts.CompilerOptions {
  const ours = nodeTypes();
  const roots = typeRootsOf(folder).filter((root) => root !== ours);
  const names = roots.flatMap((root) => packagesIn(root));
  return {
    target: ts.ScriptTarget.ES2024,
    lib: ['es2024', ...LATER.filter(([, present]) => present()).map(([library]) => library)].map((library) => `lib.${library}.d.ts`),
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    typeRoots: [...roots, ours],
    types: [...new Set([...names, 'node'])],
    // Nobody replaces a library by a package of that name, and to look for each takes as long as to read some.
    libReplacement: false,
    inlineSourceMap: true,
    checkJs: false,
  };
}

/** How a file that a cell imports becomes a module for `require`. */
export const MODULE_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.CommonJS,
  esModuleInterop: true,
  experimentalDecorators: true,
  jsx: ts.JsxEmit.React,
  allowJs: true,
  inlineSourceMap: true,
};
