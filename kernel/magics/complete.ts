import type { Completion } from '../core/evaluator.js';
import type { Session } from '../session/session.js';
import { codePointToUnit, unitToCodePoint } from '../typescript/code-points.js';
import type { Suggestion, Suggestions } from '../writing/body-language.js';
import { bodyAt } from './cell.js';
import { formOf, type Magic, type MagicList, signOf } from '../kit/magic.js';

/** What fits at the cursor on a magic's line, or in the lines under a cell magic; undefined elsewhere. Positions are code points. */
export function completeMagic(code: string, cursor: number, session: Session, registry: MagicList): Completion | undefined {
  const position = codePointToUnit(code, cursor);
  const body = bodyAt(code, position);
  if (body) {
    const magic = registry.find(body.name);
    const found = magic?.body?.(session, body.rest).suggest(body.text, position - body.start) ?? { start: 0, end: 0, found: [] };
    return completion(code, { ...found, start: found.start + body.start, end: found.end + body.start });
  }
  const line = code.slice(code.lastIndexOf('\n', position - 1) + 1, position).trimStart();
  if (!/^%%?(?:[A-Za-z].*)?$/.test(line)) return undefined;
  const word = /\S*$/.exec(line)?.[0] ?? '';
  const found = candidates(line, word, session, registry).filter(({ text }) => text.startsWith(word));
  return completion(code, { start: position - word.length, end: position, found });
}

/** With the kinds and explanations that JupyterLab shows beside the matches. */
function completion(code: string, { start, end, found }: Suggestions): Completion {
  const unique = [...new Map(found.map((candidate) => [candidate.text, candidate])).values()];
  const [from, to] = [unitToCodePoint(code, start), unitToCodePoint(code, end)];
  const described = unique.map(({ text, kind, detail }) => ({
    start: from,
    end: to,
    text,
    type: kind,
    ...(detail ? { signature: detail } : {}),
  }));
  return { matches: unique.map(({ text }) => text), start: from, end: to, metadata: { _jupyter_types_experimental: described } };
}

function candidates(line: string, word: string, session: Session, registry: MagicList): Suggestion[] {
  if (word === line) {
    const all = registry.all().map((magic) => ({ text: signOf(magic), kind: 'magic', detail: magic.summary }));
    return line.startsWith('%%') ? all.filter(({ text }) => text.startsWith('%%')) : all;
  }
  const [name = '', ...words] = line
    .slice(0, line.length - word.length)
    .trim()
    .split(/\s+/);
  const magic = called(name, registry);
  if (!magic) return [];
  if (word.startsWith('-') && !magic.raw) {
    const equals = word.indexOf('=');
    const joined = equals > 0 && magic.options?.find((option) => `--${option.name}` === word.slice(0, equals) && option.value);
    if (joined) return values(session, magic, joined.name).map((text) => ({ text: `${word.slice(0, equals)}=${text}`, kind: 'value' }));
    return (magic.options ?? []).map(({ name, help }) => ({ text: `--${name}`, kind: 'option', detail: help }));
  }
  const previous = magic.options?.find((option) => `--${option.name}` === words.at(-1) && option.value);
  if (previous) return values(session, magic, previous.name).map((text) => ({ text, kind: 'value' }));
  const before = positionals(magic, words);
  return (magic.complete?.(session, before.length, registry, before) ?? []).map((text) => ({ text, kind: 'value' }));
}

/** The magic that a word such as `%run` calls, in the form that it calls. */
function called(word: string, registry: MagicList): Magic | undefined {
  const magic = registry.find(word.replace(/^%+/, ''));
  return magic && (formOf(magic, word.startsWith('%%') ? '%%' : '%') ?? magic);
}

function values(session: Session, magic: Magic, option: string): string[] {
  const spec = magic.options?.find(({ name }) => name === option);
  return [...(spec?.choices ?? magic.completeOption?.(session, option) ?? [])];
}

/** Words that are neither options nor their values. */
function positionals(magic: Magic, words: string[]): string[] {
  const takesValue = (word: string | undefined): boolean =>
    magic.options?.some((option) => word === `--${option.name}` && option.value !== undefined) ?? false;
  return words.filter((word, index) => !word.startsWith('--') && !takesValue(words[index - 1]));
}
