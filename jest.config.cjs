const { existsSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');

// TypeScript is stripped by swc, so a test file starts in milliseconds; `npm run check` is the type gate.
module.exports = {
  testEnvironment: '<rootDir>/test/support/patient-environment.cjs',
  globalSetup: '<rootDir>/test/support/run-folder.cjs',
  globalTeardown: '<rootDir>/test/support/remove-run-folder.cjs',
  testSequencer: '<rootDir>/scripts/sequencer.mjs',
  // Jest would leave a core of two for itself, which it does not need.
  maxWorkers: Math.max(1, availableParallelism()),
  testTimeout: 20_000,
  roots: ['formats', 'emulator', 'sdk', 'kernel', 'page', 'notebooks', 'test']
    .filter((folder) => existsSync(join(__dirname, folder)))
    .map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.test.ts'],
  // TypeScript sources import each other by the names that they will have when compiled.
  // What others import from this package, kits of chapters among them, is its sources here.
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^virtbook/(kernel|emulator|sdk)$': '<rootDir>/$1/library.ts',
    '^virtbook/tasks$': '<rootDir>/kernel/tasks/library.ts',
  },
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }],
  },
};
