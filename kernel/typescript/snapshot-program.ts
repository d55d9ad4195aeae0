/**
 * The program of which compiler-snapshot.ts has Node make a snapshot. It has the compiler read the library, and run once, so that
 * what runs later is compiled. Bundled with all that it imports: such a program finds no modules but Node's.
 */
import { constants, setPriority } from 'node:os';
import ts from 'typescript';
import { current } from './compiler.js';
import { CellConverter } from './converter.js';
import { keepCompiler } from './kept-compiler.js';

/** Of the kinds that most cells are. */
const CELLS = [
  '0',
  `import * as path from 'node:path';
interface Named { name: string }
const all: Named[] = [];
for (const name of ['a', 'b']) all.push({ name: path.join(name, 'c') });
async function later(count: number): Promise<Named[]> { return all.slice(0, count); }
console.log(\`\${(await later(1)).map(({ name }) => name.length)}\`, (await machine.status()).time);
all`,
];

try {
  // Cells come first.
  setPriority(constants.priority.PRIORITY_LOW);
} catch {
  // Some containers forbid it.
}
// The compiler asks once where it is. That is another question in the process that starts from the snapshot.
const whereItIs = Object.getOwnPropertyDescriptor(ts.sys, 'getCurrentDirectory')!;
ts.sys.getCurrentDirectory = () => __dirname;
const converter = new CellConverter(() => []);
for (const code of CELLS) converter.convert('', code, new Set());
Object.defineProperty(ts.sys, 'getCurrentDirectory', whereItIs);
if (!current.program) throw new Error('the compiler has made no program');
current.library.note(current.program, (path) => current.rare.textOf(path) !== undefined);
keepCompiler({ typescript: ts, files: current.library.files });
