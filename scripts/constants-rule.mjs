// A rule of our own for oxlint: names of types are PascalCase, and constants of a module that are plain values are UPPER_CASE.
const UPPER_CASE = /^_?[A-Z][A-Z0-9_]*$/;
const PASCAL_CASE = /^_?[A-Z][A-Za-z0-9]*$/;

/** A number, text or truth value that is written out, or computed of such. */
function isPlain(node) {
  switch (node?.type) {
    case 'Literal':
      return ['number', 'string', 'boolean', 'bigint'].includes(typeof node.value);
    case 'TemplateLiteral':
      return true;
    case 'UnaryExpression':
      return isPlain(node.argument);
    case 'BinaryExpression':
      return isPlain(node.left) && isPlain(node.right);
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'ParenthesizedExpression':
      return isPlain(node.expression);
    // A constant in a constant.
    case 'Identifier':
      return UPPER_CASE.test(node.name);
    default:
      return false;
  }
}

const names = {
  meta: { type: 'suggestion' },
  create(context) {
    const expect = (node, pattern, style) => {
      if (!pattern.test(node.name)) context.report({ node, message: `\`${node.name}\` is written in ${style}` });
    };
    const typeName = ({ id }) => id && expect(id, PASCAL_CASE, 'PascalCase');
    const module = (body) => {
      for (const statement of body) {
        const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
        if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue;
        for (const { id, init } of declaration.declarations) {
          if (id.type === 'Identifier' && init && isPlain(init)) expect(id, UPPER_CASE, 'UPPER_CASE');
        }
      }
    };
    return {
      Program: ({ body }) => module(body),
      ClassDeclaration: typeName,
      TSInterfaceDeclaration: typeName,
      TSTypeAliasDeclaration: typeName,
      TSEnumDeclaration: typeName,
    };
  },
};

export default { meta: { name: 'virtbook' }, rules: { names } };
