/**
 * Self-hosted debug (DDI 0487 D2): breakpoints, watchpoints and software step that the guest sets in its own registers. What
 * of them is enabled is kept as a table (GUEST_DEBUG of the layout), with which the machine stops where the guest asks for
 * it by the same means as for a debugger outside (cpu/debug-unit.ts, watch.ts). Once it has stopped, the rest is decided here.
 */
import * as L from '../cpu/layout';
import { currentInstruction } from './code';
import { raiseDebug } from './exceptions';
import { guestBreakpointsChanged } from './host';
import { HCR_TGE, currentLevel, requestExit, setFar, sysreg } from './state';
import { tlbiAll } from './tlb';
import { withoutTag } from './walk';

// MDSCR_EL1 (D17.3.20)
const SS: u64 = 1 << 0;
const KDE: u64 = 1 << 13;
const MDE: u64 = 1 << 15;
/** OSLSR_EL1.OSLK, OSDLR_EL1.DLK, MDCR_EL2.TDE, D in DAIF, DBGBCR_EL1.E and DBGWCR_EL1.E. */
const OSLK: u64 = 1 << 1;
const DLK: u64 = 1;
const TDE: u64 = 1 << 8;
const MASK_D = 1 << 9;
const ENABLED: u64 = 1;

// Exception classes for a target above the present level; one more at the same level.
const EC_BREAKPOINT = 0x30;
const EC_STEP = 0x32;
const EC_WATCHPOINT = 0x34;
const DEBUG_STATUS: u64 = 0x22;

const WATCHED_REGISTERS: i32 = L.WATCHPOINT_REGISTERS;
/** Breakpoints from this one on compare contexts, too (ID_AA64DFR0_EL1.CTX_CMPs). */
const FIRST_CONTEXT_AWARE = 4;

/** The level that debug exceptions are for: ELd (D2.4). */
@inline
export function debugTarget(): i32 {
  return load<i32>(L.HAS_EL2) && (sysreg(L.SR_HCR_EL2) & HCR_TGE || sysreg(L.SR_MDCR_EL2) & TDE) ? 2 : 1;
}

/** AArch64.GenerateDebugExceptions: whether any but BRK can be taken from the present level. */
export function debugEnabled(): bool {
  if (sysreg(L.SR_OSLSR) & OSLK || sysreg(L.SR_OSDLR) & DLK) return false;
  const el = currentLevel();
  const target = debugTarget();
  if (el == target) return (sysreg(L.SR_MDSCR_EL1) & KDE) != 0 && !(load<i32>(L.DAIF) & MASK_D);
  return target > el;
}

// ---- Software step (D2.12) -----------------------------------------------------------------------------------------

/** Whether MDSCR_EL1.SS asks for steps at some level: nothing here needs to be looked at otherwise. */
@inline
export function stepWanted(): bool {
  return (sysreg(L.SR_MDSCR_EL1) & SS) != 0;
}

export function stepActive(): bool {
  return stepWanted() && debugEnabled();
}

/**
 * Before an instruction is fetched: what was stepped is done, and where the step is over its exception is taken. Interrupts
 * come after it, as in QEMU; the architecture leaves their order open.
 */
export function finishStep(): void {
  const stepped = load<i32>(L.STEP);
  if (stepped) {
    store<i32>(L.STEP, 0);
    store<i32>(L.PSTATE_SS, 0);
  }
  if (!stepActive() || load<i32>(L.PSTATE_SS)) return;
  const iss = DEBUG_STATUS | (u64(stepped != 0) << 24) | (u64(stepped == L.STEP_EXCLUSIVE) << 6);
  raiseDebug(EC_STEP, iss, load<u64>(L.PC));
}

/** The instruction at this operation is fetched: the slice ends with it. `finishStep` has left PSTATE.SS set where a step is active. */
export function beginStep(operations: u32, offset: u32): void {
  if (!stepActive()) return;
  const word = currentInstruction(operations, offset);
  const exclusive = (word & 0x3fc00000) == 0x08400000;
  store<i32>(L.STEP, exclusive ? L.STEP_EXCLUSIVE : L.STEP_INSTRUCTION);
  store<i32>(L.BUDGET, load<i32>(L.BUDGET) - load<i32>(L.REMAINING) + 1);
  store<i32>(L.REMAINING, 1);
}

/** An instruction whose exception returns to the next one has been executed when it is taken: SVC, HVC, SMC. */
@inline
export function advanceStep(): void {
  store<i32>(L.PSTATE_SS, 0);
}

// ---- Breakpoints and watchpoints -----------------------------------------------------------------------------------

/** The conditions that DBGBCR and DBGWCR share: level (with SSC, HMC and PxC: there is no secure state here), and a linked breakpoint. */
function conditionsHold(control: u64, el: i32, linked: bool): bool {
  // SSC: of the secure state alone.
  if (((control >> 14) & 3) == 2) return false;
  const privilege = (control >> 1) & 3;
  const level = el == 2 ? (control >> 13) & 1 : el == 1 ? privilege & 1 : privilege >> 1;
  return level != 0 && (!linked || linkedHolds((<i32>(control >> 16)) & 15));
}

/** A context breakpoint that others are linked to: one that compares CONTEXTIDR_EL1, VTTBR_EL2.VMID, or both (D2.8.3). */
function linkedHolds(n: i32): bool {
  if (n < FIRST_CONTEXT_AWARE || n >= L.BREAKPOINT_REGISTERS || currentLevel() == 2) return false;
  const control = sysreg(L.SR_DBGBCR + n);
  if (!(control & ENABLED)) return false;
  const value = sysreg(L.SR_DBGBVR + n);
  const type = (<i32>(control >> 20)) & 15;
  if (type != 3 && type != 9 && type != 11) return false;
  const context = <u32>value == <u32>sysreg(L.SR_CONTEXTIDR_EL1);
  const machine = load<i32>(L.HAS_EL2) != 0 && ((value >> 32) & 0xff) == ((sysreg(L.SR_VTTBR_EL2) >> 48) & 0xff);
  return type == 3 ? context : type == 9 ? machine : context && machine;
}

/** Whether this breakpoint compares addresses: with BAS, that selects the first byte of an A64 instruction. */
function comparesAddress(control: u64): bool {
  return (control & ENABLED) != 0 && ((control >> 21) & 7) == 0 && ((control >> 5) & 1) != 0;
}


@inline
function addressOfBreakpoint(n: i32): u64 {
  return (<u64>((<i64>(sysreg(L.SR_DBGBVR + n) << 15)) >> 15)) & ~(<u64>3);
}

/** Before the instruction at an address that some breakpoint has: 1 when its exception was taken. */
export function takeBreakpoint(address: u64): i32 {
  if (!debugEnabled()) return 0;
  for (let n = 0; n < L.BREAKPOINT_REGISTERS; n++) {
    const control = sysreg(L.SR_DBGBCR + n);
    if (!comparesAddress(control) || addressOfBreakpoint(n) != address) continue;
    if (!conditionsHold(control, currentLevel(), ((control >> 20) & 1) != 0)) continue;
    raiseDebug(EC_BREAKPOINT, DEBUG_STATUS, address);
    return 1;
  }
  return 0;
}


@inline
function watchEntry(index: i32): usize {
  return <usize>L.GUEST_WATCH_TABLE + <usize>(index * L.WATCH_SIZE);
}

/** Whether some byte of this page is watched by the guest. */
export function guestWatches(page: u64): bool {
  const count = load<i32>(L.GUEST_WATCHPOINTS);
  if (!count) return false;
  const plain = withoutTag(page, currentLevel());
  for (let i = 0; i < count; i++) {
    if (load<u64>(watchEntry(i)) <= plain + 0xfff && load<u64>(watchEntry(i), 8) >= plain) return true;
  }
  return false;
}

/** An access as of level `el` that will not fault: true where it takes the exception of a watchpoint instead. */
export function takeWatchpoint(va: u64, size: i32, access: i32, el: i32, pc: u64): bool {
  const count = load<i32>(L.GUEST_WATCHPOINTS);
  if (!count || !debugEnabled()) return false;
  const first = withoutTag(va, el);
  for (let i = 0; i < count; i++) {
    const entry = watchEntry(i);
    if (!(load<i32>(entry, 16) & access) || load<u64>(entry) > first + size - 1 || load<u64>(entry, 8) < first) continue;
    const control = sysreg(L.SR_DBGWCR + load<i32>(entry, 20));
    if (!conditionsHold(control, el, ((control >> 20) & 1) != 0)) continue;
    setFar(debugTarget(), first < load<u64>(entry) ? load<u64>(entry) : va);
    raiseDebug(EC_WATCHPOINT, DEBUG_STATUS | (u64(access == L.WATCH_WRITE) << 6), pc);
    return true;
  }
  return false;
}

/** The entry of watchpoint `n`: false where it selects no bytes. Of bytes with gaps between them, those before the first (D2.9.4). */
function describeWatchpoint(n: i32, entry: usize): bool {
  const control = sysreg(L.SR_DBGWCR + n);
  const access = (<i32>(control >> 3)) & 3;
  if (!(control & ENABLED) || !access) return false;
  let first = (<u64>((<i64>(sysreg(L.SR_DBGWVR + n) << 15)) >> 15)) & ~(<u64>3);
  let length: u64;
  const mask = (control >> 24) & 31;
  if (mask) {
    // 1 and 2 are reserved.
    if (mask < 3) return false;
    length = (<u64>1) << mask;
    first &= ~(length - 1);
  } else {
    let bytes = (<u32>(control >> 5)) & 0xff;
    if (first & 4) bytes &= 15;
    if (!bytes) return false;
    const start = ctz(bytes);
    first += start;
    length = <u64>ctz(~(bytes >> start));
  }
  store<u64>(entry, first);
  store<u64>(entry, first + length - 1, 8);
  store<i32>(entry, access, 16);
  store<i32>(entry, n, 20);
  return true;
}

/**
 * Something that enables debug events was written, or another processor is resident: makes the table again. Where watchpoints
 * are others, translations that know nothing of them are forgotten; a guest changes them when it changes threads.
 */
export function debugChanged(): void {
  const before = <usize>L.GUEST_DEBUG_BEFORE;
  memory.copy(before, <usize>L.GUEST_DEBUG, <usize>L.GUEST_DEBUG_SIZE);
  memory.fill(<usize>L.GUEST_DEBUG, 0, <usize>L.GUEST_DEBUG_SIZE);
  if (sysreg(L.SR_MDSCR_EL1) & MDE) {
    let count = 0;
    for (let n = 0; n < L.BREAKPOINT_REGISTERS; n++) {
      if (!comparesAddress(sysreg(L.SR_DBGBCR + n))) continue;
      store<u64>(<usize>L.GUEST_BREAKPOINT_TABLE + ((<usize>count) << 3), addressOfBreakpoint(n));
      count++;
    }
    store<i32>(L.GUEST_BREAKPOINTS, count);
    count = 0;
    for (let n = 0; n < WATCHED_REGISTERS; n++) if (describeWatchpoint(n, watchEntry(count))) count++;
    store<i32>(L.GUEST_WATCHPOINTS, count);
  }
  const watches = <usize>L.GUEST_WATCH_TABLE - <usize>L.GUEST_DEBUG;
  if (
    load<i32>(L.GUEST_WATCHPOINTS) != load<i32>(before, 4) ||
    memory.compare(<usize>L.GUEST_WATCH_TABLE, before + watches, <usize>L.GUEST_DEBUG_SIZE - watches)
  )
    tlbiAll();
  if (load<i32>(L.GUEST_BREAKPOINTS) != load<i32>(before) || memory.compare(<usize>L.GUEST_BREAKPOINT_TABLE, before + 8, watches - 8))
    guestBreakpointsChanged();
  if (stepWanted()) requestExit();
}
