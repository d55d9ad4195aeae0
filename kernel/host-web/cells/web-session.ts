/** TypeScript cells in a page: the compiler takes the types out, and the script runs here. */
import ts from 'typescript';
import type { Completeness } from '../../core/evaluator.js';
import { cellError, type CompilerMessage, compileError, INTERRUPTED } from '../../typescript/cell-errors.js';
import { CellInterrupts, waitingCalls } from '../../typescript/cell-interrupts.js';
import type { CellSession, ExecuteOutcome, SessionHost } from '../../typescript/cell-session.js';
import { completeness } from '../../typescript/completeness.js';
import type { Bundle, CellError, CompletionsFound } from '../../typescript/ipc.js';
import { boundNames } from '../../typescript/names.js';
import { toScript, type Script } from '../../typescript/script.js';
import { bundleOf } from '../../typescript/shown-values.js';
import { addCell, mapStacks } from '../../typescript/sources.js';

type CellFunction = (exports: object, runtime: object) => Promise<void>;

/** The variable that has the value of a cell's last expression. */
const LAST = 'tsLastExpr';
/** Makes the cell a module. */
const HEAD = 'export {};\n';

/** What the worker offers to the session. */
export type WebSessionHost = Pick<SessionHost, 'cell' | 'waits' | 'timers' | 'globals'>;

export class WebSession implements CellSession {
  /** The variables of all cells. */
  private readonly variables = Object.create(null) as Record<string, unknown>;
  private readonly names = new Set<string>();
  private readonly runtime: object;
  private readonly interrupts: CellInterrupts;

  /** @param modules what cells may import, by name */
  constructor(host: WebSessionHost, modules: Readonly<Record<string, object>>) {
    mapStacks();
    this.interrupts = new CellInterrupts(host);
    const load = (name: string): object => {
      const module = Object.hasOwn(modules, name) ? modules[name] : undefined;
      if (!module)
        throw new Error(
          `a page cannot import '${name}': it has no packages and files for cells. Run the chapter on your computer for that`,
        );
      return module;
    };
    this.runtime = {
      meta: {},
      load,
      import: async (name: unknown) => load(String(name)),
      default: (module: { default?: unknown }) => module.default ?? module,
      namespace: (module: object) => module,
      ...waitingCalls(host.waits),
    };
    Object.assign(this.variables, host.globals);
    for (const name of Object.keys(host.globals)) this.names.add(name);
  }

  async execute(code: string, label?: string): Promise<ExecuteOutcome> {
    const { script, messages } = compile(code, this.names);
    if (messages.length > 0 || !script) return { ok: false, error: compileError(messages, code) };
    const before = Object.fromEntries(script.declared.map((name) => [name, this.variables[name]]));
    for (const name of script.declared) Reflect.deleteProperty(this.variables, name);
    try {
      await Promise.race([this.run(script, code, label ?? 'expression'), this.interrupts.begin()]);
    } catch (thrown) {
      // A variable that the cell has not come to is what it was.
      for (const name of script.declared) if (!(name in this.variables) && this.names.has(name)) this.variables[name] = before[name];
      this.keep(script);
      const error = withoutOurs(cellError(thrown));
      if (error.ename === INTERRUPTED) this.interrupts.end();
      return { ok: false, error };
    } finally {
      this.interrupts.over();
    }
    this.keep(script);
    const value = this.variables[LAST];
    Reflect.deleteProperty(this.variables, LAST);
    return { ok: true, bundle: value === undefined || value === null ? undefined : await bundleOf(value) };
  }

  private run(script: Script, code: string, label: string): Promise<void> {
    const name = addCell(label, code, (place) => script.locate(place));
    // eslint-disable-next-line no-eval -- this is what running a cell is
    const cell = (0, eval)(`${script.code}\n//# sourceURL=${name}`) as CellFunction;
    return cell(this.variables, this.runtime);
  }

  private keep(script: Script): void {
    for (const name of script.declared) if (name !== LAST && name in this.variables) this.names.add(name);
  }

  interrupt(): void {
    this.interrupts.interrupt();
  }

  /** Names of variables; a page has no type checker. */
  complete(code: string, position: number): CompletionsFound {
    const word = /[\w$.]*$/.exec(code.slice(0, position))?.[0] ?? '';
    const parts = word.split('.');
    const last = parts.pop() ?? '';
    let owner: unknown = this.variables;
    for (const part of parts) owner = owner === undefined || owner === null ? undefined : (owner as Record<string, unknown>)[part];
    const names = parts.length === 0 ? [...this.names] : typeof owner === 'object' && owner !== null ? Object.keys(owner) : [];
    const candidates = names.filter((name) => name.startsWith(last)).sort();
    return { start: position - last.length, end: position, candidates: candidates.map((text) => ({ text, kind: 'variable' })) };
  }

  inspect(): Bundle | undefined {
    return undefined;
  }

  isComplete(code: string): Completeness {
    return completeness(code);
  }

  extend(): void {
    // Only a type checker would need it.
  }
}

/** The reader's lines of a traceback: what the engine says of this module is nobody's. */
const withoutOurs = (error: CellError): CellError => ({
  ...error,
  traceback: error.traceback.filter((line) => !/^\s+at .*\bcells\.js\b/.test(line)),
});

function compile(code: string, earlier: ReadonlySet<string>): { script: Script | undefined; messages: CompilerMessage[] } {
  const { outputText, diagnostics = [] } = ts.transpileModule(HEAD + asModule(code), {
    fileName: 'cell.ts',
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, inlineSourceMap: true },
  });
  const messages = diagnostics.map((each) => message(each));
  return { script: messages.length > 0 ? undefined : toScript(outputText, earlier), messages };
}

/** The cell with its variables exported. Its lines stay where they are. */
function asModule(code: string): string {
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const names = file.statements.flatMap(namesIn);
  const last = file.statements.at(-1);
  const start = last && ts.isExpressionStatement(last) ? last.getStart() : undefined;
  const text = start === undefined ? code : `${code.slice(0, start)}export const ${LAST} = ${code.slice(start)}`;
  return `${text}\nexport { ${[...new Set(names)].join(', ')} };`;
}

function namesIn(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) {
    return statement.name ? [statement.name.text] : [];
  }
  if (!ts.isImportDeclaration(statement) || !statement.importClause) return [];
  const { name, namedBindings } = statement.importClause;
  const bound =
    namedBindings && (ts.isNamespaceImport(namedBindings) ? [namedBindings.name] : namedBindings.elements.map((each) => each.name));
  return [...(name ? [name] : []), ...(bound ?? [])].map(({ text }) => text);
}

function message({ file, start = 0, messageText }: ts.Diagnostic): CompilerMessage {
  const { line, character } = file?.getLineAndCharacterOfPosition(start) ?? { line: 1, character: 0 };
  return { file: '', line, column: character + 1, text: ts.flattenDiagnosticMessageText(messageText, '\n') };
}
