/** Writes the interpreter module: `node main.js OUTPUT`. Part of the build. */
import { writeFileSync } from 'node:fs';
import { instructionTable } from '../isa/index.js';
import { generateInterpreter } from './generate.js';

const output = process.argv[2];
if (!output) throw new Error('usage: main.js OUTPUT');
writeFileSync(output, generateInterpreter(instructionTable));
