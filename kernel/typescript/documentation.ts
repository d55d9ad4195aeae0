/**
 * The comments that document names. The compiler reads cells and libraries without them, which saves a fifth of its time and
 * memory; they are read, file by file, when somebody asks about a name.
 */
import ts from 'typescript';

/** A node with the comments before it, which TypeScript does not declare. */
type Documented = ts.Node & { jsDoc?: (ts.Node & { parent: ts.Node })[] };

const complete = new WeakSet<ts.SourceFile>();

/** Completes the files that declare a symbol, or what its documentation is inherited from. */
export function readDocumentation(symbol: ts.Symbol, checker: ts.TypeChecker): void {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  for (const declaration of [...(symbol.declarations ?? []), ...(target.declarations ?? [])]) {
    completeFile(declaration.getSourceFile());
    const { parent } = declaration;
    if (!ts.isClassLike(parent) && !ts.isInterfaceDeclaration(parent)) continue;
    for (const { types } of parent.heritageClauses ?? []) {
      for (const type of types) checker.getTypeAtLocation(type).symbol.declarations?.forEach((base) => completeFile(base.getSourceFile()));
    }
  }
}

function completeFile(file: ts.SourceFile): void {
  if (complete.has(file)) return;
  complete.add(file);
  const options = { languageVersion: file.languageVersion, jsDocParsingMode: ts.JSDocParsingMode.ParseAll };
  transfer(ts.createSourceFile(file.fileName, file.text, options, true), file);
}

/** The same text makes the same nodes, with comments and without. */
function transfer(from: Documented, to: Documented): void {
  if (from.jsDoc) {
    to.jsDoc = from.jsDoc;
    for (const comment of from.jsDoc) comment.parent = to;
  }
  const children: ts.Node[] = [];
  ts.forEachChild(to, (child) => void children.push(child));
  let next = 0;
  ts.forEachChild(from, (child) => {
    const other = children[next++];
    if (other) transfer(child, other);
  });
}
