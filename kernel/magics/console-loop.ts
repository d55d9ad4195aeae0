import type { CellContext } from '../core/evaluator.js';
import { SECONDS } from '../session/machine-run.js';
import type { Session } from '../session/session.js';
import { watch } from './watch.js';

/** Asks for lines and types them, until an empty answer or the machine's end. */
export async function consoleLoop(session: Session, cell: CellContext): Promise<void> {
  for (;;) {
    const line = await cell.input('console (empty to leave)> ');
    if (!line) return;
    session.machine.requireRun().type(`${line}\r`);
    const ending = await watch(session, cell, { timeout: 60 * SECONDS, quiet: 2 * SECONDS });
    if (ending.kind === 'stopped' && session.machine.run?.ended) return;
  }
}
