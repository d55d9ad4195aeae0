/**
 * Translation look-aside buffers: 16 banks, each for one set of translation controls at one exception level, so
 * that a change of ASID, VMID or table is a change of pointer. A bank has three direct-mapped arrays of 2048 lines: a
 * program that walks through eight megabytes in steps of a page keeps them all.
 */
import * as L from '../cpu/layout';
import { sysreg } from './state';
import { stage2Active } from './walk';
import * as walkResult from './walk';

/** A bank's key: 8 words, then u32 valid, u32 age, and whether it has lines of blocks over 2 MiB. */
const KEY_SIZE: usize = 80;
const VALID: usize = 64;
const AGE: usize = 68;
const HUGE: usize = 72;
let clock: u32 = 0;


@inline
function key(bank: i32): usize {
  return <usize>L.BANK_KEYS + <usize>bank * KEY_SIZE;
}


@inline
function base(bank: i32): u32 {
  return <u32>L.TLB_AREA + <u32>bank * <u32>L.TLB_BANK_SIZE;
}

const wanted: usize = <usize>L.BANK_KEYS + <usize>L.TLB_BANKS * KEY_SIZE;

function describe(el: i32): void {
  store<u64>(wanted, <u64>el);
  if (el == 2) {
    store<u64>(wanted, sysreg(L.SR_SCTLR_EL2), 8);
    store<u64>(wanted, sysreg(L.SR_TCR_EL2), 16);
    store<u64>(wanted, sysreg(L.SR_TTBR0_EL2), 24);
    store<u64>(wanted, 0, 32);
  } else {
    store<u64>(wanted, sysreg(L.SR_SCTLR_EL1) & 0x80003, 8);
    store<u64>(wanted, sysreg(L.SR_TCR_EL1), 16);
    store<u64>(wanted, sysreg(L.SR_TTBR0_EL1), 24);
    store<u64>(wanted, sysreg(L.SR_TTBR1_EL1), 32);
  }
  const second = stage2Active(el);
  store<u64>(wanted, second ? sysreg(L.SR_VTTBR_EL2) : 0, 40);
  store<u64>(wanted, second ? sysreg(L.SR_VTCR_EL2) : 0, 48);
  store<u64>(wanted, el == 2 ? 0 : sysreg(L.SR_HCR_EL2) & 0x8001005, 56);
}

/**
 * A line holds 4 KiB, whatever the descriptor that it comes from, and TLBI by address names any part of a block. So a
 * bank notes, in a set hashed by address in 2 MiB, where lines come from something larger, and whether that is larger
 * than 2 MiB, too: an invalidation there empties it.
 */
const LARGE_SET: usize = 64;


@inline
function largeSet(bank: i32): usize {
  return <usize>L.BANK_LARGE + <usize>bank * LARGE_SET;
}

/** Whether TLBI of this page may mean lines of other pages, too. */
function mayBeLarge(bank: i32, page: u64): bool {
  const hash = (<usize>(page >> 21)) & 511;
  return load<u32>(key(bank), HUGE) != 0 || ((load<u8>(largeSet(bank) + (hash >> 3)) >> (<u8>(hash & 7))) & 1) != 0;
}

/** A line of this bank was filled by the last walk. */
export function noteSize(bankBase: u32, va: u64): void {
  const bits = walkResult.sizeBits;
  if (bits <= 12) return;
  const bank = <i32>((bankBase - <u32>L.TLB_AREA) / <u32>L.TLB_BANK_SIZE);
  if (bits > 21) return store<u32>(key(bank), 1, HUGE);
  const hash = (<usize>(va >> 21)) & 511;
  const cell = largeSet(bank) + (hash >> 3);
  store<u8>(cell, load<u8>(cell) | ((<u8>1) << ((hash & 7) as u8)));
}

function empty(bank: i32): void {
  memory.fill(<usize>base(bank), 0xff, <usize>L.TLB_BANK_SIZE);
  memory.fill(largeSet(bank), 0, LARGE_SET);
  store<u32>(key(bank), 0, HUGE);
}

function claim(bank: i32): u32 {
  memory.copy(key(bank), wanted, 64);
  store<u32>(key(bank), 1, VALID);
  empty(bank);
  return base(bank);
}

/** The bank for accesses at this level under the present controls. */
export function bankOf(el: i32): u32 {
  const known = load<u32>(<usize>L.BANK_OF_LEVEL + ((<usize>el) << 2));
  if (known) return known;
  describe(el);
  let oldest = 0;
  let found: u32 = 0;
  for (let bank = 0; bank < L.TLB_BANKS; bank++) {
    const k = key(bank);
    if (!load<u32>(k, VALID)) {
      if (load<u32>(key(oldest), VALID)) oldest = bank;
      continue;
    }
    if (memory.compare(k, wanted, 64) == 0) {
      found = base(bank);
      store<u32>(k, ++clock, AGE);
      break;
    }
    if (load<u32>(key(oldest), VALID) && load<u32>(k, AGE) < load<u32>(key(oldest), AGE)) oldest = bank;
  }
  if (!found) {
    // A bank that goes to another owner is nobody's bank any more.
    for (let level = 0; level < 3; level++) {
      const cell = <usize>L.BANK_OF_LEVEL + ((<usize>level) << 2);
      if (load<u32>(cell) == base(oldest)) store<u32>(cell, 0);
    }
    found = claim(oldest);
    store<u32>(key(oldest), ++clock, AGE);
  }
  store<u32>(<usize>L.BANK_OF_LEVEL + ((<usize>el) << 2), found);
  return found;
}

/** Makes the current exception level's bank the one in use. */
export function useBank(): void {
  store<u32>(L.TLB_BASE, bankOf(load<i32>(L.EL)));
}

/** Some translation control changed: look banks up again. */
export function translationChanged(): void {
  store<u32>(L.BANK_OF_LEVEL, 0);
  store<u32>(L.BANK_OF_LEVEL, 0, 4);
  store<u32>(L.BANK_OF_LEVEL, 0, 8);
  useBank();
}

/** Forgets every translation. */
export function tlbiAll(): void {
  for (let bank = 0; bank < L.TLB_BANKS; bank++) store<u32>(key(bank), 0, VALID);
  translationChanged();
}

/** TLBI by address: operand bits 43..0 are VA[55:12]. Every bank forgets the page: ASID and level do not matter then. */
export function tlbiAddress(operand: u64): void {
  const slot = ((<u32>operand) & (L.TLB_LINES - 1)) << 4;
  const page = (operand & 0xfffffffffff) << 12;
  for (let bank = 0; bank < L.TLB_BANKS; bank++) {
    if (!load<u32>(key(bank), VALID)) continue;
    if (mayBeLarge(bank, page)) {
      empty(bank);
      continue;
    }
    for (let array: u32 = 0; array < <u32>L.TLB_BANK_SIZE; array += <u32>L.TLB_ARRAY_SIZE) {
      const line = <usize>(base(bank) + array + slot);
      // The top byte may be a tag of the program's (TBI).
      const tag = load<u64>(line, L.LINE_TAG);
      if (tag != ~(<u64>0) && (tag & 0x00fffffffffff000) == page) store<u64>(line, ~(<u64>0), L.LINE_TAG);
    }
  }
}


@inline
export function lineOf(bank: u32, array: i32, va: u64): usize {
  return <usize>(bank + <u32>array + (((<u32>(va >> 12)) & (L.TLB_LINES - 1)) << 4));
}

/** A page got code: writes to it must be seen. */
export function guardPage(page: u32): void {
  for (let bank = 0; bank < L.TLB_BANKS; bank++) {
    if (!load<u32>(key(bank), VALID)) continue;
    const first = base(bank) + <u32>L.TLB_WRITE;
    for (let line = first; line < first + <u32>L.TLB_ARRAY_SIZE; line += <u32>L.TLB_LINE_SIZE) {
      if (load<u32>(<usize>line, L.LINE_PAGE) == page && load<u64>(<usize>line, L.LINE_TAG) != ~(<u64>0)) {
        store<u64>(<usize>line, load<u64>(<usize>line, L.LINE_TAG) | 1, L.LINE_TAG);
      }
    }
  }
}

/** A page has lost these operations: it is written to and fetched from as if it never had code. */
export function forgetOperations(page: u32, operations: u32): void {
  for (let bank = 0; bank < L.TLB_BANKS; bank++) {
    if (!load<u32>(key(bank), VALID)) continue;
    for (let line = <usize>base(bank); line < <usize>(base(bank) + <u32>L.TLB_ARRAY_SIZE); line += <usize>L.TLB_LINE_SIZE) {
      const write = line + <usize>L.TLB_WRITE;
      if (load<u32>(write, L.LINE_PAGE) == page) store<u64>(write, ~(<u64>0), L.LINE_TAG);
      const fetch = line + <usize>L.TLB_FETCH;
      if (load<u32>(fetch, L.LINE_ADDEND) == operations) store<u64>(fetch, ~(<u64>0), L.LINE_TAG);
    }
  }
}

/** Writes take the slow path again. */
export function forgetWrites(): void {
  for (let bank = 0; bank < L.TLB_BANKS; bank++) memory.fill(<usize>(base(bank) + <u32>L.TLB_WRITE), 0xff, <usize>L.TLB_ARRAY_SIZE);
}

/** Reads of these pages take the slow path again. */
export function forgetReads(first: u32, count: u32): void {
  for (let bank = 0; bank < L.TLB_BANKS; bank++) {
    if (!load<u32>(key(bank), VALID)) continue;
    const start = base(bank) + <u32>L.TLB_READ;
    for (let line = start; line < start + <u32>L.TLB_ARRAY_SIZE; line += <u32>L.TLB_LINE_SIZE) {
      if (load<u32>(<usize>line, L.LINE_PAGE) - first < count) store<u64>(<usize>line, ~(<u64>0), L.LINE_TAG);
    }
  }
}

/** Operations are others' now: no fetch line may lead to them. */
export function forgetFetches(): void {
  for (let bank = 0; bank < L.TLB_BANKS; bank++) memory.fill(<usize>(base(bank) + <u32>L.TLB_FETCH), 0xff, <usize>L.TLB_ARRAY_SIZE);
}
