/** Where things are in the image that both sides run. */
export const BASE = 0x40000000;
/** What the harness writes: structures for Linux, the stack of EL1. */
export const DATA = BASE + 0x1000;
export const VECTORS = BASE + 0x2000;
export const ROUTINES = BASE + 0x3000;
/** Code of the trials: a slot for each, so that addresses in it depend on nothing but its number. */
export const SLOTS = BASE + 0x4000;
export const SLOT_BYTES = 256;
export const SLOT_WORDS = SLOT_BYTES / 4;
/** Trials of one program at most. */
export const CHUNK = 4096;
/** Registers and memory of the trials: before, and after. */
export const RECORDS = SLOTS + CHUNK * SLOT_BYTES;
export const RECORD = 1344;
/** Bytes into a record. `faults` and `faultAddress` are indexed by Linux's number of the signal. */
export const OFFSET = {
  x: 0,
  sp: 248,
  fpcr: 256,
  fpsr: 264,
  nzcv: 272,
  tpidr: 280,
  start: 288,
  faults: 296,
  faultAddress: 392,
  v: 496,
  scratch: 1024,
} as const;
export const SCRATCH = RECORD - OFFSET.scratch;
/** Nothing answers from here on, on either side. */
export const NOWHERE = 0x60000000;

export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGBUS = 7;
export const SIGSEGV = 11;
export const SIGNALS = [SIGILL, SIGTRAP, SIGBUS, SIGSEGV] as const;

export const slotAddress = (slot: number): number => SLOTS + slot * SLOT_BYTES;
export const recordAddress = (slot: number): number => RECORDS + slot * RECORD;

/** The number of the word at an address, counting all slots; undefined outside. */
export function wordNumber(address: number): number | undefined {
  const offset = address - SLOTS;
  return offset >= 0 && offset < CHUNK * SLOT_BYTES ? offset / 4 : undefined;
}
