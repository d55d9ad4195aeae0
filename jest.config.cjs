// TypeScript is stripped by swc, so a test file starts in milliseconds; `npm run typecheck` is the type gate.
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/formats', '<rootDir>/kernel', '<rootDir>/emulator', '<rootDir>/sdk', '<rootDir>/test', '<rootDir>/notebooks'],
  testMatch: ['**/*.test.ts'],
  // TypeScript sources import each other by the names that they will have when compiled.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }],
  },
};
