/** Names in JavaScript: what they refer to. */
import ts from 'typescript';
import type { NamesIn } from './internals.js';

/** A file has none. */
const parentOf = (node: ts.Node): ts.Node | undefined => node.parent;

/** The node that declares the name for the place of `node`: a function, a block, the file. Undefined for a global name. */
export function scopeOf(node: ts.Node, name: string): ts.Node | undefined {
  for (let at: ts.Node | undefined = node.parent; at; at = parentOf(at)) {
    if ((at as NamesIn).locals?.has(name)) return at;
    // Functions and classes know themselves by their own name, whatever becomes of the variable.
    if ((ts.isFunctionExpression(at) || ts.isClassLike(at)) && at.name?.text === name && at.name !== node) return at;
    if (ts.isFunctionLike(at) && !ts.isArrowFunction(at) && name === 'arguments') return at;
  }
  return undefined;
}

/** Nodes whose `name` is not a reference to a value. */
function names(parent: ts.Node, node: ts.Identifier): boolean {
  const named =
    ts.isPropertyAccessExpression(parent) ||
    ts.isMetaProperty(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isClassLike(parent) ||
    ts.isFunctionLike(parent);
  return named && parent.name === node;
}

/** Whether the identifier stands for a value, rather than naming a property, a label or what it declares. */
export function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (names(parent, node)) return false;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
  return !(
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isExportSpecifier(parent) ||
    ts.isShorthandPropertyAssignment(parent)
  );
}

/** The names that a pattern binds. */
export function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(element.name)));
}

/** The function that a node is in; undefined at the top of the cell. */
export function functionAround(node: ts.Node): ts.SignatureDeclaration | ts.ClassStaticBlockDeclaration | undefined {
  for (let at: ts.Node | undefined = node.parent; at; at = parentOf(at)) {
    if (ts.isFunctionLike(at) || ts.isClassStaticBlockDeclaration(at)) return at;
    // Fields are set by the constructor.
    if (ts.isPropertyDeclaration(at)) return undefined;
  }
  return undefined;
}
