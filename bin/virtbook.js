#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const main = join(__dirname, '..', 'dist', 'kernel', 'cli', 'main.js');
if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`virtbook needs Node.js 20 or newer; this is ${process.version}.`);
  process.exit(1);
}
if (!existsSync(main)) {
  console.error('virtbook has not been built: run `npm run build` in its folder first.');
  process.exit(1);
}
require(main).runAsProgram();
