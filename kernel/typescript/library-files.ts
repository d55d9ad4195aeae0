import { statSync } from 'node:fs';
import type ts from 'typescript';
import { internals } from './internals.js';
import { keptCompiler, type LibraryFile } from './kept-compiler.js';

/** The library's declarations that need not be read again. To read and bind them is most of what a first cell waits for. */
export class LibraryFiles {
  readonly files: Map<string, LibraryFile>;
  /** Those that have the files. */
  private readonly hosts = new WeakSet<ts.CompilerHost>();

  constructor(files = keptCompiler?.files ?? new Map<string, LibraryFile>()) {
    this.files = files;
    for (const [path, { size, modified }] of files) {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat?.size !== size || stat.mtimeMs !== modified) files.delete(path);
    }
  }

  /** Notes the declarations of packages in a program. @param isOther whether the compiler was given another text for a path */
  note(program: ts.Program, isOther: (path: string) => boolean): void {
    for (const file of program.getSourceFiles()) {
      const { fileName } = file;
      const stat = statSync(fileName, { throwIfNoEntry: false });
      if (!stat || !file.isDeclarationFile || !fileName.includes('/node_modules/') || isOther(fileName)) continue;
      internals.bindSourceFile(file, program.getCompilerOptions());
      // The compiler wants a version only of files that it watches.
      Reflect.deleteProperty(file, 'version');
      this.files.set(fileName, { file, size: stat.size, modified: stat.mtimeMs });
    }
  }

  /** From here on, all is read again. */
  forget(): void {
    this.files.clear();
  }

  /** From here on, the host of a program has these files. */
  offer(host: ts.CompilerHost): void {
    if (this.files.size === 0 || this.hosts.has(host)) return;
    this.hosts.add(host);
    const read = host.getSourceFile.bind(host);
    const readByPath = host.getSourceFileByPath?.bind(host);
    const find = (name: string, renew: boolean | undefined): ts.SourceFile | undefined => (renew ? undefined : this.files.get(name)?.file);
    host.getSourceFile = (name, version, onError, renew) => find(name, renew) ?? read(name, version, onError, renew);
    host.getSourceFileByPath = (name, path, version, onError, renew) =>
      find(name, renew) ?? readByPath?.(name, path, version, onError, renew);
  }
}
