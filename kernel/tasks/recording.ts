import type { Executed, Observation, Observed, RunEvent } from '../../emulator/debug/observation.js';
import type { BuiltSystem } from '../session/built-system.js';
import { instructionCounts } from '../session/instruction-counts.js';
import type { MachineRun } from '../session/machine-run.js';
import type { InstructionCounts, MachineEvent, NetworkFrame, TracedSteps } from '../session/trace-model.js';
import { tellSteps } from '../session/trace-steps.js';

/** Of a run that makes more, the first are kept. */
const MOST_KEPT = 200_000;

/** What a machine has done since its recording began, which may be asked for again and again while it stands still. */
export class Recording {
  private readonly past: RunEvent[] = [];
  /** Events that came after those that are kept. */
  private left = 0;
  private executed: Executed[] | undefined = [];
  private told: { of: number } & Pick<TracedSteps, 'events' | 'frames'> = { of: -1, events: [], frames: [] };

  private constructor(
    private readonly run: MachineRun,
    private readonly system: BuiltSystem,
  ) {}

  static async start(run: MachineRun, system: BuiltSystem): Promise<Recording> {
    const recording = new Recording(run, system);
    await run.machine.observe?.(recording.wanted);
    return recording;
  }

  private get wanted(): Observation {
    const most = Math.max(0, MOST_KEPT - this.past.length);
    return { kind: 'events', most, accesses: false, guest: false, console: false, devices: true };
  }

  async events(): Promise<readonly MachineEvent[]> {
    return (await this.tell()).events;
  }

  async frames(): Promise<readonly NetworkFrame[]> {
    return (await this.tell()).frames;
  }

  async instructions(): Promise<InstructionCounts | undefined> {
    await this.tell();
    return instructionCounts(this.system, this.executed);
  }

  /** How many events there were so far, those included that are not kept. */
  async count(): Promise<number> {
    await this.take();
    return this.past.length + this.left;
  }

  private async take(): Promise<void> {
    // A machine that has ended cannot be asked to go on noting.
    const noted: Observed | undefined = await this.run.machine.observe?.(this.run.ended ? undefined : this.wanted);
    const events = noted?.events.slice(0, MOST_KEPT - this.past.length) ?? [];
    for (const event of events) this.past.push(event);
    this.left += noted ? noted.left + noted.events.length - events.length : 0;
    if (noted) this.executed = noted.executed && [...(this.executed ?? []), ...noted.executed];
  }

  private async tell(): Promise<Pick<TracedSteps, 'events' | 'frames'>> {
    await this.take();
    if (this.told.of !== this.past.length) {
      const { events, frames } = tellSteps(this.system, { from: 0, events: this.past });
      this.told = { of: this.past.length, events, frames };
    }
    return this.told;
  }
}
