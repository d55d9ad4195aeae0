import { nearest, UserError } from '../session/user-error.js';
import { type Magic, type MagicArguments, signOf, usageOf } from './magic.js';

/** What `parseArguments` has found. */
class Arguments implements MagicArguments {
  readonly positionals: string[] = [];
  private readonly values = new Map<string, string>();

  required(index: number): string {
    const word = this.positionals[index];
    if (word === undefined) throw new RangeError(`the magic has no positional ${index}`);
    return word;
  }

  set(option: string, value: string): void {
    this.values.set(option, value);
  }

  option(name: string): string | undefined {
    return this.values.get(name);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }
}

/** Splits at blanks as a shell does: quotes hold words together, a backslash takes the next character as it is. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length;) {
    if (/\s/.test(line.charAt(i))) {
      if (word !== undefined) words.push(word);
      word = undefined;
      i++;
    } else {
      const { text, end } = pieceAt(line, i);
      word = (word ?? '') + text;
      i = end;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** What begins at `start` within a word: a quotation, a character after a backslash, or just a character. */
function pieceAt(line: string, start: number): { text: string; end: number } {
  const character = line.charAt(start);
  if (character === '"' || character === "'") {
    const close = line.indexOf(character, start + 1);
    if (close < 0) throw new UserError('MagicError', `a ${character} is not closed`, 'Close the quotation, or put a backslash before it.');
    return { text: line.slice(start + 1, close), end: close + 1 };
  }
  const next = line.charAt(start + 1);
  if (character === '\\' && /[\s"'\\]/.test(next)) return { text: next, end: start + 2 };
  return { text: character, end: start + 1 };
}

/** Reads a magic's line. Every complaint says how the magic is used. */
export function parseArguments(magic: Magic, rest: string): MagicArguments {
  const args = new Arguments();
  if (magic.raw) {
    const missing = rest ? undefined : magic.positionals?.find((positional) => !positional.optional);
    if (missing) throw wrongUse(magic, `${missing.name} is missing`);
    if (rest) args.positionals.push(rest);
    return args;
  }
  const words = splitWords(rest).values();
  for (const word of words) {
    // What follows `--` is no option.
    if (word === '--') args.positionals.push(...words);
    else if (/^--?[a-zA-Z]/.test(word)) readOption(magic, args, word, words);
    else args.positionals.push(word);
  }
  checkCount(magic, args);
  return args;
}

/** Takes an option, with the word after it where that is its value. */
function readOption(magic: Magic, args: Arguments, word: string, following: Iterator<string, undefined>): void {
  const [written, joined] = splitOption(word);
  const spec = magic.options?.find((option) => option.name === written);
  if (!spec) throw unknownOption(magic, word, written);
  if (!spec.value) {
    if (joined !== undefined) throw wrongUse(magic, `--${spec.name} takes no value`);
    args.set(spec.name, '');
    return;
  }
  const value = joined ?? following.next().value;
  if (value === undefined) throw wrongUse(magic, `--${spec.name} needs a value: ${spec.value}`);
  if (spec.choices && !spec.choices.includes(value)) {
    throw wrongUse(magic, `--${spec.name} ${value}: ${spec.value} is one of ${spec.choices.join(', ')}`);
  }
  args.set(spec.name, value);
}

function splitOption(word: string): [name: string, value: string | undefined] {
  const name = word.replace(/^--?/, '');
  const equals = name.indexOf('=');
  return equals < 0 ? [name, undefined] : [name.slice(0, equals), name.slice(equals + 1)];
}

function checkCount(magic: Magic, args: Arguments): void {
  const specs = magic.positionals ?? [];
  const missing = specs.find((spec, index) => !spec.optional && args.positionals[index] === undefined);
  if (missing) throw wrongUse(magic, `${missing.name} is missing`);
  const extra = args.positionals[specs.length];
  if (extra !== undefined && !specs.at(-1)?.rest)
    throw wrongUse(magic, `'${extra}' is one word too many; a name with blanks is written in quotes, such as "my file.c"`);
}

function unknownOption(magic: Magic, word: string, written: string): UserError {
  const suggestion = nearest(
    written,
    (magic.options ?? []).map((option) => option.name),
  );
  return wrongUse(magic, `${signOf(magic)} has no option ${word.split('=')[0]}` + (suggestion ? `: did you mean --${suggestion}?` : ''));
}

/** An error about how a magic was used, with how to use it. */
export function wrongUse(magic: Magic, message: string): UserError {
  return new UserError('MagicError', message, `Usage: ${usageOf(magic)}`);
}

/** A length of simulated time such as `60s`, `500ms`, `2m` or `1.5` (seconds), in nanoseconds. */
export function parseDuration(magic: Magic, option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|s|m|min)?$/.exec(text);
  const units: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, min: 60e9 };
  const value = match ? Math.round(Number(match[1]) * (units[match[2] ?? 's'] ?? NaN)) : NaN;
  if (!(value > 0) || !Number.isSafeInteger(value)) {
    throw wrongUse(magic, `--${option} ${text}: write a time such as 60s, 500ms or 2m`);
  }
  return value;
}
