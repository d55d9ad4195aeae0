/**
 * Makes of the module that tslab's converter emits a function that can be called again and again: its variables live in
 * `exports`, where cells before and after it find them; imports become calls; it can be interrupted where it waits.
 */
import { SourceMap } from 'node:module';
import ts from 'typescript';
import { Edits, type EditedText } from './edits.js';
import { internals } from './internals.js';
import { boundNames, functionAround, isReference, scopeOf } from './names.js';

/** What the function knows this package's help by: see `CellRuntime`. */
const RUNTIME = '__cell';
const PREFIX = `(async (exports, ${RUNTIME}, require, module, __filename, __dirname) => { "use strict"; `;
const SUFFIX = '\n})';
const MAP_COMMENT = /\n?\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

export interface Position {
  /** From 0. */
  line: number;
  column: number;
}

export interface Script {
  /** An expression: the function. */
  code: string;
  /** Names of the variables that the cell declares. */
  declared: string[];
  /** The place in the cell, of a place in `code`. */
  locate(place: Position): Position | undefined;
}

/**
 * @param emitted the module, with its source map in a comment
 * @param earlier names that cells before have declared
 */
export function toScript(emitted: string, earlier: ReadonlySet<string>): Script {
  const map = MAP_COMMENT.exec(emitted)?.[1];
  const js = emitted.replace(MAP_COMMENT, '');
  const rewriter = new Rewriter(js, earlier);
  const edited = rewriter.rewrite();
  const payload =
    map === undefined ? undefined : (JSON.parse(Buffer.from(map, 'base64').toString()) as ConstructorParameters<typeof SourceMap>[0]);
  const sourceMap = payload && new SourceMap(payload);
  return {
    code: `${PREFIX}${edited.text}${SUFFIX}`,
    declared: [...rewriter.declared],
    locate: (place) => sourceMap && locate(place, edited, sourceMap),
  };
}

function locate({ line, column }: Position, edited: EditedText, map: SourceMap): Position | undefined {
  const within = line === 0 ? column - PREFIX.length : column;
  // Of what calls the function.
  if (within < 0) return undefined;
  const before = edited.columnBefore(line, within);
  const found = map.findEntry(line, before) as { originalLine?: number; originalColumn?: number };
  if (found.originalLine === undefined || found.originalColumn === undefined) return undefined;
  // The converter puts a line before the cell that makes it a module.
  return found.originalLine < 1 ? undefined : { line: found.originalLine - 1, column: found.originalColumn };
}

class Rewriter {
  /** What the converter exports: the cell's variables. */
  readonly declared = new Set<string>();
  /** Those of them that are declared in the head of a loop, say: nothing can be put after such a declaration. */
  private readonly loose = new Set<string>();
  private readonly edits: Edits;
  private readonly file: ts.SourceFile;
  /** What comes before everything else. */
  private readonly head: string[] = [];
  private imports = 0;
  private readonly waits: boolean;

  constructor(
    private readonly js: string,
    private readonly earlier: ReadonlySet<string>,
  ) {
    this.edits = new Edits(js);
    this.file = ts.createSourceFile('cell.js', js, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
    internals.bindSourceFile(this.file, { target: ts.ScriptTarget.ESNext });
    for (const statement of this.file.statements) this.collect(statement);
    this.findLoose(this.file);
    this.waits = this.hasAwait(this.file);
  }

  rewrite(): EditedText {
    for (const statement of this.file.statements) this.visit(statement);
    if (this.loose.size > 0) {
      this.head.unshift('try {');
      this.edits.insert(this.js.length, `\n} finally { ${this.copies(this.loose)} }`);
    }
    this.edits.prepend(this.head.join(' '));
    return this.edits.apply();
  }

  private collect(statement: ts.Statement): void {
    if (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) {
      const clause = statement.exportClause;
      if (clause && ts.isNamedExports(clause)) for (const { name } of clause.elements) this.declared.add(name.text);
    }
    if (ts.isVariableStatement(statement) && isExported(statement)) {
      for (const { name } of statement.declarationList.declarations) boundNames(name).forEach((bound) => this.declared.add(bound));
    }
  }

  private findLoose(node: ts.Node): void {
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) {
      const { parent } = node;
      const placed = ts.isVariableStatement(parent) && (ts.isBlock(parent.parent) || ts.isSourceFile(parent.parent));
      if (!placed)
        for (const { name } of node.declarations)
          boundNames(name)
            .filter((bound) => this.isOurs(node, bound))
            .forEach((bound) => this.loose.add(bound));
    }
    ts.forEachChild(node, (child) => this.findLoose(child));
  }

  /** Whether a name there is a variable of the cell. */
  private isOurs(node: ts.Node, name: string): boolean {
    return this.declared.has(name) && scopeOf(node, name) === this.file;
  }

  private hasAwait(node: ts.Node): boolean {
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
    return ts.forEachChild(node, (child) => !ts.isFunctionLike(child) && this.hasAwait(child)) ?? false;
  }

  private copies(names: Iterable<string>): string {
    return [...names].map((name) => `exports.${name} = ${name};`).join(' ');
  }

  private visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node)) return this.import(node);
    if (ts.isExportDeclaration(node)) return this.edits.replace(node.getStart(), node.end, '');
    if (ts.isIdentifier(node)) return this.identifier(node);
    if (ts.isShorthandPropertyAssignment(node)) return this.shorthand(node);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      return this.edits.replace(node.getStart(), node.end, `${RUNTIME}.meta`);
    }
    if (ts.isAwaitExpression(node)) return this.wrap(node.expression, `${RUNTIME}.wait(`, ')');
    if (ts.isCallExpression(node) || ts.isTaggedTemplateExpression(node)) return this.call(node);
    if (ts.isIterationStatement(node, false)) return this.loop(node);
    ts.forEachChild(node, (child) => this.visit(child));
    this.declaration(node);
  }

  private wrap(node: ts.Node, before: string, after: string): void {
    this.edits.insert(node.getStart(), before);
    this.visit(node);
    this.edits.insert(node.end, after);
  }

  private import(node: ts.ImportDeclaration): void {
    this.edits.replace(node.getStart(), node.end, '');
    const name = `${RUNTIME}_${++this.imports}`;
    const specifier = node.moduleSpecifier.getText();
    this.head.push(`let ${name} = ${RUNTIME}.load(${specifier}); if (${RUNTIME}.isPromise(${name})) ${name} = await ${name};`);
    const clause = node.importClause;
    const bindings = clause?.namedBindings;
    const bind = (bound: string, value: string): void => void (this.declared.has(bound) && this.head.push(`exports.${bound} = ${value};`));
    if (clause?.name) bind(clause.name.text, `${RUNTIME}.default(${name})`);
    if (bindings && ts.isNamespaceImport(bindings)) bind(bindings.name.text, `${RUNTIME}.namespace(${name})`);
    if (!bindings || !ts.isNamedImports(bindings)) return;
    for (const { name: bound, propertyName } of bindings.elements) {
      const from = (propertyName ?? bound).text;
      bind(bound.text, from === 'default' ? `${RUNTIME}.default(${name})` : `${name}[${JSON.stringify(from)}]`);
    }
  }

  /** What the name has to be written as, where it is a variable of this cell or one before. */
  private stored(node: ts.Identifier): string | undefined {
    const name = node.text;
    const scope = scopeOf(node, name);
    const kept = scope === this.file ? this.declared.has(name) && !this.loose.has(name) : scope === undefined && this.earlier.has(name);
    return kept ? `exports.${name}` : undefined;
  }

  private identifier(node: ts.Identifier): void {
    const stored = isReference(node) ? this.stored(node) : undefined;
    if (stored !== undefined) this.edits.replace(node.getStart(), node.end, stored);
  }

  private shorthand(node: ts.ShorthandPropertyAssignment): void {
    const stored = this.stored(node.name);
    if (stored !== undefined) this.edits.insert(node.name.end, `: ${stored}`);
    if (node.objectAssignmentInitializer) this.visit(node.objectAssignmentInitializer);
  }

  /** A function in `exports` is no method of it. */
  private call(node: ts.CallExpression | ts.TaggedTemplateExpression): void {
    const callee = ts.isCallExpression(node) ? node.expression : node.tag;
    const bare = ts.isIdentifier(callee) && this.stored(callee) !== undefined;
    const property = ts.isPropertyAccessExpression(callee) && ts.isIdentifier(callee.expression) && callee.expression.text === 'exports';
    if (callee.kind === ts.SyntaxKind.ImportKeyword) this.edits.replace(callee.getStart(), callee.end, `${RUNTIME}.import`);
    else if (bare || property) this.wrap(callee, '(0, ', ')');
    else this.visit(callee);
    ts.forEachChild(node, (child) => (child === callee ? undefined : this.visit(child)));
  }

  private loop(node: ts.IterationStatement): void {
    const around = functionAround(node);
    const asynchronous = around ? isAsync(around) : this.waits;
    const waiting = ts.isForOfStatement(node) && node.awaitModifier ? node.expression : undefined;
    ts.forEachChild(node, (child) => {
      if (child === waiting) return this.wrap(child, `${RUNTIME}.each(`, ')');
      if (child !== node.statement || !asynchronous) return this.visit(child);
      // Signals end loops that run before a cell first waits; after that it has to look.
      const turn = `${RUNTIME}.turn(); `;
      if (!ts.isBlock(child)) return this.wrap(child, `{ ${turn}`, ' }');
      this.edits.insert(child.getStart() + 1, ` ${turn}`);
      return this.visit(child);
    });
  }

  private declaration(node: ts.Node): void {
    if (ts.isVariableStatement(node)) {
      const exported = node.modifiers?.[0];
      if (exported && isExported(node)) this.edits.replace(exported.getStart(), exported.end, '');
      const names = node.declarationList.declarations.flatMap(({ name }) => boundNames(name));
      const ours = names.filter((name) => this.isOurs(node, name) && !this.loose.has(name));
      if (ours.length > 0) this.edits.insert(node.end, ` ${this.copies(ours)}`);
    }
    if (!ts.isClassDeclaration(node) && !ts.isFunctionDeclaration(node)) return;
    const name = node.name?.text;
    if (name === undefined || node.parent !== this.file || !this.declared.has(name)) return;
    if (ts.isFunctionDeclaration(node)) this.head.push(this.copies([name]));
    else this.edits.insert(node.end, ` ${this.copies([name])}`);
  }
}

const isExported = (statement: ts.VariableStatement): boolean =>
  statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;

const isAsync = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false);
