import { treeMemory } from '../core/usage.js';
import { describeSdk } from './body.js';
import { stripSgr } from '../render/sgr.js';
import { describeEnd, SECONDS } from '../session/machine-run.js';
import { compilePattern } from '../session/pattern.js';
import { withUsed } from '../session/chapter.js';
import type { Session } from '../session/session.js';
import type { Transcript } from '../session/transcript.js';
import { UserError } from '../session/user-error.js';
import { parseDuration } from '../kit/arguments.js';
import type { Magic, OpenChapters } from '../kit/magic.js';
import { explainStretch } from './running-system.js';
import { megabytes } from './snapshot.js';
import { DEFAULT_TIMEOUT, watch } from './watch.js';

export const expectMagic: Magic = {
  name: 'expect',
  kind: 'line',
  summary: 'Lets the machine run until its console shows a pattern; an error if it does not.',
  details: [
    'PATTERN is a regular expression for one line. What the console has shown already counts, from the line on that the',
    '%expect before found: a row of %expect checks that lines come in this order.',
  ].join('\n'),
  positionals: [{ name: 'PATTERN', help: 'a regular expression' }],
  options: [{ name: 'timeout', value: 'TIME', help: 'simulated time limit, such as 60s (the default)' }],
  examples: ['%expect "ready"', '%expect "lease of 10\\.0\\.2\\.15" --timeout 10s'],
  async execute({ session, cell, args }) {
    const source = args.required(0);
    const pattern = compilePattern(source);
    const text = args.option('timeout');
    const timeout = text === undefined ? DEFAULT_TIMEOUT : parseDuration(expectMagic, 'timeout', text);
    const run = session.machine.requireRun();
    const seen = findLine(run.transcript, session.machine.expectFrom, pattern);
    if (seen) {
      cell.stdout(`${seen.line.trim()}\n`);
      session.machine.expectFrom = seen.end;
      return;
    }
    const from = run.transcript.length;
    const line = run.transcript.openLine(session.machine.expectFrom);
    session.machine.expectFrom = from - line.length;
    const ending = await watch(session, cell, { pattern, timeout, line: stripSgr(line) });
    session.machine.expectFrom = findLine(run.transcript, session.machine.expectFrom, pattern)?.end ?? run.transcript.length;
    if (ending.kind === 'pattern') return;
    const why =
      ending.kind === 'stopped' ? `${run.name} ${describeEnd(ending.reason)}` : `${timeout / SECONDS} s of simulated time went by`;
    const said = await explainStretch(session, ending, from, 0, true);
    throw new UserError(
      'ConsoleError',
      `the console did not show /${source}/: ${why}`,
      [...said, '%log shows what it did show.'].join('\n'),
    );
  },
};

/** The first line from a position on that matches, and the position after it. */
function findLine(transcript: Transcript, from: number, pattern: RegExp): { line: string; end: number } | undefined {
  let end = Math.max(from, transcript.dropped);
  for (const raw of transcript.text(from).split('\n')) {
    end += raw.length + 1;
    const line = stripSgr(raw);
    if (pattern.test(line)) return { line, end: Math.min(end, transcript.length) };
  }
  return undefined;
}

export const stopMagic: Magic = {
  name: 'stop',
  kind: 'line',
  summary: 'Switches the machine off.',
  details: 'Its console stays in the cells that showed it. %run starts another machine.',
  examples: ['%stop'],
  async execute({ session, cell }) {
    const name = session.machine.run?.name;
    const stopped = await session.machine.stop();
    // Whoever switches off is done for now: also the cells need less.
    if (stopped) session.restCells();
    cell.stdout(stopped ? `${name} is switched off.\n` : 'No machine is running.\n');
  },
};

export const statusMagic: Magic = {
  name: 'status',
  kind: 'line',
  summary: 'Tells what is built, what runs, where, and what memory it takes.',
  details: 'Times are simulated.',
  examples: ['%status'],
  async execute({ session, chapters, cell }) {
    const run = session.machine.run;
    const lines = [...chapterLines(session, chapters), ...buildLines(session)];
    lines.push(`SDK: ${describeSdk(session)}`);
    lines.push(`Seed of the next run: ${session.seeds.settled ?? 'drawn'}`);
    if (!run) lines.push('Machine: off');
    else {
      const state = run.ended
        ? describeEnd(run.ended)
        : session.machine.inBackground
          ? 'runs in the background'
          : 'is paused between cells';
      const { time, instructions } = session.machine.inBackground ? await run.machine.status() : run.status;
      lines.push(
        `Machine: ${run.name} with seed ${run.seed} ${state}; ${(time / SECONDS).toFixed(3)} s simulated, ${instructions} instructions`,
      );
    }
    lines.push(...(await memoryLines(session)));
    cell.stdout(`${lines.join('\n')}\n`);
  },
};

/** What the kernel takes of this computer's memory; nothing where that cannot be told. */
async function memoryLines({ cellProcesses }: Session): Promise<string[]> {
  const own = process.memoryUsage.rss();
  if (own === 0) return [];
  const cells = await treeMemory(cellProcesses());
  return [`Memory: ${megabytes(own + cells)}${cells > 0 ? `, ${megabytes(cells)} of it for TypeScript cells` : ''}`];
}

/** The description that is meant and the images that are there, each with what is wrong with it. */
function buildLines({ builds, workspace }: Session): string[] {
  const { latest } = workspace.descriptions;
  const refusal = latest === undefined ? undefined : workspace.descriptions.refusal(latest);
  const described =
    latest === undefined
      ? []
      : [`Described: ${workspace.display(latest)}${refusal === undefined ? '' : `, which was refused (${refusal})`}`];
  const built = builds.names().map((name) => {
    const stale = builds.staleness(name);
    return stale === undefined ? name : `${name} of before (${stale})`;
  });
  return [...described, `Built: ${built.join(', ') || 'nothing yet'}`];
}

/** The chapter in force, and where it and its code come from. */
function chapterLines(session: Session, { loaded }: OpenChapters): string[] {
  const { chapter } = session.workspace;
  if (!chapter) return [];
  const names = withUsed(chapter).map(({ name }) => name);
  const kits = loaded.filter((each) => names.includes(each.chapter));
  const from = (path: string) => (chapter.found === 'package' ? `virtbook's own ${session.workspace.display(path)}` : path);
  return [`Chapter: ${chapter.name}, from ${from(chapter.folder)}`, `Kit: ${kits.map(({ path }) => from(path)).join(', ') || 'none'}`];
}
