import type { CellContext } from '../core/evaluator.js';
import { escapeHtml } from '../render/html.js';
import { explanationHtml, isLong, SHOWN_ABOVE, voicesOf } from '../render/log.js';
import { BootProgress } from './boot-progress.js';
import { CellConsole, type ConsoleFolding } from './console-sink.js';
import { ReplayableCell } from './replayable-cell.js';
import { explainStretch, systemOf } from './running-system.js';
import { describeEnd, type Ending, SECONDS } from '../session/machine-run.js';
import { compilePattern } from '../session/pattern.js';
import type { Session } from '../session/session.js';
import { UserError } from '../session/user-error.js';
import { type WarmStart, warmStartOf } from '../session/warm-start.js';
import { parseDuration, wrongUse } from '../kit/arguments.js';
import { consoleLoop } from './console-loop.js';
import { builtLast, openBuild, seedOf } from './power-on.js';
import { DEFAULT_TIMEOUT, UNTIL_HELP, watch } from './watch.js';
import type { BootStage, Magic, MagicArguments } from '../kit/magic.js';

/** A silence of this long means that the system has settled, in simulated time. */
const SETTLED_QUIET = 5 * SECONDS;

export const runMagic: Magic = {
  name: 'run',
  kind: 'line',
  summary: 'Boots what %build made, and streams its console.',
  details: [
    'The cell ends at the character that completes the pattern, when the machine waits for input or has been silent for 5 s, after the',
    'time limit, or when the machine powers itself off. Times are simulated. The machine is paused after the cell,',
    'and later cells (%send, %expect) let it go on; with --background it runs between cells, too.',
    'The same seed gives the same run: the same log, the same times. So a run that a front end with a',
    'person at it has seen to its end need not be booted again: the same %run shows its console and goes on from there,',
    'and says so. With --cold it boots; with --warm this happens in any front end.',
    'Without NAME, what was built last runs. After a %%system that was refused or a %build that failed, the system of',
    'before does not run, unless --previous asks for it.',
  ].join('\n'),
  positionals: [{ name: 'NAME', help: 'what %build was given; default: what was built last', optional: true }],
  options: [
    { name: 'seed', value: 'N', help: 'decides all that is left to chance' },
    { name: 'until', value: 'PATTERN', help: UNTIL_HELP },
    { name: 'timeout', value: 'TIME', help: 'simulated time limit, such as 60s (the default) or 500ms' },
    { name: 'cold', help: 'boot, even if the same run is kept' },
    { name: 'warm', help: 'keep the run, and go on from it, also where nobody is at the front end' },
    { name: 'previous', help: 'run what was built before, where a later description or build was wrong' },
    { name: 'paused', help: 'power on, and stop before the first instruction: %trace and %profile see all from there' },
    { name: 'background', help: 'return at once, and let the machine run between cells' },
    { name: 'interactive', help: 'when it has settled, ask for lines to type on its console' },
  ],
  examples: ['%run hello', '%run hello --seed 7 --until "ready"', '%run hello --paused', '%run hello --background'],
  complete: (session, index) => (index === 0 ? session.builds.names() : []),
  async execute({ session, chapters, cell, args }) {
    const line = readLine(args, cell, () => builtLast(session));
    const { name, given, until, background } = line;
    await openBuild({ session, chapters, cell, args }, name);
    const seed = given ?? session.seeds.next();
    if (args.has('paused')) {
      await session.machine.start(name, seed, 'simulated');
      cell.stdout(
        `${name} is powered on with seed ${seed}, and is paused before its first instruction. %trace, %profile, %expect and %send let it run.\n`,
      );
      return;
    }
    if (background) {
      await session.machine.start(name, seed, 'interactive');
      session.machine.runInBackground();
      cell.stdout(`${name} runs in the background with seed ${seed}. %log shows its console, %stop ends it.\n`);
      return;
    }
    const folding: ConsoleFolding = {
      awaited: chapters.bootStages.map(({ sign }) => sign),
      explain: (ending) => explainStretch(session, ending, 0, SETTLED_QUIET, until !== undefined),
    };
    const mayKeep = cell.allowStdin || args.has('warm');
    const warm = mayKeep ? await warmStartOf(session, name, seed, until) : undefined;
    const kept = warm && !args.has('cold') ? await resume(session, cell, warm, line, seed, folding) : undefined;
    const ending = kept ?? (await boot(session, cell, line, seed, chapters.bootStages, folding));
    if (!kept) warm?.keep(ending);
    await report(session, cell, ending, line);
    if (args.has('interactive') && !session.machine.run?.ended) await consoleLoop(session, cell);
  },
};

/** What the words of a `%run` mean. @throws UserError when they contradict each other, or the front end. */
function readLine(args: MagicArguments, cell: CellContext, last: () => string) {
  const given = seedOf(runMagic, args);
  const until = args.option('until');
  const pattern = until === undefined ? undefined : compilePattern(until);
  const timeoutText = args.option('timeout');
  const timeout = timeoutText === undefined ? DEFAULT_TIMEOUT : parseDuration(runMagic, 'timeout', timeoutText);
  const other = args.has('paused') && ['until', 'timeout', 'warm', 'background', 'interactive'].find((option) => args.has(option));
  if (other) throw wrongUse(runMagic, `--paused and --${other} do not go together: with --paused the machine does not run yet`);
  if (args.has('cold') && args.has('warm')) throw wrongUse(runMagic, '--cold and --warm do not go together');
  if (args.has('interactive') && !cell.allowStdin) {
    throw new UserError('MagicError', '--interactive needs a front end that takes input', 'Type with %send in cells of their own.');
  }
  return { name: args.positionals[0] ?? last(), given, until, pattern, timeout, background: args.has('background') };
}

type Line = ReturnType<typeof readLine>;

/** A boot, with the stage that it has reached, where somebody watches. */
async function boot(
  session: Session,
  cell: CellContext,
  line: Line,
  seed: number,
  added: readonly BootStage[],
  folding: ConsoleFolding,
): Promise<Ending> {
  const { name, pattern, timeout } = line;
  await session.machine.start(name, seed, 'simulated');
  const hasGuest = systemOf(session)?.protectionDomains.some((pd) => pd.virtualMachine) ?? false;
  const progress = new BootProgress(cell, name, hasGuest, added);
  return await watch(session, cell, { pattern, timeout, quiet: SETTLED_QUIET }, progress, folding);
}

/** Shows the console of a run that is kept, as a run would have, and says so. Undefined when there is none. */
async function resume(
  session: Session,
  cell: CellContext,
  warm: WarmStart,
  line: Line,
  seed: number,
  folding: ConsoleFolding,
): Promise<Ending | undefined> {
  const { name, timeout } = line;
  const sink = new CellConsole(cell, undefined, folding);
  const ending = await warm.resume(timeout, sink, cell.signal);
  if (!ending) return undefined;
  await sink.explain(ending);
  sink.finish();
  const { transcript } = session.machine.requireRun();
  if (!transcript.text().endsWith('\n')) cell.stdout('\n');
  const again = `%run ${name} --seed ${seed} --cold`;
  cell.stdout(`(${name} was not booted: this is the console of the same run, and the machine goes on from its end. ${again} boots it.)\n`);
  return ending;
}

function sentence(name: string, ending: Ending, timeout: number): string {
  switch (ending.kind) {
    case 'pattern':
      return `${name} is paused where the pattern showed.`;
    case 'timeout':
      return `${name} is paused after ${timeout / SECONDS} s of simulated time.`;
    case 'quiet':
      return `${name} has been silent for ${SETTLED_QUIET / SECONDS} s of simulated time, and is paused.`;
    case 'stopped':
      return `${name} ${describeEnd(ending.reason)}.`;
  }
}

/** Tells how the run ended. A crash is an error, and so is a pattern that did not show. */
async function report(session: Session, cell: CellContext, ending: Ending, { name, until, timeout }: Line): Promise<void> {
  const run = session.machine.requireRun();
  if (ending.kind === 'stopped' && ending.reason.kind === 'crashed') {
    throw new UserError(
      'RunError',
      `${run.name} ${describeEnd(ending.reason)}`,
      `%log shows its console; repeat the run with %run ${run.name} --seed ${run.seed}.`,
    );
  }
  const text = run.transcript.text();
  const shownAbove = cell instanceof ReplayableCell;
  if (!text.endsWith('\n') && !(shownAbove && isLong(text))) cell.stdout('\n');
  const said = shownAbove ? [] : await explainStretch(session, ending, 0, SETTLED_QUIET, until !== undefined);
  const ended = `${sentence(run.name, ending, timeout)} Seed ${run.seed}: %run ${run.name} --seed ${run.seed} repeats it.`;
  cell.display({
    data: {
      'text/plain': [...said, ended].join('\n'),
      // The console has been shown: here is only what helps to find one's way in it.
      'text/html': `${explanationHtml(said)}<div style="font-size:0.9em;opacity:0.8">${escapeHtml(ended)}<br>${escapeHtml(voicesOf(text))}</div>`,
    },
    ...(said.length > 0 && { metadata: SHOWN_ABOVE }),
  });
  if (until !== undefined && ending.kind !== 'pattern') {
    throw new UserError('RunError', `the console did not show /${until}/`, `${sentence(name, ending, timeout)} %log shows all of it.`);
  }
}
