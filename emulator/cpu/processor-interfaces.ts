/** The neighbours of a processor: the board, the modules of the core, and who runs it. */
import type { DirectMemory } from '../devices/peripheral.js';
import type { HostFeatures } from './translator/host-features.js';
import type { TranslationService } from './translator/service.js';
import type { TranslationTuning } from './translator/translator.js';

/** The board, as the processor sees it. */
export interface ProcessorBus {
  /** Negative: nothing answers. */
  read(address: number, size: 1 | 2 | 4): number;
  /** False: nothing answers. */
  write(address: number, value: number, size: 1 | 2 | 4): boolean;
  /** Memory that answers reads at this address now, of a device that is executed from; see `directMemoryChanged`. */
  directMemory?(address: number): DirectMemory | undefined;
  /** Outputs of the generic timers and of the performance monitor, to private interrupts of the interrupt controller. */
  timerOutput(timer: 'physical' | 'virtual' | 'hypervisor' | 'performance', level: boolean): void;
  /** With several processors: whose accesses and timers follow. The first one's before any call. */
  selected?(cpu: number): void;
}

/** Where processors have their linear memories from. */
export interface MemoryStore {
  /** A memory of so many pages of 64 KiB, all zero. */
  take(pages: number): WebAssembly.Memory;
  /** Nothing uses those any more that were taken until now. */
  release(): void;
}

/** The two modules of the core, compiled once for a process. */
export interface CoreModules {
  runtime: WebAssembly.Module;
  interpreter: WebAssembly.Module;
  /** What translated code may use beside WebAssembly 2.0. */
  features: HostFeatures;
  /** Where one machine comes after the other; otherwise each has a memory of its own. */
  memories?: MemoryStore;
}

/** What the processor calls of the runtime module (`core/`). */
export interface Runtime {
  updateTimers(): number;
  memoryWritten(address: number, size: number): void;
  directChanged(first: number, count: number): void;
  translationChanged(): void;
  updateFpTrap(): void;
  fpcrChanged(): void;
  wakePending(): number;
  debugChanged(): void;
  takeBreakpoint(address: bigint): number;
  physicalAddress(address: bigint): number;
  digest(start: number, length: number, seed: bigint): bigint;
  nextPage(at: number, end: number, zero: boolean): number;
  /** The same in RAM, of whose pages it is known which were never written to. */
  nextRamPage(at: number, end: number, zero: boolean): number;
}

/** `debug`: before a breakpoint or a watched access, see `DebugUnit.takeStop`. */
export type ExitReason = 'budget' | 'waiting' | 'yield' | 'firmware' | 'semihosting' | 'debug';

export interface ProcessorOptions {
  /** EL2 exists. */
  hypervisor: boolean;
  /** HLT #0xf000 is a call to the host. */
  semihosting?: boolean | undefined;
  /** How many there are; 1 unless given. */
  processors?: number | undefined;
  translation?: Partial<TranslationTuning> | undefined;
  /** Who translates; this thread, at once, unless given. */
  service?: TranslationService | undefined;
}
