import type { CellContext } from '../core/evaluator.js';
import type { Session } from '../session/session.js';
import type { BodyLanguage } from '../writing/body-language.js';
import type { Arguments } from './arguments.js';
import type { Registry } from './registry.js';

export interface PositionalSpec {
  /** As help shows it, such as `NAME`. */
  name: string;
  help: string;
  optional?: boolean;
  /** Takes all further words. */
  rest?: boolean;
}

export interface OptionSpec {
  /** Without the dashes. */
  name: string;
  help: string;
  /** How help calls the value; absent for a switch. */
  value?: string;
  choices?: readonly string[];
}

/** What one use of a magic is given. */
export interface Invocation {
  session: Session;
  registry: Registry;
  cell: CellContext;
  args: Arguments;
  /** Text after the magic's name, untouched. */
  rest: string;
  /** The lines under a `%%` magic. */
  body: string;
}

/** One magic command: everything that help, completion and the dispatcher know of it. */
export interface Magic {
  /** Without the percent signs. */
  name: string;
  /** `line`: `%name` takes its line. `cell`: `%%name` takes the rest of the cell, too. */
  kind: 'line' | 'cell';
  /** One sentence. */
  summary: string;
  /** Further lines for `%help NAME`. */
  details: string;
  positionals?: readonly PositionalSpec[];
  options?: readonly OptionSpec[];
  /** The text after the name is taken as it is: `rest` holds it, and nothing in it is an option. */
  raw?: boolean;
  examples: readonly string[];
  /** What positional number `index` may be, behind those in `before`. */
  complete?(session: Session, index: number, registry: Registry, before: readonly string[]): string[];
  /** What the value of an option may be, where `choices` does not say. */
  completeOption?(session: Session, option: string): string[];
  /** The language of the lines under a cell magic; `rest` is what stands behind its name. */
  body?(session: Session, rest: string): BodyLanguage;
  execute(invocation: Invocation): Promise<void>;
}

export const signOf = (magic: Magic): string => (magic.kind === 'cell' ? '%%' : '%') + magic.name;

export function usageOf(magic: Magic): string {
  const positionals = (magic.positionals ?? []).map((p) => {
    const name = p.rest ? `${p.name}...` : p.name;
    return p.optional ? `[${name}]` : name;
  });
  const options = (magic.options ?? []).map((o) => `[--${o.name}${o.value ? ` ${o.choices?.join('|') ?? o.value}` : ''}]`);
  return [signOf(magic), ...positionals, ...options].join(' ');
}
