import { readFileSync } from 'node:fs';
import { DiagnosticError } from '../../sdk/diagnostic.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import { readSystem } from '../../sdk/tool/read.js';
import { explainRun } from '../explain/run.js';
import type { Ending, MachineRun } from '../session/machine-run.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { explainRefusedUses, REFUSED_USE } from '../writing/channel-use.js';
import { sourcesOf } from './body.js';

/** The build that the machine runs, or the only one there is. */
export function builtName(session: Session, magic: string): string {
  if (session.machine.run) return session.machine.run.name;
  return onlyBuild(session, (first) =>
    first === undefined ? 'Build a system with %build NAME first.' : `${magic} is about the one that runs: start it with %run ${first}.`,
  );
}

/** The only build there is. `hint` says what to do when there are more, of which it is given the first, or none. */
export function onlyBuild(session: Session, hint: (first: string | undefined) => string): string {
  const names = session.builds.names();
  const [name, ...others] = names;
  if (name !== undefined && others.length === 0) return name;
  throw new UserError('BuildError', name === undefined ? 'nothing has been built yet' : `which build: ${names.join(', ')}?`, hint(name));
}

/** The description of the machine that is there, if that is known: it may have changed since, or be gone. */
export function systemOf(session: Session, name = session.machine.run?.name): SystemDescription | undefined {
  if (name === undefined) return undefined;
  try {
    const path = session.builds.find(name)?.systemFile ?? session.builds.findSystem(name);
    return readSystem(readFileSync(path, 'utf8'), session.workspace.display(path));
  } catch (error) {
    if (error instanceof UserError || error instanceof DiagnosticError || (error as NodeJS.ErrnoException).code) return undefined;
    throw error;
  }
}

/**
 * What went wrong in a stretch of the run, in sentences; none where nothing did.
 * @param from where in the transcript it began
 * @param awaited whether the reader waits for something to be printed
 */
export async function explainStretch(session: Session, ending: Ending, from: number, quiet = 0, awaited = false): Promise<string[]> {
  const run = session.machine.requireRun();
  const description = systemOf(session);
  const refused = refusedUses(run.transcript.plain(from), session);
  const said = await explainRun(session, { ending, from, quiet, awaited, description });
  const news = said.filter(({ kind, text }) => (kind === 'oddity' ? isNews(run, text, ending) : kind !== 'idle' || refused.length === 0));
  return [...refused, ...news.map(({ text }) => text)];
}

/** What was said of a run, and of which stretch of it. */
const told = new WeakMap<MachineRun, Map<string, Ending>>();

/** What passed stays so: it is said once in a run, of the stretch in which it was seen. */
function isNews(run: MachineRun, text: string, ending: Ending): boolean {
  const texts = told.get(run) ?? new Map<string, Ending>();
  told.set(run, texts);
  if (!texts.has(text)) texts.set(text, ending);
  return texts.get(text) === ending;
}

/** What the machine said about channels that are not there, in the terms of its description. */
function refusedUses(log: string, session: Session): string[] {
  if (!REFUSED_USE.test(log)) return [];
  const system = systemOf(session);
  return system ? explainRefusedUses(log, system, sourcesOf(session)) : [];
}
