import ts from 'typescript';

/** A statement of declarations, by the names that it declares. */
interface Declared {
  names: string[];
  text: string;
}

function statementsOf(declarations: string): Declared[] {
  const file = ts.createSourceFile('cells.d.ts', declarations, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((statement) => {
    if (!ts.isVariableStatement(statement)) {
      const name = (statement as { name?: ts.Node }).name;
      return [{ names: name && ts.isIdentifier(name) ? [name.text] : [], text: statement.getText() }];
    }
    const keyword = ['let', 'const', 'var'].find((word) => new RegExp(`^(?:export\\s+|declare\\s+)*${word}\\b`).test(statement.getText()));
    return statement.declarationList.declarations.map((declaration) => ({
      names: [declaration.name.getText()],
      text: `declare ${keyword ?? 'let'} ${declaration.getText()};`,
    }));
  });
}

/**
 * The declarations after a cell that has failed.
 * @param before declarations that it found
 * @param after those that there would be if it had ended well
 * @param declared names of its variables
 * @param there those of them that it has come to
 */
export function keptDeclarations(before: string, after: string, declared: readonly string[], there: readonly string[]): string {
  const missing = new Set(declared.filter((name) => !there.includes(name)));
  if (missing.size === 0) return after;
  const isMissing = ({ names }: Declared): boolean => names.some((name) => missing.has(name));
  const kept = statementsOf(after).filter((statement) => !isMissing(statement));
  const earlier = statementsOf(before).filter(isMissing);
  return [...kept, ...earlier].map(({ text }) => `${text}\n`).join('');
}
