import { readFileSync } from 'node:fs';
import { readSystem } from '../../sdk/tool/read.js';
import type { SystemDescription } from '../../sdk/tool/model.js';
import type { FindingKind } from '../explain/finding.js';
import { explainInstant } from '../explain/instant.js';
import { explainRun } from '../explain/run.js';
import { type BuiltSystem, readWholeSystem } from '../session/built-system.js';
import { readDomain, readSymbol, requireDomain } from '../session/domain-memory.js';
import { instructionsOf } from '../session/instruction-counts.js';
import { describeEnd, type Ending, type Goal, MILLISECONDS, type MachineRun, SECONDS, silentSink } from '../session/machine-run.js';
import { compilePattern } from '../session/pattern.js';
import type { CheckRequest } from '../session/task-checks.js';
import type { Session } from '../session/session.js';
import { statesOfDomains } from '../session/thread-states.js';
import { modelOf } from '../session/system-model.js';
import { selectEvents } from './events.js';
import { fail } from './expect.js';
import type { CheckedMachine } from './machine.js';
import { Recording } from './recording.js';
import { nanoseconds, type Time, timeText } from './times.js';

/** Silence after which a system has settled. */
const SETTLED = 100 * MILLISECONDS;
/** How long `until` and `console.expect` wait at most unless told otherwise. */
const PATIENCE = 10 * SECONDS;
/** Bytes that a system may print in a check: a boot of Linux prints a tenth. The machine then stands still. */
const MOST_PRINTED = 200_000;
/** Exceptions, interrupts and prints that there may be in a check: Linux with its network makes a fiftieth. The machine then stands still. */
const MOST_EVENTS = 500_000;
/** Virtual time between two looks at how many there were. */
const LOOK = 250 * MILLISECONDS;
/** A silence of this length is long enough to say who works in it. */
const TELLING = 600 * MILLISECONDS;

/** What a machine begins with, besides its image. */
type PowerOn = Pick<CheckRequest, 'seed' | 'code' | 'signal'>;

/** A machine with what `session` has built, recorded from power-on. */
export class RecordedMachine implements CheckedMachine {
  private last: Ending = { kind: 'timeout' };
  private expectFrom = 0;
  /** Events so far, when that was last asked, and when it is asked again. */
  private happened = 0;
  private nextLook = LOOK;

  private constructor(
    private readonly session: Session,
    private readonly run: MachineRun,
    private readonly built: BuiltSystem,
    private readonly description: SystemDescription,
    private readonly recording: Recording,
    private readonly signal: AbortSignal,
  ) {}

  static async powerOn(session: Session, name: string, systemFile: string, { seed = 1, code, signal }: PowerOn): Promise<RecordedMachine> {
    const description = readSystem(readFileSync(systemFile, 'utf8'), session.workspace.display(systemFile));
    const system = await readWholeSystem(session, name, description);
    // The same machine each time: a check that passes passes again.
    const run = await session.machine.start(name, seed, 'simulated', code);
    return new RecordedMachine(session, run, system, description, await Recording.start(run, system), signal);
  }

  async events(wanted: Parameters<CheckedMachine['events']>[0] = {}) {
    return selectEvents(await this.recording.events(), wanted);
  }

  async frames(wanted: Parameters<CheckedMachine['frames']>[0] = {}) {
    return selectEvents(await this.recording.frames(), wanted);
  }

  async instructions(domain: string) {
    return instructionsOf(await this.recording.instructions(), domain);
  }

  async symbol(domain: string, name: string) {
    requireDomain(this.built, domain);
    return readSymbol(this.run.machine, this.built, domain, name);
  }

  async read(domain: string, address: number, length: number) {
    return readDomain(this.run.machine, requireDomain(this.built, domain), address, length);
  }

  async system() {
    return modelOf(this.built);
  }

  async states() {
    return statesOfDomains(this.run.machine, this.built);
  }

  async interrupts() {
    return (await this.run.machine.interrupts?.()) ?? [];
  }

  async findings(kind?: FindingKind) {
    if (this.flood !== undefined && (kind === undefined || kind === 'loop')) return [this.flood];
    const { session, description, last: ending } = this;
    const said = isLooked(kind)
      ? await explainInstant(session, { description, events: await this.recording.events(), kinds: [kind] })
      : await explainRun(session, { ending, from: 0, quiet: TELLING, description });
    return said.filter((each) => kind === undefined || each.kind === kind).map(({ text }) => text);
  }

  /** The same, after a silence that is long enough to say who works in it. */
  async lastFindings(): Promise<string[]> {
    await this.advance({ timeout: 2 * SECONDS, quiet: TELLING });
    return this.findings();
  }

  async runFor(time: Time) {
    await this.advance({ timeout: nanoseconds(time) });
  }

  async until(pattern?: RegExp | string, { timeout = PATIENCE }: { timeout?: Time } = {}) {
    const limit = nanoseconds(timeout);
    if (pattern === undefined) return (await this.advance({ timeout: limit, quiet: SETTLED })).kind === 'quiet';
    const wanted = compiled(pattern);
    const lines = this.shown.split('\n');
    if (lines.some((line) => wanted.test(line))) return true;
    // To the end of the line: what it prints next begins with a line of its own.
    const whole = new RegExp(`(?:${wanted.source}).*$`, wanted.flags);
    return (await this.advance({ timeout: limit, pattern: whole, line: lines.at(-1) })).kind === 'pattern';
  }

  readonly console = {
    text: async () => this.shown,
    send: async (text: string) => {
      if (this.run.ended) fail(`The machine ${describeEnd(this.run.ended)} before ${JSON.stringify(text)} could be typed.`);
      this.run.type(text);
    },
    expect: async (pattern: RegExp | string, { timeout = PATIENCE / MILLISECONDS }: { timeout?: number } = {}) => {
      const wanted = compiled(pattern);
      const seen = this.seen(wanted);
      if (seen !== undefined) return seen;
      const ending = await this.advance({
        timeout: timeout * MILLISECONDS,
        pattern: wanted,
        line: this.shown.slice(this.expectFrom).split('\n').at(-1),
      });
      const found = this.seen(wanted) ?? (ending.kind === 'pattern' ? ending.match : undefined);
      if (found !== undefined) return found;
      const why = ending.kind === 'stopped' ? `the machine ${describeEnd(ending.reason)}` : `in ${timeText(timeout * MILLISECONDS)}`;
      return fail(`The console did not show ${String(pattern)} ${why}.`);
    },
  };

  async status() {
    return this.run.status;
  }

  private get shown(): string {
    return this.run.transcript.plain();
  }

  private seen(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.shown.slice(this.expectFrom));
    if (!found) return undefined;
    this.expectFrom += found.index + found[0].length;
    return found[0];
  }

  /** Why the machine stands still for good: it has done more than any check needs. */
  private get flood(): string | undefined {
    if (this.run.printed > MOST_PRINTED) return `The console was flooded: the check ended after ${MOST_PRINTED} characters.`;
    if (this.happened > MOST_EVENTS)
      return `Calls, notifications, faults and interrupts came without end: the check ended after ${MOST_EVENTS} of them.`;
    return undefined;
  }

  private async look(): Promise<void> {
    const { time } = this.run.status;
    if (time < this.nextLook) return;
    this.nextLook = time + LOOK;
    this.happened = await this.recording.count();
  }

  private async advance(goal: Goal): Promise<Ending> {
    const { ended } = this.run;
    this.last = ended ? { kind: 'stopped', reason: ended } : await this.toGoal(goal);
    if (this.last.kind === 'stopped' && this.last.reason.kind === 'crashed') throw new LostMachine(describeEnd(this.last.reason));
    return this.last;
  }

  /** A flood ends it where virtual time says, on each computer at the same place. */
  private async toGoal(goal: Goal): Promise<Ending> {
    if (this.flood !== undefined) return { kind: 'timeout' };
    const flood = new Error('the machine does too much');
    const ready = async (): Promise<void> => {
      await this.look();
      if (this.flood !== undefined) throw flood;
    };
    try {
      return await this.session.machine.advance(goal, { ...silentSink, ready }, this.signal);
    } catch (error) {
      if (error === flood) return { kind: 'timeout' };
      throw error;
    }
  }
}

/** A loop shows in a stretch of time; the others at an instant. */
const isLooked = (kind: FindingKind | undefined): kind is FindingKind => kind !== undefined && kind !== 'loop';

/** The machine has ended in a way that no program of a reader should bring about: its thread is gone, or it has met a mistake of ours. */
export class LostMachine extends Error {
  constructor(how: string) {
    super(`the machine of the check ${how}`);
    this.name = 'LostMachine';
  }
}

/** `^` and `$` mean each line. */
function compiled(pattern: RegExp | string): RegExp {
  const { source, flags } = typeof pattern === 'string' ? compilePattern(pattern) : pattern;
  return new RegExp(source, `${flags.replace(/[gym]/g, '')}m`);
}
