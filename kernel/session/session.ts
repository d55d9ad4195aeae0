import { Builds } from './builds.js';
import type { Chapters } from './chapter.js';
import { MachineControl } from './machine-control.js';
import { SeedSource } from './seed.js';
import type { Services } from './services.js';
import type { KeptRuns } from './kept-runs.js';
import { Workspace } from './workspace.js';

export interface SessionOptions {
  folder: string;
  /** None unless given. */
  chapters?: Chapters | undefined;
  services: Services;
  seed?: number | undefined;
  /** Where runs are kept, so that the same run need not be booted again. Absent: every run boots. */
  keptRuns?: KeptRuns | undefined;
}

/** What one kernel knows between cells. Who needs only a part of it takes that part. */
export class Session {
  readonly workspace: Workspace;
  readonly builds: Builds;
  readonly machine: MachineControl;
  readonly seeds: SeedSource;
  readonly services: Services;
  readonly keptRuns: KeptRuns | undefined;
  /** Processes that run cells, besides this one. */
  cellProcesses: () => readonly number[] = () => [];
  /** Has what runs cells give back what the next one can have again. */
  restCells: () => void = () => undefined;

  constructor({ folder, chapters, services, seed, keptRuns }: SessionOptions) {
    this.workspace = new Workspace(folder, chapters);
    this.builds = new Builds(this.workspace, services);
    this.machine = new MachineControl(this.builds, services);
    this.seeds = new SeedSource(seed);
    this.services = services;
    this.keptRuns = keptRuns;
  }
}
