// For `node -r`: runs the sources as they are, so that tests of child processes and workers need no build.
const { transformSync } = require('@swc/core');
const { readFileSync } = require('node:fs');
const Module = require('node:module');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};

// Sources name each other by the `.js` that they are compiled to.
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  if (request.startsWith('.') && request.endsWith('.js') && parent?.filename?.endsWith('.ts')) {
    try {
      return resolve.call(this, request.replace(/\.js$/, '.ts'), parent, ...rest);
    } catch {
      // A JavaScript file after all.
    }
  }
  return resolve.call(this, request, parent, ...rest);
};

// What the build puts in the place of tslab's own compiler.
const load = Module._load;
Module._load = function (request, ...rest) {
  return request === '@tslab/typescript-for-tslab'
    ? require('../../kernel/typescript/compiler.ts').compiler
    : load.call(this, request, ...rest);
};
