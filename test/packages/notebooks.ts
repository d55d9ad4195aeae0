/** Notebooks that an installation is tried with. */
import { readFileSync } from 'node:fs';

const notebook = (sources: readonly string[]): string =>
  JSON.stringify({
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      metadata: {},
      outputs: [],
      execution_count: null,
      source,
    })),
    metadata: { kernelspec: { name: 'virtbook', display_name: 'virtbook', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  });

/** Three cells of TypeScript that know Node: what is global there, and modules with and without their prefix. */
export const TYPESCRIPT_NOTEBOOK = notebook([
  `import { join } from 'node:path';
import * as fs from 'fs';
const parts: string[] = ['a', 'b'];
console.log(join(...parts), typeof fs.readFileSync, process.version.startsWith('v'), typeof require('node:os').cpus);`,
  `const waited: number = await new Promise<number>((resolve) => setTimeout(() => resolve(42), 1));
waited + Buffer.from('x').length`,
  `const wrong: number = parts.length;
console.log(\`\${wrong} parts, \${new URL('file:///x').pathname}, \${[3, 1, 2].sort().at(-1)}\`)`,
]);

/** What its cells print and are, in order. */
export const TYPESCRIPT_OUTPUTS = ['a/b function true function\n', '43', '2 parts, /x, 3\n'];

interface Output {
  output_type: string;
  text?: string | string[];
  data?: Record<string, string | string[]>;
}

const joined = (text: string | string[]): string => (Array.isArray(text) ? text.join('') : text);

/** The texts of a notebook's outputs, one for each cell of code. */
export function textsOf(path: string): string[] {
  const { cells } = JSON.parse(readFileSync(path, 'utf8')) as { cells: { cell_type: string; outputs?: Output[] }[] };
  return cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(({ outputs = [] }) => outputs.map(({ text, data }) => joined(text ?? data?.['text/plain'] ?? '')).join(''));
}

/** What part 4 shows when it has run: the lease, the word's way, and a game that was won or lost. */
export const PART4_SHOWS = [
  /udhcpc: lease of 10\.0\.2\.15 obtained/,
  /Transfer word to virtual-machine monitor/,
  /WORDLE SERVER: starting/,
];
