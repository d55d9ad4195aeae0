/** tslab's converter, with today's TypeScript: it checks a cell, compiles it, and hands its declarations on to the next. */
// First, since it is what tslab finds in place of its own compiler.
import { current } from './compiler.js';
import { createConverter, type Converter, type Diagnostic } from 'tslab/dist/converter';
import { getCodeMetadata } from 'tslab/dist/metadata';
import ts from 'typescript';
import type { CompilerMessage } from './cell-errors.js';
import type { NamesIn } from './internals.js';
import type { CompletionsFound } from './ipc.js';
import { addedDeclaration, CELL_DECLARATION } from './machine-declaration.js';
import { inPlainWords } from './plain-words.js';
import { toScript, type Script } from './script.js';
import { signatures } from './quick-info.js';

export type Converted =
  | { ok: false; messages: CompilerMessage[] }
  | {
      ok: true;
      script: Script | undefined;
      /** The variable that has the value of the cell, if it has one. */
      valueName: string | undefined;
      /** What cells after this one know. */
      declarations: string;
    };

/** What is known of a name, in TypeScript, with its documentation. */
export interface Known {
  text: string;
  documentation: string;
}

export class CellConverter {
  private made: Converter | undefined;
  /** Cells that are modules for others, by their names. */
  private readonly modules = new Map<string, { code: string; jsx: boolean }>();

  /** @param added members that were added to the interface of `machine`, by now */
  constructor(private readonly added: () => readonly string[]) {
    void this.converter;
  }

  private get converter(): Converter {
    if (this.made) return this.made;
    this.made = createConverter({ isJS: false, isBrowser: false });
    for (const [name, { code, jsx }] of this.modules) this.made.addModule(name, code, jsx ? { jsx } : {});
    return this.made;
  }

  /** Gives back the library as it was read: who needs it reads it again. */
  rest(): void {
    this.made?.close();
    this.made = undefined;
    current.forget();
  }

  /** @param declarations of the cells before; empty before the first */
  convert(declarations: string, code: string, earlier: ReadonlySet<string>): Converted {
    const result = this.converted(this.known(declarations), withoutExports(code));
    if (result.diagnostics.length > 0) return { ok: false, messages: result.diagnostics.map(message) };
    const script = result.output?.trim() ? toScript(result.output, earlier) : undefined;
    const { declOutput = '', lastExpressionVar: valueName } = result;
    const names = (script?.declared ?? []).filter((name) => name !== valueName);
    return { ok: true, script, valueName, declarations: declOutput + undeclared(declOutput, names) };
  }

  private converted(known: string, code: string): ReturnType<Converter['convert']> {
    current.files.refresh();
    current.rare.prepare(known + code);
    const result = this.converter.convert(known, code);
    return current.rare.again() ? this.converted(known, code) : result;
  }

  /** The name by which others import the cell, if its comments say one by `@module`. */
  moduleName(code: string): { name: string; jsx: boolean } | undefined {
    const { module, jsx } = getCodeMetadata(code);
    return module === undefined ? undefined : { name: module, jsx: jsx ?? false };
  }

  /** A cell that others import by its name. */
  addModule(name: string, code: string, jsx: boolean): CompilerMessage[] {
    current.rare.prepare(code);
    const { converter } = this;
    this.modules.set(name, { code, jsx });
    return converter.addModule(name, code, jsx ? { jsx } : {}).map(message);
  }

  complete(declarations: string, code: string, position: number): CompletionsFound {
    current.rare.prepare(declarations + code);
    const { candidates, start, end, original } = this.converter.complete(this.known(declarations), code, position);
    const kinds = new Map(original?.entries.map(({ name, kind }) => [name, kind]));
    return { start, end, candidates: candidates.map((text) => ({ text, kind: kindOf(kinds.get(text) ?? '') })) };
  }

  /** The name at a position; where there is none, the call whose parentheses it is in. */
  inspect(declarations: string, code: string, position: number): Known[] {
    current.rare.prepare(declarations + code);
    // tslab's declaration leaves out that there may be nothing to say.
    const info = this.converter.inspect(this.known(declarations), code, position) as ts.QuickInfo | undefined;
    const text = ts.displayPartsToString(info?.displayParts);
    const documentation = ts.displayPartsToString(info?.documentation);
    if (text || documentation) return [{ text, documentation }];
    const { program, cell } = current;
    // The converter's file begins with a line of its own.
    return program && cell ? signatures(program, cell, position + cell.text.length - code.length) : [];
  }

  private known(declarations: string): string {
    return `${declarations || CELL_DECLARATION}${addedDeclaration(this.added())}`;
  }
}

/** Declarations of those variables that the compiler writes none for: what is declared by `var` in a block or a loop. */
function undeclared(declarations: string, names: readonly string[]): string {
  const missing = names.filter((name) => !new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`).test(declarations));
  const { program, cell } = current;
  if (missing.length === 0 || !program || !cell) return '';
  const checker = program.getTypeChecker();
  return missing
    .map((name) => {
      const symbol = (cell as NamesIn).locals?.get(name);
      const type = symbol && checker.typeToString(checker.getTypeOfSymbol(symbol), cell, ts.TypeFormatFlags.NoTruncation);
      return `export declare let ${name}: ${/^(?:number|string|boolean|bigint)(?:\[\])*$/.test(type ?? '') ? type : 'any'};\n`;
    })
    .join('');
}

/** Line and column count from 1 here. */
const message = ({ start, messageText, fileName }: Diagnostic): CompilerMessage => ({
  file: fileName ?? '',
  line: start.line + 1,
  column: start.character + 1,
  text: inPlainWords(messageText),
});

/** What front ends show beside a completion, where that is not TypeScript's word. */
const KINDS: Readonly<Record<string, string>> = {
  method: 'function',
  'local function': 'function',
  construct: 'function',
  var: 'variable',
  let: 'variable',
  const: 'variable',
  'local var': 'variable',
  parameter: 'variable',
  alias: 'variable',
  getter: 'property',
  setter: 'property',
  accessor: 'property',
  'primitive type': 'type',
  'external module name': 'module',
};

const kindOf = (kind: string): string => KINDS[kind] ?? (kind || 'value');

/** Everything that a cell declares is there for the next one: `export` says nothing more, and stands in the converter's way. */
function withoutExports(code: string): string {
  if (!/\bexport\b/.test(code)) return code;
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  let result = code;
  const blank = (start: number, end: number): void => {
    result = result.slice(0, start) + result.slice(start, end).replace(/[^\n]/g, ' ') + result.slice(end);
  };
  for (const statement of file.statements) {
    if (ts.isExportAssignment(statement)) blank(statement.getStart(), statement.expression.getStart());
    if (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) blank(statement.getStart(), statement.end);
    for (const modifier of ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []) {
      const { kind } = modifier;
      if (kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword) blank(modifier.getStart(), modifier.end);
    }
  }
  return result;
}
