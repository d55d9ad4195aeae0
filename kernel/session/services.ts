import type { Machine } from '../../emulator/server/machine.js';
import type { TraceRequest } from '../../emulator/debug/tracer.js';
import type { MachineOptions } from '../../emulator/machine/options.js';
import type { RestoreOptions } from '../../emulator/machine/snapshot/description.js';
import type { SharedCode } from './shared-code.js';
import type { Snapshots, StoredSnapshot } from './snapshot-store.js';
import type { CheckReport, CheckRequest } from './task-checks.js';
import type { Diagnostic } from '../../sdk/diagnostic.js';
import type { GuestRecipe } from '../../sdk/guest/guest.js';

/** `debug`, `release`, or another that a real SDK has. */
export type BuildConfig = string;

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
  /** The sources in the first folder may take in no file but sources and those of the SDK and the compiler. */
  confined?: boolean | undefined;
  config: BuildConfig;
  /** Sources of program images by the image's file name; an image that is not here is made of the C file of its name. */
  programs?: ReadonlyMap<string, readonly string[]> | undefined;
  /** The Linux guest, for programs that embed one. */
  guest?: GuestRecipe | undefined;
  /** The folder of a Microkit SDK, or `embedded`. */
  sdk?: string | undefined;
  onProgress: (step: Progress) => void;
  signal: AbortSignal;
}

export interface BuildResult {
  image: string;
  report: string;
  /** What the programs are made of, absolute, where that is known. */
  sources?: readonly string[];
  upToDate: boolean;
  /** How many processors the machine needs (default: 1). */
  processors?: number;
  /** The folder of the SDK that it was built with. */
  sdk?: string;
  warnings: Diagnostic[];
}

/** Where a debugger finds a machine. */
export interface DebugServer {
  /** As a debugger writes it: `127.0.0.1:1234`. */
  address: string;
  close(): Promise<void>;
}

/** ELF files that come from the SDK. */
export interface SystemPrograms {
  kernel?: Uint8Array | undefined;
  monitor?: Uint8Array | undefined;
  /** What the labels of invocations mean to the kernel, where the SDK says it; absent: what they mean to the embedded one. */
  invocations?: ReadonlyMap<number, string> | undefined;
}

/** TypeScript that a reader wrote for a task, in a process of its own. */
export interface ReadersModule {
  /**
   * What one of its functions gives for these values, which are plain as JSON has them.
   * @throws ReadersMistake with what is wrong in the module, ModuleLost where the process could not do its work here
   */
  call(name: string, values: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** The house's other parts, as the session uses them. Tests hand in others. */
export interface Services {
  build(request: BuildRequest): Promise<BuildResult>;
  startMachine(options: MachineOptions, more?: { trace?: TraceRequest; code?: SharedCode | undefined }): Promise<Machine>;
  /** The machine of a snapshot. A thread that has files reads it there, so that nobody else's memory need hold it. */
  restoreMachine(stored: Pick<StoredSnapshot, 'file' | 'readMachine'>, options: RestoreOptions): Promise<Machine>;
  /** Throws for a Microkit SDK that builds cannot use here, as `BuildRequest` names it. Absent: any can be used. */
  checkSdk?(sdk: string): void;
  /** Throws for a variable of the environment that builds do not look at here. Absent: all are looked at. */
  checkVariable?(name: string): void;
  /** Where the snapshots of a working folder are that a reader has named. Absent: in a folder inside of it. */
  snapshots?(folder: string): Snapshots;
  /** The SHA-256 of a file, where there is a quicker way to it than to read it here. */
  readonly digestOfFile?: (path: string) => Promise<string>;
  /** Gives back the memory of machines that are gone. */
  giveBack?(): Promise<void>;
  /** The microkernel's and the monitor's programs that the image in a file was made of, where they can be told. */
  systemPrograms?(file: string, sdk?: string): Promise<SystemPrograms>;
  /** Checks a task in a process of its own. @throws UserError when the checks themselves are wrong */
  checkTask?(request: CheckRequest): Promise<CheckReport>;
  /** Starts what a reader wrote for a task. The kernel of a page cannot. */
  openModule?(file: string, signal: AbortSignal): Promise<ReadersModule>;
  /** Waits for GDB at a free port of this computer, on behalf of a machine. */
  debugMachine?(machine: Machine): Promise<DebugServer>;
}
