/** Mistakes that students make, and what the notebook says of each: the cases are in `students/`, their words in `docs/mistakes.md`. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readNotebook } from '../../kernel/notebook/format.js';
import { packageRoot } from '../../sdk/root.js';
import { Notebook } from './cells.js';

/** A mistake: a base of files with something changed, or a chapter with other cells. */
interface Case {
  title: string;
  /** In files of the base: what is replaced, and by what. */
  changes?: Record<string, [from: string, to: string][]>;
  /** Files of its own. */
  files?: Record<string, string>;
  chapter?: string;
  cells?: string[];
}

interface Family {
  /** Lines of each file. */
  base?: Record<string, string[]>;
  cells?: string[];
  /** By chapter: the ids of its cells that come first, or cells. */
  before?: Record<string, string[]>;
  cases: Case[];
}

export interface Mistake {
  /** The file that it is in. */
  family: string;
  title: string;
  /** All that its cells say, up to the first that fails. */
  said: (folder: string) => Promise<string>;
}

const FOLDER = join(packageRoot(), 'test', 'notebooks', 'students');

export function mistakes(): Mistake[] {
  return readdirSync(FOLDER).flatMap((name) => {
    const family = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Family;
    return family.cases.map((each): Mistake => ({
      family: name.replace('.json', ''),
      title: each.title,
      said: async (folder) => run(mkdtempSync(join(folder, 'a case ')), filesOf(family, each), await cellsOf(family, each)),
    }));
  });
}

function filesOf({ base = {} }: Family, { title, changes = {}, files = {} }: Case): Record<string, string> {
  const changed = Object.entries(base).map(([name, lines]): [string, string] => [
    name,
    (changes[name] ?? []).reduce((text, [from, to]) => {
      if (text.split(from).length !== 2) throw new Error(`${title}: ${JSON.stringify(from)} is not in ${name}, or not once`);
      return text.replace(from, () => to);
    }, lines.join('\n')),
  ]);
  return { ...Object.fromEntries(changed), ...files };
}

async function cellsOf(family: Family, { chapter, cells = family.cells ?? [] }: Case): Promise<string[]> {
  if (chapter === undefined) return cells;
  const notebook = await readNotebook(join(packageRoot(), 'notebooks', chapter, `${chapter}.ipynb`));
  const before = family.before?.[chapter] ?? [];
  return [...before.map((cell) => notebook.cells.find(({ id }) => id === cell)?.source ?? cell), ...cells];
}

async function run(folder: string, files: Record<string, string>, cells: readonly string[]): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const notebook = await Notebook.open(folder);
  let said = '';
  try {
    for (const cell of cells) {
      const { text, error } = await notebook.run(cell);
      said += `>>> ${cell}\n${text}${error ? error.traceback : ''}\n`;
      if (error) break;
    }
  } finally {
    await notebook.close();
  }
  return said;
}

/** Rows of the document: the title of a mistake, and the words that must be said, in order; none where nothing is said. */
export function documented(): Map<string, string[]> {
  const text = readFileSync(join(packageRoot(), 'docs', 'mistakes.md'), 'utf8');
  const said = [...text.matchAll(/^\| (.+?) \| (``.+``) \|$/gm)];
  const silent = [...text.matchAll(/^\| ([^|]+?) \|$/gm)].filter(([, title]) => title !== 'mistake');
  return new Map([
    ...said.map(([, title = '', words = '']): [string, string[]] => [
      title,
      [...words.matchAll(/`` (.+?) ``/g)].map(([, each = '']) => each.replaceAll('\\|', '|')),
    ]),
    ...silent.map(([, title = '']): [string, string[]] => [title, []]),
  ]);
}

/** On one line, as the document has it. */
export const onOneLine = (text: string): string => text.replace(/\s+/g, ' ');
