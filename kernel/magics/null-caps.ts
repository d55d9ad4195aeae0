import { readFileSync } from 'node:fs';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import { readSystem } from '../../sdk/tool/read.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { explainNullCaps as explain } from '../writing/channel-use.js';
import { sourcesOf } from './body.js';

/** What the machine that runs said about capabilities that are not there, explained by its description if that is known. */
export function explainNullCaps(log: string, session: Session): string[] {
  if (!log.includes('Attempted to invoke a null cap') || !session.run) return [];
  try {
    const path = session.findBuild(session.run.name)?.systemFile || session.findSystem(session.run.name);
    return explain(log, readSystem(readFileSync(path, 'utf8'), session.display(path)), sourcesOf(session));
  } catch (error) {
    // The description may have changed since, or be gone: then the kernel's words stand alone.
    if (error instanceof UserError || error instanceof DiagnosticError || (error as NodeJS.ErrnoException).code) return [];
    throw error;
  }
}
