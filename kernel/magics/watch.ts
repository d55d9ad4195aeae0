import { type CellContext, keyboardInterrupt } from '../core/evaluator.js';
import { type Ending, type Goal, SECONDS } from '../session/machine-run.js';
import type { Session } from '../session/session.js';
import type { BootProgress } from './boot-progress.js';
import { CellConsole, type ConsoleFolding } from './console-sink.js';

/** Simulated time that a machine may run for a cell, unless the cell says otherwise. */
export const DEFAULT_TIMEOUT = 60 * SECONDS;

/** What `--until` is, for help. */
export const UNTIL_HELP = 'a regular expression for a console line: stop at the character that completes it';

/** Lets the machine run with its console in the cell. */
export async function watch(
  session: Session,
  cell: CellContext,
  goal: Goal,
  progress?: BootProgress,
  folding?: ConsoleFolding,
): Promise<Ending> {
  session.machine.requireRun();
  const sink = new CellConsole(cell, progress, folding);
  try {
    const ending = await session.machine.advance(goal, sink, cell.signal);
    await sink.explain(ending);
    return ending;
  } catch (error) {
    if (!cell.signal.aborted) throw error;
    // What has gone wrong before is told all the same.
    await sink.explain({ kind: 'timeout' });
    throw keyboardInterrupt(
      `${session.machine.run?.name ?? 'the machine'} is paused where it was; %expect and %send let it go on, %stop switches it off`,
    );
  } finally {
    progress?.end();
    sink.finish();
  }
}
