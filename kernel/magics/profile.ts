import { profileBundle } from '../render/profile.js';
import { SECONDS } from '../session/machine-run.js';
import { profileOf } from '../session/profile.js';
import { parseDuration, wrongUse } from '../kit/arguments.js';
import type { Magic } from '../kit/magic.js';
import { POWER_ON_OPTIONS, powerOnPaused, runObserved } from './observed-run.js';

/** About so many samples, whatever the time; no round number, so that they keep step with no timer of the guest. */
const WANTED_SAMPLES = 10_007;
const SHORTEST_INTERVAL = 97;

export const profileMagic: Magic = {
  name: 'profile',
  kind: 'line',
  summary: 'Lets the machine run on, and shows where its time goes.',
  details: [
    'Looks where the processor is some ten thousand times, at even distances of simulated time: the same run has the same profile.',
    'Time is shown by domain and by symbol; for a virtual machine by exception level: EL1 is its operating system, EL0 what runs on it.',
    'Afterwards TypeScript cells have the numbers: machine.profile().',
  ].join('\n'),
  positionals: [{ name: 'NAME', help: 'what %build was given: power on, and look from the first instruction on', optional: true }],
  options: [
    { name: 'for', value: 'TIME', help: 'simulated time to run, for example 1s (the default) or 50ms' },
    { name: 'top', value: 'N', help: 'how many symbols to show (default: 10)' },
    ...POWER_ON_OPTIONS,
  ],
  examples: ['%profile', '%profile --for 200ms --top 20', '%profile hello --for 200ms'],
  complete: (session, index) => (index === 0 ? session.builds.names() : []),
  async execute(invocation) {
    const { session, cell, args } = invocation;
    const time = parseDuration(profileMagic, 'for', args.option('for') ?? '1s');
    const top = args.option('top') ?? '10';
    if (!/^[1-9]\d*$/.test(top)) throw wrongUse(profileMagic, `--top ${top}: how many symbols, 1 or more`);
    if (time > 600 * SECONDS) throw wrongUse(profileMagic, '--for: 10 minutes at most');
    const interval = Math.max(SHORTEST_INTERVAL, Math.round(time / WANTED_SAMPLES));
    await powerOnPaused(profileMagic, invocation, args.positionals[0]);
    const { observed, system } = await runObserved(session, cell, { kind: 'samples', interval }, { timeout: time });
    const run = session.machine.requireRun();
    const profile = profileOf(system, observed);
    session.machine.profiled = { run, profile };
    cell.display(profileBundle(run.name, profile, Number(top)));
  },
};
