import type { Completion } from '../core/evaluator.js';
import type { Session } from '../session/session.js';
import { signOf, type Magic } from './magic.js';
import type { Registry } from './registry.js';

/** What fits at the cursor on a magic's line; undefined when the cursor is not on one. Positions are code points. */
export function completeMagic(code: string, cursor: number, session: Session, registry: Registry): Completion | undefined {
  const before = [...code].slice(0, cursor).join('');
  const line = before.slice(before.lastIndexOf('\n') + 1);
  if (!/^%%?(?:[A-Za-z].*)?$/.test(line)) return undefined;
  const word = /\S*$/.exec(line)?.[0] ?? '';
  const matches = candidates(line, word, session, registry).filter((candidate) => candidate.startsWith(word));
  return { matches: [...new Set(matches)], start: cursor - [...word].length, end: cursor };
}

function candidates(line: string, word: string, session: Session, registry: Registry): string[] {
  if (word === line) {
    const all = registry.all().map(signOf);
    return line.startsWith('%%') ? all.filter((name) => name.startsWith('%%')) : all;
  }
  const [name, ...words] = line.slice(0, line.length - word.length).trim().split(/\s+/);
  const magic = registry.find(name.replace(/^%+/, ''));
  if (!magic) return [];
  if (word.startsWith('-') && !magic.raw) return (magic.options ?? []).map((option) => `--${option.name}`);
  const previous = magic.options?.find((option) => `--${option.name}` === words.at(-1) && option.value);
  if (previous) return [...(previous.choices ?? magic.completeOption?.(session, previous.name) ?? [])];
  return magic.complete?.(session, positionalIndex(magic, words), registry) ?? [];
}

/** Which positional the cursor is on: words before it that are neither options nor their values. */
function positionalIndex(magic: Magic, words: string[]): number {
  let index = 0;
  for (let i = 0; i < words.length; i++) {
    const option = magic.options?.find((spec) => words[i] === `--${spec.name}`);
    if (option?.value) i++;
    else if (!words[i].startsWith('--')) index++;
  }
  return index;
}
