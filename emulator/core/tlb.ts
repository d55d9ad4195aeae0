/**
 * Translation look-aside buffers: 16 banks, each for one set of translation controls at one exception level, so
 * that a change of ASID, VMID or table is a change of pointer. A bank has three direct-mapped arrays of 512 lines.
 */
import * as L from '../cpu/layout';
import { sysreg } from './state';
import { stage2Active } from './walk';

/** A bank's key: 8 words, then u32 valid and u32 age. */
const KEY_SIZE: usize = 80;
const VALID: usize = 64;
const AGE: usize = 68;
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
    store<u64>(wanted, sysreg(L.SR_SCTLR_EL1) & 0x80001, 8);
    store<u64>(wanted, sysreg(L.SR_TCR_EL1), 16);
    store<u64>(wanted, sysreg(L.SR_TTBR0_EL1), 24);
    store<u64>(wanted, sysreg(L.SR_TTBR1_EL1), 32);
  }
  const second = stage2Active(el);
  store<u64>(wanted, second ? sysreg(L.SR_VTTBR_EL2) : 0, 40);
  store<u64>(wanted, second ? sysreg(L.SR_VTCR_EL2) : 0, 48);
  store<u64>(wanted, el == 2 ? 0 : sysreg(L.SR_HCR_EL2) & 0x8001001, 56);
}

function claim(bank: i32): u32 {
  memory.copy(key(bank), wanted, 64);
  store<u32>(key(bank), 1, VALID);
  memory.fill(<usize>base(bank), 0xff, <usize>L.TLB_BANK_SIZE);
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

/** Some translation control changed: look banks up anew. */
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
  const slot = (<u32>operand & (L.TLB_LINES - 1)) << 4;
  const page = (operand & 0xfffffffffff) << 12;
  for (let bank = 0; bank < L.TLB_BANKS; bank++) {
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
  return <usize>(bank + <u32>array + ((<u32>(va >> 12) & (L.TLB_LINES - 1)) << 4));
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

/** The pool of operations starts anew: no fetch line may point into it. */
export function forgetFetches(): void {
  for (let bank = 0; bank < L.TLB_BANKS; bank++) memory.fill(<usize>(base(bank) + <u32>L.TLB_FETCH), 0xff, <usize>L.TLB_ARRAY_SIZE);
}
