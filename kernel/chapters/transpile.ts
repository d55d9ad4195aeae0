import { readFileSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type TypeScript from 'typescript';
import { type Diagnostic, DiagnosticError } from '../../sdk/diagnostic.js';
import { packageRoot } from '../../sdk/root.js';
import { isInside } from '../session/folders.js';

/** A file of a kit, as JavaScript that Node's `require` takes. */
export interface TranspiledFile {
  /** Absolute path of what the author wrote. */
  source: string;
  /** Path of the result, relative to the folder of the chapter. */
  target: string;
  content: string;
}

/** The code of this package that kits import, by the names that they import it by. */
const LIBRARIES: Readonly<Record<string, string>> = {
  'virtbook/kernel': join('dist', 'kernel', 'library.js'),
  'virtbook/tasks': join('dist', 'kernel', 'tasks', 'library.js'),
  'virtbook/emulator': join('dist', 'emulator', 'library.js'),
};

/**
 * Turns a module and all that it imports by relative paths into CommonJS.
 * @param folder of the chapter; everything that is imported by a relative path is in it
 * @throws DiagnosticError with file and line of what is no TypeScript, or cannot be found
 */
export function transpile(module: string, folder: string): TranspiledFile[] {
  // Loaded when it is needed: it is large.
  const ts = createRequire(__filename)('typescript') as typeof TypeScript;
  const done = new Map<string, TranspiledFile>();
  const waiting = [module];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (done.has(file)) continue;
    const unit = new Unit(ts, file, folder);
    done.set(file, unit.result());
    waiting.push(...unit.imported);
  }
  return [...done.values()];
}

/** One file on its way to JavaScript. */
class Unit {
  /** Absolute paths of the files that it imports from its chapter. */
  readonly imported: string[] = [];
  private readonly text: string;
  private readonly complaints: Diagnostic[] = [];

  constructor(
    private readonly ts: typeof TypeScript,
    private readonly file: string,
    private readonly folder: string,
  ) {
    this.text = readFileSync(file, 'utf8');
  }

  result(): TranspiledFile {
    const target = relative(this.folder, this.file).split(sep).join('/');
    if (this.file.endsWith('.json')) return { source: this.file, target, content: this.text };
    const { ts } = this;
    const { outputText, sourceMapText, diagnostics } = ts.transpileModule(this.text, {
      fileName: this.file,
      reportDiagnostics: true,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.CommonJS,
        esModuleInterop: true,
        sourceMap: true,
        allowJs: true,
      },
      transformers: { after: [this.resolveRequires] },
    });
    for (const { start, length, messageText } of diagnostics ?? []) {
      this.complain(start ?? 0, length ?? 1, ts.flattenDiagnosticMessageText(messageText, ' '));
    }
    if (this.complaints.length > 0) throw new DiagnosticError('KitError', this.complaints);
    return { source: this.file, target: asJavaScript(target), content: withSourceMap(outputText, sourceMapText, this.file) };
  }

  /** What is required gets the path that it has where the result is kept. */
  private readonly resolveRequires: TypeScript.TransformerFactory<TypeScript.SourceFile> = (context) => {
    const { ts } = this;
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'require') {
        return ts.visitEachChild(node, visit, context);
      }
      const [name] = node.arguments;
      if (!name || !ts.isStringLiteral(name)) return node;
      return ts.factory.updateCallExpression(node, node.expression, undefined, [ts.factory.createStringLiteral(this.required(name.text))]);
    };
    return (file) => ts.visitNode(file, visit) as TypeScript.SourceFile;
  };

  private required(name: string): string {
    if (name.startsWith('.')) return this.requiredFile(name);
    const library = LIBRARIES[name];
    if (library !== undefined) return join(packageRoot(), library);
    if (isBuiltin(name)) return name;
    try {
      return createRequire(this.file).resolve(name);
    } catch {
      const hint = name.startsWith('virtbook')
        ? `import from ${Object.keys(LIBRARIES).join(' or ')}`
        : 'install it in a folder above, or correct the name';
      this.complainAbout(name, `there is no package ${name}`, hint);
      return name;
    }
  }

  private requiredFile(name: string): string {
    const wanted = resolve(dirname(this.file), name);
    const stem = wanted.replace(/\.js$/, '');
    const found = [wanted, `${stem}.ts`, `${wanted}.ts`, `${wanted}.js`, join(wanted, 'index.ts'), join(wanted, 'index.js')].find(isFile);
    if (found === undefined) {
      this.complainAbout(name, `there is no file ${name} beside it`, 'correct the path: it is relative to this file');
      return name;
    }
    if (!isInside(this.folder, found)) {
      this.complainAbout(name, `${name} is outside the folder of the chapter`, 'move it into the folder: everything of a chapter is in it');
      return name;
    }
    this.imported.push(found);
    const path = asJavaScript(relative(dirname(this.file), found).split(sep).join('/'));
    return path.startsWith('.') ? path : `./${path}`;
  }

  /** Complains about an import, by the first place that has its name in quotes. */
  private complainAbout(name: string, message: string, hint: string): void {
    const at = Math.max(0, this.text.search(new RegExp(`['"]${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}['"]`)));
    this.complain(at, name.length + 2, message, hint);
  }

  private complain(start: number, length: number, message: string, hint?: string): void {
    const before = this.text.slice(0, start).split('\n');
    const line = before.length;
    const column = (before.at(-1)?.length ?? 0) + 1;
    const sourceLine = this.text.split(/\r?\n/)[line - 1] ?? '';
    const within = Math.max(1, Math.min(length, sourceLine.length - column + 1));
    this.complaints.push({
      severity: 'error',
      file: this.file,
      line,
      column,
      length: within,
      message,
      sourceLine,
      ...(hint !== undefined && { hint }),
    });
  }
}

const asJavaScript = (path: string): string => path.replace(/\.ts$/, '.js');

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The same code; where it fails, Node names the author's file and line. */
function withSourceMap(code: string, map: string | undefined, source: string): string {
  if (map === undefined) return code;
  const mapped = { ...(JSON.parse(map) as object), sources: [source], sourceRoot: '' };
  const encoded = Buffer.from(JSON.stringify(mapped)).toString('base64');
  return `${code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '')}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}
