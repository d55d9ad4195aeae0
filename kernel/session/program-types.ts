import { readFileSync, statSync } from 'node:fs';
import { type DwarfType, ProgramTypes } from '../../formats/dwarf-types.js';
import { readElfSections } from '../../formats/elf-sections.js';

export const typesIn = (program: Uint8Array): ProgramTypes => new ProgramTypes(readElfSections(program)?.sections ?? new Map());

/** What was asked of a program, and its answers. */
interface Answers {
  /** How the file was then. The time of its last change of any kind is nobody's to set. */
  stamp: string;
  sizes: Map<string, number | undefined>;
  variables: Map<string, DwarfType | undefined>;
}

/** By path. To read the types of programs takes longer than all else of a build with nothing changed, and the questions are few. */
const known = new Map<string, Answers>();

/** Of the program in a file; undefined where there is none. */
export function typesOfFile(path: string): Pick<ProgramTypes, 'sizeOf' | 'variable'> | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stat) return undefined;
  const stamp = [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
  let answers = known.get(path);
  if (answers?.stamp !== stamp) known.set(path, (answers = { stamp, sizes: new Map(), variables: new Map() }));
  const { sizes, variables } = answers;
  // Not kept from one build to the next: a program may hold a whole Linux.
  let read: ProgramTypes | undefined;
  const types = (): ProgramTypes => (read ??= typesIn(readFileSync(path)));
  return {
    sizeOf: (name, structure) => remembered(sizes, `${structure} ${name}`, () => types().sizeOf(name, structure)),
    variable: (name) => remembered(variables, name, () => types().variable(name)),
  };
}

function remembered<T>(answers: Map<string, T>, question: string, answer: () => T): T {
  const before = answers.get(question);
  if (before !== undefined || answers.has(question)) return before as T;
  const found = answer();
  answers.set(question, found);
  return found;
}
