import { traceBundle } from '../render/trace.js';
import { MICROKERNEL } from '../session/built-system.js';
import { foldSteps } from '../session/fold-steps.js';
import { instructionCounts } from '../session/instruction-counts.js';
import { describeEnd, type Goal, MILLISECONDS } from '../session/machine-run.js';
import { compilePattern } from '../session/pattern.js';
import { DEVICES, type TraceKind, traceKinds } from '../session/trace-model.js';
import { tellSteps } from '../session/trace-steps.js';
import { nearest, UserError } from '../session/user-error.js';
import { parseDuration, wrongUse } from '../kit/arguments.js';
import type { Magic, MagicArguments } from '../kit/magic.js';
import { POWER_ON_OPTIONS, powerOnPaused, runObserved } from './observed-run.js';
import { DEFAULT_TIMEOUT, UNTIL_HELP } from './watch.js';
import { decodeKeys } from './send.js';

/** Steps that are shown, and events that are kept to tell them from. */
const MOST_SHOWN = 200;
const MOST_KEPT = 20_000;
/** Silence after which a system that was powered on has settled, in simulated time. */
const SETTLED = 100 * MILLISECONDS;
const defaultKinds: readonly TraceKind[] = ['ipc', 'calls', 'faults', 'interrupts', 'mmio'];
const help: Record<TraceKind, string> = {
  ipc: 'protected procedure calls, their replies, and notifications',
  calls: 'other system calls',
  faults: 'what a domain or a guest did that another has to deal with',
  interrupts: 'interrupts of devices and timers',
  mmio: 'what domains and guests do with devices',
  guest: 'what stays inside of a virtual machine: its own system calls, faults and interrupts',
  console: "seL4's debug calls: one for each character",
};

export const traceMagic: Magic = {
  name: 'trace',
  kind: 'line',
  summary: 'Lets the machine run on, and shows what happens between domains, microkernel and devices.',
  details: [
    'As a sequence diagram and as a table. With NAME, the machine is powered on with what %build NAME made, and is seen from its first',
    'instruction, until it has been silent for 100 ms: its start-up, the first calls, the first faults. WHAT is any of:',
    ...traceKinds.map((kind) => `  ${kind}: ${help[kind]}`),
    `Without, it is ${defaultKinds.join(', ')}. Steps that repeat in a row are shown once, with a count. The first ${MOST_SHOWN} are shown.`,
    'Afterwards %show system has the counts at its channels, and TypeScript cells have what happened: machine.events(), frames() and instructions(). A run that is traced is the same as one that is not.',
  ].join('\n'),
  positionals: [
    { name: 'NAME', help: 'what %build was given: power on, and trace from there', optional: true },
    { name: 'WHAT', help: traceKinds.join(', '), optional: true, rest: true },
  ],
  options: [
    { name: 'for', value: 'TIME', help: 'simulated time, such as 100ms (the default)' },
    { name: 'send', value: 'TEXT', help: 'type this first, as %send does' },
    { name: 'until', value: 'PATTERN', help: UNTIL_HELP },
    ...POWER_ON_OPTIONS,
  ],
  examples: ['%trace --for 20ms', '%trace --send RETURN ipc', '%trace --until "ready" ipc', '%trace ipc interrupts', '%trace hello'],
  complete: (session, index) => [...(index === 0 ? session.builds.names() : []), ...traceKinds],
  async execute(invocation) {
    const { session, cell, args } = invocation;
    const { name, kinds } = readWords(args.positionals, session.builds.names());
    const { until, ...goal } = readGoal(args, name !== undefined);
    const wanted = {
      kind: 'events',
      most: MOST_KEPT,
      accesses: kinds.has('mmio'),
      guest: kinds.has('guest'),
      console: kinds.has('console'),
      devices: true,
    } as const;
    const keys = args.option('send');
    await powerOnPaused(traceMagic, invocation, name);
    if (keys !== undefined) session.machine.requireRun().type(decodeKeys(keys));
    const { ending, observed, system } = await runObserved(session, cell, wanted, goal);
    const { steps, channels, events, frames } = tellSteps(system, observed);
    const run = session.machine.requireRun();
    session.machine.traced = { run, channels, events, frames, instructions: instructionCounts(system, observed.executed) };
    const lines = [...system.spaces.map(({ name }) => name), MICROKERNEL, DEVICES];
    cell.display(
      traceBundle(
        {
          name: run.name,
          time: observed.to - observed.from,
          lines,
          steps: foldSteps(steps.filter(({ kind }) => kinds.has(kind))),
          channels,
          lost: observed.left,
        },
        MOST_SHOWN,
      ),
    );
    if (until === undefined || ending.kind === 'pattern') return;
    const why =
      ending.kind === 'stopped'
        ? `${run.name} ${describeEnd(ending.reason)}`
        : `${goal.timeout / MILLISECONDS} ms of simulated time went by`;
    throw new UserError('ConsoleError', `the console did not show /${until}/: ${why}`, '%log shows what it did show.');
  },
};

/** The system to power on, if it is named, and the kinds of steps to show. @throws UserError when a word is neither */
function readWords(words: readonly string[], builds: readonly string[]): { name: string | undefined; kinds: ReadonlySet<string> } {
  const isKind = (word: string): boolean => traceKinds.some((kind) => kind === word);
  const [first = ''] = words;
  const name = !isKind(first) && builds.includes(first) ? first : undefined;
  const named = words.slice(name === undefined ? 0 : 1);
  const unknown = named.find((word) => !isKind(word));
  if (unknown === undefined) return { name, kinds: new Set(named.length ? named : defaultKinds) };
  const meant = nearest(unknown, [...traceKinds, ...(unknown === first ? builds : [])]);
  const advice = meant ? `did you mean ${meant}?` : `it is one of ${traceKinds.join(', ')}`;
  throw wrongUse(traceMagic, `'${unknown}' cannot be traced: ${advice}`);
}

/** When to stop: as was asked; after a power-on, when the system has settled. */
function readGoal(args: MagicArguments, poweredOn: boolean): Goal & { until: string | undefined } {
  const until = args.option('until');
  const time = args.option('for');
  if (time !== undefined || until !== undefined) {
    const timeout = time === undefined ? DEFAULT_TIMEOUT : parseDuration(traceMagic, 'for', time);
    return { until, pattern: until === undefined ? undefined : compilePattern(until), timeout };
  }
  return poweredOn ? { until, timeout: DEFAULT_TIMEOUT, quiet: SETTLED } : { until, timeout: 100 * MILLISECONDS };
}
