import type { Observation, Observed, RunEvent } from '../../emulator/debug/observation.js';
import type { BuiltSystem } from '../session/built-system.js';
import type { MachineRun } from '../session/machine-run.js';
import type { MachineEvent } from '../session/trace-model.js';
import { tellSteps } from '../session/trace-steps.js';

/** Of a run that makes more, the first are kept. */
const MOST_KEPT = 200_000;

/** What a machine has done since its recording began, which may be asked for again and again while it stands still. */
export class Recording {
  private readonly past: RunEvent[] = [];
  private told: { of: number; events: MachineEvent[] } = { of: -1, events: [] };

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
    // A machine that has ended cannot be asked to go on noting.
    const noted: Observed | undefined = await this.run.machine.observe?.(this.run.ended ? undefined : this.wanted);
    for (const event of noted?.events ?? []) this.past.push(event);
    if (this.told.of !== this.past.length) {
      const { events } = tellSteps(this.system, { from: 0, to: this.run.status.time, samples: [], events: this.past, left: 0 });
      this.told = { of: this.past.length, events };
    }
    return this.told.events;
  }
}
