/**
 * Translation table walks (DDI 0487 D8): stage 1 of both regimes, stage 2, 4, 16 and 64 KiB granules.
 * The outcome is in the exported variables until the next walk.
 */
import * as L from '../cpu/layout';
import { directPage } from './host';
import { HCR_DC, HCR_PTW, HCR_TGE, HCR_VM, sysreg } from './state';

export const READ: i32 = 0;
export const WRITE: i32 = 1;
export const FETCH: i32 = 2;

/** Physical address. */
export let address: u64 = 0;
export let mayRead: bool = false;
export let mayWrite: bool = false;
export let mayFetch: bool = false;
/** log2 of what one invalidation by address covers: the size of the stage 1 page or block. */
export let sizeBits: u32 = 12;
/** Memory attributes of stage 1: MAIR byte and shareability, for PAR_EL1. */
export let attributes: u64 = 0;
export let shareability: u64 = 0;
/** Fault status code (ISS.DFSC); meaningful when `walk` answered false. */
export let status: u32 = 0;
/** The fault is one of stage 2: it goes to EL2, with the intermediate address. */
export let stage2: bool = false;
/** Stage 2 refused the address of a stage 1 table. */
export let onTable: bool = false;
export let intermediate: u64 = 0;

const ADDRESS_SIZE: u32 = 0x00;
const TRANSLATION: u32 = 0x04;
const ACCESS_FLAG: u32 = 0x08;
const PERMISSION: u32 = 0x0c;
const EXTERNAL_ON_WALK: u32 = 0x14;

/** ID_AA64MMFR0_EL1.PARange says 40. */
const PHYSICAL_BITS: u64 = 40;

/** Bits of an output address by TCR_EL1.IPS, TCR_EL2.PS or VTCR_EL2.PS. */
function outputBits(size: u64): u64 {
  return min(size == 0 ? 32 : size == 1 ? 36 : <u64>40, PHYSICAL_BITS);
}

/** Whether the top byte of an address is ignored (TCR_ELx.TBI). */
@inline
function tagged(va: u64, el: i32): bool {
  if (el == 2) return ((sysreg(L.SR_TCR_EL2) >> 20) & 1) != 0;
  return ((sysreg(L.SR_TCR_EL1) >> ((va >> 55) & 1 ? 38 : 37)) & 1) != 0;
}

/** A branch target as it comes into the program counter (AArch64.BranchAddr). */
export function withoutTag(va: u64, el: i32): u64 {
  if (!tagged(va, el)) return va;
  return el < 2 ? <u64>((<i64>(va << 8)) >> 8) : va & 0x00ffffffffffffff;
}


@inline
function inRam(pa: u64): bool {
  return pa - <u64>L.RAM_GUEST < <u64>load<u32>(L.RAM_SIZE);
}

function fault(code: u32, level: u32, secondStage: bool): bool {
  status = code | level;
  stage2 = secondStage;
  onTable = false;
  return false;
}

/** Whether the last fault is a table that is no memory. */
export function externalAbort(): bool {
  return (status & 0x3c) == EXTERNAL_ON_WALK;
}

/** log2 of the granule. */
function granuleBits(tg: u32): u32 {
  return tg == 1 ? 16 : tg == 2 ? 14 : 12;
}

/** Reads a descriptor; false when its address is neither RAM nor read like it: firmware in flash has tables there. */
let descriptor: u64 = 0;
function readDescriptor(pa: u64): bool {
  let at = <u32>pa;
  if (!inRam(pa)) {
    const direct = directPage(<u32>(pa >> 12));
    if (!direct) return false;
    at = (direct << 12) | (at & 0xfff);
  }
  descriptor = load<u64>(<usize>(at - <u32>L.RAM_GUEST + <u32>L.RAM_HOST));
  return true;
}

let s2Read: bool = false;
let s2Write: bool = false;
let s2Fetch: bool = false;
let s2Device: bool = false;

/** Intermediate to physical address. Sets `address` and the s2 permissions. */
function walkStage2(ipa: u64): bool {
  const vtcr = sysreg(L.SR_VTCR_EL2);
  const gbits = granuleBits((<u32>(vtcr >> 14)) & 3);
  const stride = gbits - 3;
  const size = 64 - ((<u32>vtcr) & 63);
  let level = gbits == 12 ? 2 - ((<u32>(vtcr >> 6)) & 3) : 3 - ((<u32>(vtcr >> 6)) & 3);
  intermediate = ipa;
  if (size < 64 && ipa >> size) return fault(TRANSLATION, 0, true);
  const output = outputBits((vtcr >> 16) & 7);
  let indexMask = ((<u64>1) << (size - (gbits + stride * (3 - level)))) - 1;
  let base = sysreg(L.SR_VTTBR_EL2) & 0x0000fffffffffffe & ~((indexMask << 3) | 7);
  if (base >> output) return fault(ADDRESS_SIZE, 0, true);
  for (;;) {
    const shift = gbits + stride * (3 - level);
    const entry = base + (((ipa >> shift) & indexMask) << 3);
    if (!readDescriptor(entry)) return fault(EXTERNAL_ON_WALK, level, true);
    const d = descriptor;
    if (!(d & 1) || (level == 3 && !(d & 2))) return fault(TRANSLATION, level, true);
    if ((d & 0x0000fffffffff000) >> output) return fault(ADDRESS_SIZE, level, true);
    if (level < 3 && d & 2) {
      base = d & 0x0000fffffffff000 & ~(((<u64>1) << gbits) - 1);
      indexMask = ((<u64>1) << stride) - 1;
      level++;
      continue;
    }
    if (level == 0 || (level == 1 && gbits != 12)) return fault(TRANSLATION, level, true);
    if (!(d & (1 << 10))) return fault(ACCESS_FLAG, level, true);
    const offset = ((<u64>1) << shift) - 1;
    address = (d & 0x0000fffffffff000 & ~offset) | (ipa & offset);
    s2Read = (d & (1 << 6)) != 0;
    s2Write = (d & (1 << 7)) != 0;
    s2Fetch = !(d & ((<u64>1) << 54));
    s2Device = !((d >> 4) & 3);
    level2 = level;
    return true;
  }
}
/** Level at which the last stage 2 walk ended: a permission fault reports it. */
let level2: u32 = 0;

/** Stage 1 of the regime of `el`. Sets `address` to the intermediate address, and the permissions. */
function walkStage1(va: u64, el: i32, hasStage2: bool): bool {
  const second = el == 2;
  const sctlr = second ? sysreg(L.SR_SCTLR_EL2) : sysreg(L.SR_SCTLR_EL1);
  const hcr = sysreg(L.SR_HCR_EL2);
  mayRead = mayWrite = mayFetch = true;
  if (!(sctlr & 1) || (!second && hcr & (HCR_DC | HCR_TGE))) {
    // Stage 1 is off: addresses pass through. Device attributes, or Normal where HCR_EL2.DC says so.
    attributes = !second && hcr & HCR_DC ? 0xff : 0;
    shareability = !second && hcr & HCR_DC ? 0 : 2;
    sizeBits = 12;
    // A top byte that is ignored is no part of the address, whatever it was filled with.
    const input = tagged(va, el) ? va & 0x00ffffffffffffff : va;
    if (input >> PHYSICAL_BITS) return fault(ADDRESS_SIZE, 0, false);
    address = input;
    return true;
  }
  const tcr = second ? sysreg(L.SR_TCR_EL2) : sysreg(L.SR_TCR_EL1);
  const upper = !second && ((va >> 55) & 1) != 0;
  const tbi = second ? (tcr >> 20) & 1 : upper ? (tcr >> 38) & 1 : (tcr >> 37) & 1;
  const top = tbi ? (<i64>(va << 8)) >> 8 : <i64>va;
  let tsz = (<u32>(upper ? tcr >> 16 : tcr)) & 63;
  if (tsz > 39) tsz = 39;
  if (tsz < 16) tsz = 16;
  const size = 64 - tsz;
  const over = tbi && !upper ? (va & 0x00ffffffffffffff) >> size : <u64>(top >> size);
  if (upper ? over != ~(<u64>0) : over != 0) return fault(TRANSLATION, 0, false);
  if (!second && (upper ? tcr >> 23 : tcr >> 7) & 1) return fault(TRANSLATION, 0, false);
  let gbits: u32;
  if (upper) {
    const tg = (<u32>(tcr >> 30)) & 3;
    gbits = tg == 3 ? 16 : tg == 1 ? 14 : 12;
  } else gbits = granuleBits((<u32>(tcr >> 14)) & 3);
  const stride = gbits - 3;
  let level = 4 - (1 + (size - gbits - 1) / stride);
  const output = outputBits((second ? tcr >> 16 : tcr >> 32) & 7);
  const ttbr = second ? sysreg(L.SR_TTBR0_EL2) : upper ? sysreg(L.SR_TTBR1_EL1) : sysreg(L.SR_TTBR0_EL1);
  let indexMask = ((<u64>1) << (size - (gbits + stride * (3 - level)))) - 1;
  let base = ttbr & 0x0000fffffffffffe & ~((indexMask << 3) | 7);
  if (base >> output) return fault(ADDRESS_SIZE, 0, false);
  let tableAp: u32 = 0;
  let tableUxn: bool = false;
  let tablePxn: bool = false;
  for (;;) {
    const shift = gbits + stride * (3 - level);
    let entry = base + (((va >> shift) & indexMask) << 3);
    if (hasStage2) {
      if (!walkStage2(entry)) {
        onTable = true;
        return false;
      }
      // HCR_EL2.PTW: tables in device memory are none.
      if (!s2Read || (s2Device && sysreg(L.SR_HCR_EL2) & HCR_PTW)) {
        fault(PERMISSION, level2, true);
        onTable = true;
        return false;
      }
      entry = address;
    }
    if (!readDescriptor(entry)) return fault(EXTERNAL_ON_WALK, level, false);
    const d = descriptor;
    if (!(d & 1) || (level == 3 && !(d & 2))) return fault(TRANSLATION, level, false);
    if ((d & 0x0000fffffffff000) >> output) return fault(ADDRESS_SIZE, level, false);
    if (level < 3 && d & 2) {
      base = d & 0x0000fffffffff000 & ~(((<u64>1) << gbits) - 1);
      indexMask = ((<u64>1) << stride) - 1;
      tableAp |= (<u32>(d >> 61)) & 3;
      tableUxn = tableUxn || ((d >> 60) & 1) != 0;
      tablePxn = tablePxn || ((d >> 59) & 1) != 0;
      level++;
      continue;
    }
    if (level == 0 || (level == 1 && gbits != 12)) return fault(TRANSLATION, level, false);
    if (!(d & (1 << 10))) return fault(ACCESS_FLAG, level, false);
    const offset = ((<u64>1) << shift) - 1;
    sizeBits = shift;
    address = (d & 0x0000fffffffff000 & ~offset) | (va & offset);
    let ap = (<u32>(d >> 6)) & 3;
    if (tableAp & 2) ap |= 2;
    if (tableAp & 1) ap &= 2;
    const uxn = tableUxn || ((d >> 54) & 1) != 0;
    const pxn = tablePxn || ((d >> 53) & 1) != 0;
    if (second) {
      mayWrite = !(ap & 2);
      mayFetch = !uxn;
    } else if (el == 1) {
      mayWrite = !(ap & 2);
      mayFetch = !pxn && ap != 1;
    } else {
      mayRead = (ap & 1) != 0;
      mayWrite = ap == 1;
      mayFetch = !uxn;
    }
    if (mayWrite && sctlr & (1 << 19)) mayFetch = false;
    const mair = second ? sysreg(L.SR_MAIR_EL2) : sysreg(L.SR_MAIR_EL1);
    attributes = (mair >> (((d >> 2) & 7) << 3)) & 0xff;
    shareability = (d >> 8) & 3;
    level1 = level;
    return true;
  }
}
let level1: u32 = 0;


@inline
function allowed(access: i32): bool {
  return access == READ ? mayRead : access == WRITE ? mayWrite : mayFetch;
}

/** Whether accesses of this level go through stage 2. */
@inline
export function stage2Active(el: i32): bool {
  return el < 2 && (sysreg(L.SR_HCR_EL2) & (HCR_VM | HCR_DC)) != 0;
}

/** Translates for an access at exception level `el`; false on a fault. `stages`: 1 only the first, 2 both. */
export function walk(va: u64, access: i32, el: i32, stages: i32 = 2): bool {
  const hasStage2 = stage2Active(el);
  level1 = 0;
  if (!walkStage1(va, el, hasStage2)) return false;
  if (!allowed(access)) return fault(PERMISSION, level1, false);
  if (!hasStage2 || stages == 1) return true;
  if (!walkStage2(address)) return false;
  mayRead = mayRead && s2Read;
  mayWrite = mayWrite && s2Write;
  mayFetch = mayFetch && s2Fetch;
  if (!allowed(access)) return fault(PERMISSION, level2, true);
  return true;
}
