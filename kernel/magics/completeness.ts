import type { Completeness } from '../core/evaluator.js';
import type { MagicList } from '../kit/magic.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { plainText } from '../writing/body-language.js';
import { splitWords } from '../kit/arguments.js';
import { bodyOf, parseCell, takesWholeCell } from './cell.js';

/** Whether a cell that begins with a magic is ready to run; the code after its last magic where that decides. */
export function magicCompleteness(code: string, session: Session, registry: MagicList): Completeness | string {
  if (takesWholeCell(code)) {
    const body = bodyOf(code);
    const magic = body && registry.find(body.name);
    if (!body || magic?.kind !== 'cell') return { status: 'invalid' };
    return (magic.body?.(session, body.rest) ?? plainText).isComplete(body.text);
  }
  const segments = parseCell(code);
  for (const segment of segments) {
    if (segment.kind === 'code') continue;
    const magic = registry.find(segment.name);
    if (magic?.kind !== 'line' || !(magic.raw || wellQuoted(segment.rest))) return { status: 'invalid' };
  }
  const last = segments.at(-1);
  return last?.kind === 'code' ? last.code : { status: 'complete' };
}

function wellQuoted(rest: string): boolean {
  try {
    splitWords(rest);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
