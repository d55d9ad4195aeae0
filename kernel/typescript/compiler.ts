/**
 * TypeScript as tslab's converter wants it: today's, in place of the fork of 5.0 that it names. The fork exports a few
 * functions more than TypeScript does; they are here, made of what TypeScript has.
 */
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { cellOptions } from './compiler-options.js';
import { DISPLAY_DECLARATION } from './display-declaration.js';
import { internals, programInternals } from './internals.js';
import { LibraryFiles } from './library-files.js';
import { quickInfo } from './quick-info.js';
import { RareTypes } from './rare-types.js';
import { isReaders, WatchedFiles } from './watched-files.js';

/** What tslab calls the file of a cell. */
const CELL_FILE = '__tslab__.ts';
/** Messages that say nothing to the author of a cell: it is no file of a project. */
const NOT_FOR_CELLS = new Set([
  6059, // a file is not under rootDir
  7016, // no types for a JavaScript module
]);

type BuilderProgram = ts.BuilderProgram;
type WatchHost = ts.WatchCompilerHostOfFilesAndCompilerOptions<BuilderProgram> & { afterProgramCreate?(program: BuilderProgram): void };

/** What the converter's last program was made of. */
class CurrentProgram {
  readonly files = new WatchedFiles();
  readonly rare = new RareTypes();
  readonly library = new LibraryFiles();
  program: ts.Program | undefined;

  /** Lets go of all that was read. */
  forget(): void {
    this.program = undefined;
    this.rare.forget();
    this.library.forget();
  }

  /** The cell as it was converted, completed or inspected last. */
  get cell(): ts.SourceFile | undefined {
    return this.program?.getSourceFiles().find(({ fileName }) => fileName.endsWith(`/${CELL_FILE}`));
  }
}

/** The one converter of this process works on this. */
export const current = new CurrentProgram();

/** Files of the reader that cells import. */
const importedFiles = (program: ts.Program): ts.SourceFile[] =>
  program.getSourceFiles().filter((file) => !file.isDeclarationFile && !program.isSourceFileFromExternalLibrary(file));

/** The builder as the converter uses it. It emits cells alone: what they import is compiled when it is loaded. */
function forConverter(builder: BuilderProgram): BuilderProgram {
  const program = builder.getProgram();
  current.program = program;
  // The converter reads the names that a cell declares. All else is found out when the checker is asked.
  for (const file of importedFiles(program)) internals.bindSourceFile(file, program.getCompilerOptions());
  return Object.assign(Object.create(builder) as BuilderProgram, {
    getAllDependencies: (file: ts.SourceFile) => [file.fileName, ...importedFiles(program).map(({ fileName }) => fileName)],
    emit(
      file: ts.SourceFile | undefined,
      write: ts.WriteFileCallback | undefined,
      token: ts.CancellationToken | undefined,
      _onlyDeclarations: boolean | undefined,
      transformers: ts.CustomTransformers | undefined,
    ): ts.EmitResult {
      if (!file?.fileName.endsWith(`/${CELL_FILE}`)) return { emitSkipped: false, diagnostics: [] };
      // A type that cannot be written down, such as that of a class expression with private members, must not stop a cell.
      return programInternals(program).emit(file, write, token, false, transformers, true);
    },
  });
}

function createWatchCompilerHost(
  rootFiles: string[],
  options: ts.CompilerOptions,
  system: ts.System,
  _create: undefined,
  reportDiagnostic: ts.DiagnosticReporter,
  reportStatus: ts.WatchStatusReporter,
): WatchHost {
  const { noImplicitUseStrict: _gone, disableTopLevelAwait: _forks, ...kept } = options as ts.CompilerOptions & Record<string, unknown>;
  const folder = system.getCurrentDirectory();
  const display = join(folder, 'node_modules', 'tslab', 'index.d.ts').split('\\').join('/');
  const all: ts.CompilerOptions = { ...(kept as ts.CompilerOptions), ...cellOptions(folder) };
  const own = Object.assign(Object.create(system) as ts.System, {
    readFile: (path: string, encoding?: string) =>
      path === display ? DISPLAY_DECLARATION : (current.rare.textOf(path) ?? system.readFile(path, encoding)),
    fileExists: (path: string) => path === display || system.fileExists(path),
  });
  const create: ts.CreateProgram<BuilderProgram> = (names, settings, compilerHost, ...rest) => {
    if (compilerHost) current.library.offer(compilerHost);
    return ts.createAbstractBuilder(names, settings, compilerHost, ...rest);
  };
  const host: WatchHost = ts.createWatchCompilerHost(rootFiles, all, own, create, reportDiagnostic, reportStatus);
  // See documentation.ts.
  host.jsDocParsingMode = ts.JSDocParsingMode.ParseNone;
  const shared = ts.createModuleResolutionCache(folder, (name) => name, all);
  host.resolveModuleNameLiterals = (literals, containing, redirected, _options, file) =>
    literals.map((literal) => {
      if (literal.text === 'tslab') {
        return { resolvedModule: { resolvedFileName: display, extension: ts.Extension.Dts, isExternalLibraryImport: true } };
      }
      // Node's own declarations declare what they import: no file is looked for.
      if (isBuiltin(literal.text) && current.rare.isOfNode(containing)) return { resolvedModule: undefined };
      current.rare.imported(literal.text, containing);
      const mode = ts.getModeForUsageLocation(file, literal, all);
      // A file that was not there for the last cell may have been written since.
      return ts.resolveModuleName(literal.text, containing, all, own, isReaders(containing) ? undefined : shared, redirected, mode);
    });
  host.hasInvalidatedResolutions = (path) => isReaders(path);
  return host;
}

function createWatchProgram(host: WatchHost): unknown {
  const created = host.afterProgramCreate?.bind(host);
  host.afterProgramCreate = (builder) => created?.(forConverter(builder));
  return ts.createWatchProgram(host);
}

function getPreEmitDiagnosticsOfFiles(program: ts.Program, files: readonly ts.SourceFile[]): ts.Diagnostic[] {
  return files
    .filter((file) => !file.isDeclarationFile)
    .flatMap((file) => {
      const syntax = program.getSyntacticDiagnostics(file);
      return syntax.length > 0 ? [...syntax] : [...program.getSemanticDiagnostics(file)];
    })
    .filter(({ code }) => !NOT_FOR_CELLS.has(code));
}

const system = Object.assign(Object.create(ts.sys) as ts.System, {
  watchFile: (path: string, callback: ts.FileWatcherCallback) => {
    current.rare.watch(path, callback);
    return current.files.watch(path, callback);
  },
  watchDirectory: () => ({ close: () => undefined }),
});

/** Where completion looks for what could be imported. */
const files = Object.assign(Object.create(ts.sys) as object, { useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames });

/**
 * What tslab's converter gets where it requires the fork: the build sees to that (scripts/bundles.mjs).
 * @public
 */
export const compiler = {
  ...ts,
  __esModule: true,
  sys: system,
  createWatchCompilerHost,
  createWatchProgram,
  getPreEmitDiagnosticsOfFiles,
  getNullTransformationContext: () => internals.nullTransformationContext,
  /** The folders of types are among the options of cells. */
  getDefaultTypeRoots: () => [],
  getQuickInfoAtPosition: quickInfo,
  Completions: {
    ...internals.Completions,
    getCompletionsAtPositionForTslab: (_host: object, ...rest: unknown[]) =>
      internals.Completions.getCompletionsAtPosition(files, ...rest.slice(0, 8), undefined),
  },
  /** The converter turns its own output into CommonJS; here it stays as it is, and `script.ts` makes it ready to run. */
  transpileModule: (code: string) => ({ outputText: code }),
};
