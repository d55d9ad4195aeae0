import type { CellContext } from '../core/evaluator.js';
import type { Session } from '../session/session.js';
import type { BodyLanguage } from '../writing/body-language.js';

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

/** The words of a magic's line, sorted by what they are. */
export interface MagicArguments {
  readonly positionals: readonly string[];
  /** Number `index` of the positionals, counted from 0: one that is not optional, so it is there. */
  required(index: number): string;
  /** The value of an option; undefined when it was not given. */
  option(name: string): string | undefined;
  has(option: string): boolean;
}

/** All magics: those of the house, then those of kits. */
export interface MagicList {
  all(): Magic[];
  find(name: string): Magic | undefined;
  /** The magic that `sign` and `name` call. @throws UserError with the nearest one when there is none. */
  require(sign: '%' | '%%', name: string): Magic;
}

/** A stage of a boot, for the display that shows how far a boot is. */
export interface BootStage {
  /** In a word or two. */
  name: string;
  /** Matches the console line that shows that the stage has begun. */
  sign: RegExp;
}

/** The chapters of a notebook, as magics open them. */
export interface OpenChapters {
  /** Loads the kit of the chapter with this name, if there is such a chapter and it has a kit that is not loaded yet. */
  open(chapter: string): Promise<void>;
  /** The kits that are loaded, with their chapters and files. */
  readonly loaded: readonly { readonly chapter: string; readonly path: string }[];
  /** Stages of a guest's boot that the kits add. */
  readonly bootStages: readonly BootStage[];
  /** What the kits add to `machine` of TypeScript cells: members of an interface, as text. */
  readonly machineDeclarations: readonly string[];
}

/** What one use of a magic is given. */
export interface Invocation {
  session: Session;
  registry: MagicList;
  chapters: OpenChapters;
  cell: CellContext;
  args: MagicArguments;
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
  /** The magic of the house that lists show before this one; without it, a kit's magics are the last. */
  listedAfter?: string;
  /** What positional number `index` may be, after those in `before`. */
  complete?(session: Session, index: number, registry: MagicList, before: readonly string[]): string[];
  /** What the value of an option may be, where `choices` does not say. */
  completeOption?(session: Session, option: string): string[];
  /** The language of the lines under a cell magic; `rest` is the text after its name. */
  body?(session: Session, rest: string): BodyLanguage;
  execute(invocation: Invocation): Promise<void>;
  /** What `%name` without a cell does, where a cell magic can be used this way, too. */
  readonly line?: LineForm;
}

type LineForm = Pick<Magic, 'summary' | 'positionals' | 'options' | 'complete' | 'completeOption' | 'execute'>;

/** What a sign and the name of a magic call together; undefined where the magic has no such form. */
export function formOf(magic: Magic, sign: '%' | '%%'): Magic | undefined {
  if (magic.kind === (sign === '%' ? 'line' : 'cell')) return magic;
  const { name, details, examples, line } = magic;
  return sign === '%' && line ? { name, details, examples, kind: 'line', ...line } : undefined;
}

export const signOf = (magic: Magic): string => (magic.kind === 'cell' ? '%%' : '%') + magic.name;

/** How a magic is used, in each of its forms. */
export function usagesOf(magic: Magic): string[] {
  const line = magic.kind === 'cell' ? formOf(magic, '%') : undefined;
  return [magic, ...(line ? [line] : [])].map(usageOf);
}

export function usageOf(magic: Magic): string {
  const positionals = (magic.positionals ?? []).map((p) => {
    const name = p.rest ? `${p.name}...` : p.name;
    return p.optional ? `[${name}]` : name;
  });
  const options = (magic.options ?? []).map((o) => `[--${o.name}${o.value ? ` ${o.choices?.join('|') ?? o.value}` : ''}]`);
  return [signOf(magic), ...positionals, ...options].join(' ');
}
