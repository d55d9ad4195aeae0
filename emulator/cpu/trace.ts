import type { Encoding, Fields } from './encoding.js';

/** What a processor tells somebody who watches. Each is called where what it tells of has just happened. */
export interface ProcessorTrace {
  /** TRACE_* of `layout.ts`: whether `exception`, `exceptionReturn` and `translation` are wanted. */
  readonly events: number;
  /**
   * An exception was taken to level `target`: its registers are set. `kind`: the vector's offset, 0 for synchronous ones, 0x80
   * for IRQ, 0x100 for FIQ; 1 for an HVC and 2 for an SMC that the firmware answers.
   */
  exception(from: number, target: number, kind: number): void;
  /** `legal`: false where the return keeps the level. */
  exceptionReturn(from: number, legal: boolean): void;
  /** Reads (0), writes (1) or fetches (2) of a virtual page at a level lead to a physical one from now on. */
  translation(virtual: bigint, physical: bigint, access: number, level: number): void;
  /** An instruction is executed for the first time since its page came into being, or since it was changed. */
  decoded?(address: bigint, word: number, row: Encoding, fields: Fields): void;
  /** Nothing answered an access of so many bytes. */
  unassigned(address: number, size: number, write: boolean): void;
  /** A device was read or written. `value` is negative where nothing answered a read. */
  access?(address: number, size: number, value: number, write: boolean): void;
}
