import type { Machine } from '../../emulator/machine/machine.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import type { RestoreOptions } from '../../emulator/machine/snapshot/description.js';
import type { Diagnostic } from '../../sdk/diagnostic.js';

export type BuildConfig = 'debug' | 'release';

export interface Progress {
  label: string;
  done: number;
  total: number;
}

export interface BuildRequest {
  systemFile: string;
  /** Searched in order. */
  sourceDirs: string[];
  outputDir: string;
  config: BuildConfig;
  /** A Microkit SDK in place of the embedded one. */
  sdk?: string;
  onProgress(step: Progress): void;
  signal: AbortSignal;
}

export interface BuildResult {
  image: string;
  report: string;
  upToDate: boolean;
  warnings: Diagnostic[];
}

/** The house's other parts, as the session uses them. Tests hand in others. */
export interface Services {
  build(request: BuildRequest): Promise<BuildResult>;
  startMachine(options: MachineOptions): Promise<Machine>;
  /** The machine of a snapshot, which `read` gives the bytes of. */
  restoreMachine(read: () => Uint8Array, options: RestoreOptions): Promise<Machine>;
}
