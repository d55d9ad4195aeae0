/**
 * Counters that have left the array that they count in, where the program does not test them: a store past the end of a row, or of an
 * array, is no fault as long as something of the program itself is there.
 */
import type { ProgramTypes } from '../../formats/dwarf-types.js';
import type { BuiltSystem } from '../session/built-system.js';
import { readSymbol } from '../session/domain-memory.js';
import type { MachineRun } from '../session/machine-run.js';
import { UserError } from '../session/user-error.js';
import { blankComments, pieces } from '../writing/c-header.js';

type Readable = Pick<MachineRun['machine'], 'readMemory'>;

/** A global variable as the index of a global array, in a function that compares it with nothing. */
interface Use {
  counter: string;
  array: string;
  /** Which of the array's dimensions it is an index of. */
  dimension: number;
  function: string;
  /** From 1. */
  line: number;
}

/** One sentence for each domain: what follows from one mistake is in the others. */
export async function explainIndices(system: BuiltSystem, machine: Readable): Promise<string[]> {
  const said: string[] = [];
  for (const { name: domain } of system.spaces.filter(({ kind }) => kind === 'domain')) {
    const source = system.source(domain);
    const uses = source ? usesIn(source.text) : [];
    const types = uses.length === 0 ? undefined : system.types(domain);
    if (!source || !types) continue;
    for (const use of uses) {
      const text = await explainUse(use, types, (counter) => valueOf(machine, system, domain, counter));
      if (text === undefined) continue;
      said.push(`In '${domain}', ${text}`.replace('LINE', `${source.file}:${use.line}`));
      break;
    }
  }
  return said;
}

async function explainUse(
  use: Use,
  types: ProgramTypes,
  valueOf: (counter: string) => Promise<{ size: number; exact: bigint } | undefined>,
): Promise<string | undefined> {
  const type = types.variable(use.array);
  const counts = types.variable(use.counter);
  const { [use.dimension]: bound, length } = type?.dimensions ?? [];
  if (bound === undefined || counts?.kind !== 'integer') return undefined;
  const found = await valueOf(use.counter);
  if (!found || found.size !== counts.size) return undefined;
  const value = Number(counts.signed ? BigInt.asIntN(found.size * 8, found.exact) : found.exact);
  // One past the last element is where a counter ends that has filled an array.
  if (value >= 0 && value <= bound) return undefined;
  return describeUse(use, { value, bound, rows: length > use.dimension + 1 });
}

/** `rows`: what it counts is not single elements. */
function describeUse(
  { counter, array, dimension, function: name }: Use,
  { value, bound, rows }: { value: number; bound: number; rows: boolean },
): string {
  const [what, where] =
    dimension > 0
      ? [`a row of ${array} has ${bound} elements`, 'another row, or past the end of the array']
      : [`${array} has ${bound} ${rows ? 'rows' : 'elements'}`, 'other variables'];
  return (
    `${counter} is ${value}, and ${name}, LINE, takes it as an index without a test: ${what} (0 to ${bound - 1}). ` +
    `What was written there is in ${where}. Test it before: if (${counter} < ${bound}).`
  );
}

async function valueOf(
  machine: Readable,
  system: BuiltSystem,
  domain: string,
  counter: string,
): Promise<{ size: number; exact: bigint } | undefined> {
  try {
    return await readSymbol(machine, system, domain, counter);
  } catch (error) {
    // A name that is there twice, or a program that is not loaded yet.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** In the order of the text; of several indices of one array the last first, since that is the one that walks. */
export function usesIn(text: string): Use[] {
  const code = blankComments(text);
  return [...pieces(code)].flatMap(({ kind, text: body, line }) => {
    const name = /^[^;{=]*?(\w+)\s*\([^{;]*\)\s*\{/.exec(body)?.[1];
    if (kind !== 'declaration' || name === undefined) return [];
    return [...body.matchAll(/\b(\w+)((?:\s*\[[^[\]]*\])+)/g)].flatMap(({ 1: array = '', 2: indices = '', index }) =>
      isLocal(body, array)
        ? []
        : [...indices.matchAll(/\[\s*([^[\]]*?)\s*\]/g)]
            .map(([, counter = ''], dimension) => ({ counter, dimension }))
            .filter(({ counter }) => /^[A-Za-z_]\w*$/.test(counter) && !isTested(body, counter) && !isLocal(body, counter))
            .reverse()
            .map(({ counter, dimension }) => ({
              counter,
              array,
              dimension,
              function: name,
              line: line + body.slice(0, index).split('\n').length,
            })),
    );
  });
}

/** It is compared, reduced or chosen by anywhere in the function: whether that is enough is not for us to say. */
const isTested = (body: string, name: string): boolean =>
  new RegExp(
    String.raw`\b${name}\s*(?:[<>]|[!=]=|%|&)|(?:[<>]|[!=]=|<=|>=)\s*${name}\b|\bswitch\s*\(\s*${name}\b|[(!]\s*!?\s*${name}\s*(?:\)|&&|\|\|)`,
  ).test(body);

/** A parameter, or declared in the function. */
const isLocal = (body: string, name: string): boolean =>
  new RegExp(String.raw`\b(?!return\b|else\b|case\b|goto\b)[A-Za-z_]\w*(?:\s+|\s*\*\s*)${name}\s*[=;,)[]`).test(body);
