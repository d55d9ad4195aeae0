import { parseSeed } from '../session/seed.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { wrongUse } from '../kit/arguments.js';
import type { Invocation, Magic, MagicArguments } from '../kit/magic.js';

/** Before a machine is powered on with a build: it has to be there and current, its chapter open, and the reader told which it is. */
export async function openBuild(
  { session, chapters, cell, args }: Pick<Invocation, 'session' | 'chapters' | 'cell' | 'args'>,
  name: string,
): Promise<void> {
  session.builds.requireBuilt(name);
  if (!args.has('previous')) session.builds.requireCurrent(name);
  await chapters.open(name);
  const said = notes(session, name, args.positionals.length === 0);
  if (said) cell.stdout(said);
}

/** What `--seed` says. @throws UserError when it is not a seed */
export function seedOf(magic: Magic, args: MagicArguments): number | undefined {
  const text = args.option('seed');
  if (text === undefined) return undefined;
  const seed = parseSeed(text);
  if (seed === undefined) throw wrongUse(magic, `--seed ${text}: a seed is a whole number, 0 or more`);
  return seed;
}

/**
 * What `%run` without a name runs.
 * @throws UserError when nothing is built, or what was described last is not
 */
export function builtLast({ builds, workspace }: Session): string {
  const name = builds.latest();
  if (name === undefined) throw new UserError('RunError', 'nothing has been built yet', 'Build a system with %build NAME first.');
  const { latest } = workspace.descriptions;
  const why = latest === undefined ? undefined : workspace.descriptions.refusal(latest);
  if (latest === undefined || why === undefined) return name;
  const file = workspace.display(latest);
  throw new UserError(
    'RunError',
    `${file}, which you described last, was refused (${why})`,
    `Correct that, and build it with %build. To run what was built before, write %run ${name}.`,
  );
}

/** What the reader should know of the image before it boots: which it is, and that it is not of the files as they are now. */
function notes({ builds, workspace }: Session, name: string, unnamed: boolean): string {
  const { systemFile } = builds.requireBuilt(name);
  const lines = unnamed ? [`Running ${name}${systemFile ? `, built from ${workspace.display(systemFile)}` : ''}.`] : [];
  const stale = builds.staleness(name);
  const changed = builds.changedSince(name).map((path) => workspace.display(path));
  if (stale !== undefined) lines.push(`This is ${name} as it was built before: ${stale}.`);
  else if (changed.length > 0)
    lines.push(`This is ${name} as it was built before ${changed.join(', ')} changed. %build ${name} builds it again.`);
  return lines.map((line) => `${line}\n`).join('');
}
