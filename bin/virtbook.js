#!/usr/bin/env node
'use strict';
// Nothing here is newer than Node 6, so that an old Node can still say that it is too old.
const { existsSync } = require('fs');
const { join } = require('path');
const { engines } = require('../package.json');

/** Whether a version is in a range of package.json: `^1.2.3` and `>=1.2.3`, with `||` between them. */
function isIn(range, version) {
  return range.split('||').some((part) => {
    const match = /^(\^|>=)(\d+)\.(\d+)\.(\d+)$/.exec(part.trim());
    const least = match.slice(2).map(Number);
    const [major, minor, patch] = version.split('.').map((number) => parseInt(number, 10));
    const newEnough = major !== least[0] ? major > least[0] : minor !== least[1] ? minor > least[1] : patch >= least[2];
    return newEnough && (match[1] === '>=' || major === least[0]);
  });
}

/** The same range in words. */
function inWords(range) {
  return range
    .split('||')
    .map((part) => part.trim())
    .map((part) => (part[0] === '^' ? `${part.slice(1)} or a later ${part.slice(1).split('.')[0]}` : `${part.slice(2)} or later`))
    .join(', or ');
}

const main = join(__dirname, '..', 'dist', 'kernel', 'cli', 'main.js');
if (!isIn(engines.node, process.version.slice(1))) {
  console.error(`virtbook needs Node.js ${inWords(engines.node)}. This is ${process.version} (${process.execPath}).`);
  process.exit(1);
}
if (!existsSync(main)) {
  console.error('virtbook has not been built: run `npm run build` in its folder first.');
  process.exit(1);
}
require(main).runAsProgram();
