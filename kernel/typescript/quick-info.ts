import ts from 'typescript';
import { readDocumentation } from './documentation.js';
import { internals, NEVER_CANCELLED } from './internals.js';

/** What is known of the name at a position: its type and documentation. Undefined where there is no name. */
export function quickInfo(file: ts.SourceFile, checker: ts.TypeChecker, _token: unknown, position: number): ts.QuickInfo | undefined {
  const { getTouchingPropertyName, getContainerNode, typeToDisplayParts, SymbolDisplay } = internals;
  const node = getTouchingPropertyName(file, position);
  if (!ts.isIdentifier(node) && !ts.isPrivateIdentifier(node) && node.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
  const start = node.getStart(file);
  const found = { kind: ts.ScriptElementKind.unknown, kindModifiers: '', textSpan: { start, length: node.end - start } };
  const enclosing = getContainerNode(node);
  const symbol = checker.getSymbolAtLocation(node);
  if (symbol) {
    readDocumentation(symbol, checker);
    return { ...found, ...SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(checker, symbol, file, enclosing, node) };
  }
  return { ...found, displayParts: typeToDisplayParts(checker, checker.getTypeAtLocation(node), enclosing) };
}

/** The signatures of the call whose parentheses the position is in, in TypeScript, the one that fits best first; with what they document. */
export function signatures(program: ts.Program, file: ts.SourceFile, position: number): { text: string; documentation: string }[] {
  readCalled(program.getTypeChecker(), file, position);
  const help = internals.SignatureHelp.getSignatureHelpItems(program, file, position, undefined, NEVER_CANCELLED);
  if (!help) return [];
  const best = help.items[help.selectedItemIndex];
  const items = best ? [best, ...help.items.filter((item) => item !== best)] : help.items;
  return items.map((item) => {
    const text = [
      ts.displayPartsToString(item.prefixDisplayParts),
      item.parameters
        .map(({ displayParts }) => ts.displayPartsToString(displayParts))
        .join(ts.displayPartsToString(item.separatorDisplayParts)),
      ts.displayPartsToString(item.suffixDisplayParts),
    ].join('');
    const parameters = item.parameters
      .map(({ name, documentation }) => [name, ts.displayPartsToString(documentation)] as const)
      .filter(([, words]) => words !== '')
      .map(([name, words]) => `${name}: ${words}`);
    return { text, documentation: [ts.displayPartsToString(item.documentation), ...parameters].filter(Boolean).join('\n') };
  });
}

/** Reads the documentation of what the calls around a position call. */
function readCalled(checker: ts.TypeChecker, file: ts.SourceFile, position: number): void {
  let node = internals.findPrecedingToken(position, file);
  for (; node; node = node.parent as ts.Node | undefined) {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) continue;
    const called = node.expression;
    const symbol = checker.getSymbolAtLocation(ts.isPropertyAccessExpression(called) ? called.name : called);
    if (symbol) readDocumentation(symbol, checker);
  }
}
