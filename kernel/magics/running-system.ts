import { readFileSync } from 'node:fs';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import { readSystem } from '../../sdk/tool/read.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { explainNullCaps as explain } from '../writing/channel-use.js';
import { sourcesOf } from './body.js';

/** The description of the machine that is there, if that is known: it may have changed since, or be gone. */
export function systemOf(session: Session): SystemDescription | undefined {
  if (!session.run) return undefined;
  try {
    const path = session.findBuild(session.run.name)?.systemFile || session.findSystem(session.run.name);
    return readSystem(readFileSync(path, 'utf8'), session.display(path));
  } catch (error) {
    if (error instanceof UserError || error instanceof DiagnosticError || (error as NodeJS.ErrnoException).code) return undefined;
    throw error;
  }
}

/** What the machine said about capabilities that are not there, in the terms of its description. */
export function explainNullCaps(log: string, session: Session): string[] {
  if (!log.includes('Attempted to invoke a null cap')) return [];
  const system = systemOf(session);
  return system ? explain(log, system, sourcesOf(session)) : [];
}
