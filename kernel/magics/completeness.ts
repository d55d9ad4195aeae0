import type { Completeness } from '../core/evaluator.js';
import { formOf, type MagicList } from '../kit/magic.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { plainText } from '../writing/body-language.js';
import { splitWords } from '../kit/arguments.js';
import { bodyOf, parseCell, takesWholeCell } from './cell.js';

/** Whether a cell that begins with a magic is ready to run; the code after its last magic where that decides. */
export function magicCompleteness(code: string, session: Session, registry: MagicList): Completeness | string {
  if (takesWholeCell(code)) return bodyCompleteness(code, session, registry);
  const segments = parseCell(code);
  if (!segments.every((segment) => segment.kind === 'code' || isReady(segment, registry))) return { status: 'invalid' };
  const last = segments.at(-1);
  return last?.kind === 'code' ? last.code : { status: 'complete' };
}

/** Of a cell that is one cell magic and its body. */
function bodyCompleteness(code: string, session: Session, registry: MagicList): Completeness {
  const body = bodyOf(code);
  const magic = body && registry.find(body.name);
  if (!body || magic?.kind !== 'cell') return { status: 'invalid' };
  return (magic.body?.(session, body.rest) ?? plainText).isComplete(body.text);
}

/** Whether it calls a line magic that there is, with quotations that are closed. */
function isReady({ name, rest }: { name: string; rest: string }, registry: MagicList): boolean {
  const found = registry.find(name);
  const magic = found && formOf(found, '%');
  return magic !== undefined && (magic.raw === true || wellQuoted(rest));
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
