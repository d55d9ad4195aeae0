/** What cells import: packages, and files beside the notebook, in TypeScript too. */
import { readFileSync, statSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';
import ts from 'typescript';
import { MODULE_OPTIONS } from './compiler-options.js';
import { addModule } from './sources.js';
import { isReaders } from './watched-files.js';

interface ModuleInternals {
  _extensions: Record<string, (module: NodeModule & { _compile(code: string, path: string): void }, path: string) => void>;
  _load(request: string, parent: NodeModule | undefined, isMain: boolean): unknown;
  _resolveFilename(request: string, parent: NodeModule | undefined, isMain: boolean, options?: object): string;
}
const internals = Module as unknown as ModuleInternals;

/** What `require` says of a module that only `import` can load. */
const ONLY_IMPORT = new Set(['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);
/** The property of a file's `module` that `import.meta` becomes. */
const META = 'importMeta';
const MAP_COMMENT = /\n\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;
/** A JavaScript file that can only be a module of ECMAScript. */
const MODULE_SYNTAX = /^\s*(?:import\b(?!\s*\()|export\b)/m;

/** The modules of one session. */
export class CellModules {
  /** `require` for cells. */
  readonly require: NodeRequire;
  readonly filename: string;
  /** What cells know as `module`. */
  readonly module: NodeModule;
  /** What cells read as `import.meta`. */
  readonly meta: object;
  private readonly nativeImport: (specifier: string, options?: unknown) => Promise<unknown>;
  /** Files of the reader that were loaded, and when they were changed last. */
  private readonly loaded = new Map<string, number>();
  /** Cells that are modules, by the path that they are imported by. */
  private readonly cells = new Map<string, string>();

  /**
   * @param folder that relative names start from
   * @param provided modules that are not files, by name
   */
  constructor(
    readonly folder: string,
    private readonly provided: Readonly<Record<string, object>>,
  ) {
    this.filename = join(folder, '[cell].ts');
    this.require = createRequire(this.filename);
    this.module = new Module(this.filename);
    this.meta = metaOf(this.filename, this.require);
    this.nativeImport = new Script('(specifier, options) => import(specifier, options)', {
      filename: this.filename,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }).runInThisContext() as CellModules['nativeImport'];
    this.hook();
  }

  /** The module; a promise of it where only `import` can load it. */
  load(specifier: string): unknown {
    this.forgetChanged();
    try {
      return this.require(specifier);
    } catch (error) {
      if (!ONLY_IMPORT.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return this.nativeImport(addressOf(specifier, this.require));
    }
  }

  /** What `import()` gives. */
  async import(specifier: string, options?: unknown): Promise<unknown> {
    if (/^\.{0,2}\//.test(specifier) || Object.hasOwn(this.provided, specifier)) return this.namespace(await this.load(specifier));
    return this.nativeImport(specifier, options);
  }

  /** What `import * as` gives. */
  namespace(module: unknown): unknown {
    if (isModule(module)) return module;
    return Object.assign(Object.create(null) as object, module, { default: module });
  }

  /** What `import name from` gives. */
  default(module: unknown): unknown {
    return isModule(module) ? (module as { default: unknown }).default : module;
  }

  /** Takes a cell as a module that others import by its name. */
  addCell(name: string, code: string): void {
    const path = resolve(this.folder, name);
    this.cells.set(path, code);
    this.forget(new Set([path]));
  }

  private hook(): void {
    const extensions = internals._extensions;
    const javascript = extensions['.js'];
    for (const ending of ['.ts', '.tsx', '.mts', '.cts']) {
      const before = extensions[ending];
      extensions[ending] = (module, path) => {
        if (isReaders(path) && !isOwn(path)) this.compile(module, path);
        else (before ?? javascript)?.(module, path);
      };
    }
    extensions['.js'] = (module, path) => {
      if (isReaders(path) && !isOwn(path) && MODULE_SYNTAX.test(readFileSync(path, 'utf8'))) this.compile(module, path);
      else javascript?.(module, path);
    };
    const load = internals._load.bind(internals);
    internals._load = (request, parent, isMain) =>
      Object.hasOwn(this.provided, request) ? this.provided[request] : load(request, parent, isMain);
    const resolveFilename = internals._resolveFilename.bind(internals);
    internals._resolveFilename = (request, parent, ...rest) => {
      const cell = request.startsWith('.') ? this.cellNamed(request, parent) : undefined;
      if (cell !== undefined) return cell;
      try {
        return resolveFilename(request, parent, ...rest);
      } catch (error) {
        // TypeScript may name a file by the ending that it will have.
        if (!/^\.{0,2}\/.*\.[cm]?js$/.test(request)) throw error;
        return resolveFilename(request.replace(/js$/, 'ts'), parent, ...rest);
      }
    };
  }

  private cellNamed(request: string, parent: NodeModule | undefined): string | undefined {
    const from = parent?.filename ? join(parent.filename, '..') : this.folder;
    const path = resolve(from, request);
    return [path, `${path}.ts`, `${path}.tsx`].find((candidate) => this.cells.has(candidate));
  }

  private compile(module: Parameters<ModuleInternals['_extensions'][string]>[0], path: string): void {
    this.loaded.set(path, modifiedAt(path));
    const source = this.cells.get(path) ?? readFileSync(path, 'utf8');
    const transformers = { before: [withoutImportMeta] };
    const { outputText } = ts.transpileModule(source, { fileName: path, compilerOptions: MODULE_OPTIONS, transformers });
    const map = MAP_COMMENT.exec(outputText)?.[1];
    if (map !== undefined) addModule(path, Buffer.from(map, 'base64').toString());
    Object.assign(module, { [META]: metaOf(path, createRequire(path)) });
    module._compile(outputText.replace(MAP_COMMENT, ''), path);
  }

  /** The next import reads what was changed, and what has imported it, from the file. */
  private forgetChanged(): void {
    this.forget(new Set([...this.loaded].filter(([path, at]) => !this.cells.has(path) && modifiedAt(path) !== at).map(([path]) => path)));
  }

  private forget(stale: Set<string>): void {
    if (stale.size === 0) return;
    const { cache } = this.require;
    for (let size = 0; size !== stale.size;) {
      size = stale.size;
      for (const [path, module] of Object.entries(cache)) {
        if (module?.children.some(({ filename }) => stale.has(filename))) stale.add(path);
      }
    }
    for (const path of stale) {
      this.loaded.delete(path);
      delete cache[path];
    }
  }
}

/** What `import.meta` is in the module of a file. */
function metaOf(filename: string, require: NodeRequire): object {
  const resolve = (specifier: string): string => addressOf(specifier, require);
  return { url: pathToFileURL(filename).href, filename, dirname: dirname(filename), resolve };
}

/** What `import()` can be given. */
function addressOf(specifier: string, require: NodeRequire): string {
  try {
    const path = require.resolve(specifier);
    return Module.isBuiltin(path) ? path : pathToFileURL(path).href;
  } catch {
    return specifier;
  }
}

/** A module of CommonJS has no `import.meta`: it is found in a property of `module`. */
const withoutImportMeta: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const visit = (node: ts.Node): ts.Node =>
    ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword
      ? factory.createPropertyAccessExpression(factory.createIdentifier('module'), META)
      : ts.visitEachChild(node, visit, context);
  return (file) => ts.visitEachChild(file, visit, context);
};

/** Whether a file is of this program. */
const isOwn = (path: string): boolean => path.startsWith(__dirname);

const modifiedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Whether it was a module of ECMAScript, before or after it was compiled. */
function isModule(module: unknown): boolean {
  if (module === null || (typeof module !== 'object' && typeof module !== 'function')) return false;
  return '__esModule' in module || (module as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Module';
}
