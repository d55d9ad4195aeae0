/** How cells are compiled: for the Node that runs them, with the library that it has. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export interface LaterLibrary {
  library: string;
  /** The first long-term line of Node that has it. */
  since: number;
  /** Whether this Node has it. */
  present: () => boolean;
}

/** Libraries that TypeScript counts to a later year than 2024. */
export const LATER: readonly LaterLibrary[] = [
  // Node's declarations have what `using` needs, which the compiler lowers.
  { library: 'esnext.disposable', since: 24, present: () => 'DisposableStack' in globalThis },
  // The compiler lowers decorators.
  { library: 'esnext.decorators', since: 20, present: () => true },
  { library: 'esnext.array', since: 22, present: () => 'fromAsync' in Array },
  { library: 'esnext.collection', since: 22, present: () => 'union' in Set.prototype },
  { library: 'esnext.iterator', since: 22, present: () => 'Iterator' in globalThis },
  { library: 'esnext.promise', since: 24, present: () => 'try' in Promise },
  { library: 'esnext.float16', since: 24, present: () => 'f16round' in Math },
  { library: 'esnext.error', since: 24, present: () => 'isError' in Error },
  // Node leaves `Atomics` out where it makes a snapshot.
  { library: 'esnext.sharedmemory', since: 24, present: () => 'Atomics' in globalThis && 'pause' in Atomics },
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
    lib: ['es2024', ...LATER.filter(({ present }) => present()).map((later) => later.library)].map((library) => `lib.${library}.d.ts`),
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
