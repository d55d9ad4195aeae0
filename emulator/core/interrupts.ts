/** Interrupts, and what waits for them (DDI 0487 D1.13 and D1.16). */
import * as L from '../cpu/layout';
import { HCR_VF, HCR_VI, HCR_VSE } from '../cpu/virtual-interrupts';
import { stepActive, stepWanted } from './debug';
import { ownTarget, synchronous, syndrome, takeException } from './exceptions';
import { traceException } from './host';
import { HCR_AMO, HCR_FMO, HCR_IMO, HCR_TGE, HCR_TWE, HCR_TWI, currentLevel, currentPc, requestExit, setSysreg, sysreg } from './state';

/** Whether `bit` of DAIF keeps an interrupt to `target` from being taken: one to EL1 from EL0 as well, one to EL2 there alone (D1.13.2). */
@inline
function masked(bit: i32, target: i32): bool {
  const el = currentLevel();
  return target < el || ((target == el || target == 1) && (load<i32>(L.DAIF) & bit) != 0);
}

/** A virtual SError, which only a hypervisor makes: nothing on this board makes a physical one. */
@inline
function virtualError(hcr: u64): bool {
  return (hcr & (HCR_VSE | HCR_AMO | HCR_TGE)) == (HCR_VSE | HCR_AMO);
}

/** Physical and virtual interrupts that would be taken now: 0, or the level and, times 4, which of them. */
function deliverable(): i32 {
  const lines = load<i32>(L.IRQ_LINES);
  const el = currentLevel();
  const hcr = load<i32>(L.HAS_EL2) ? sysreg(L.SR_HCR_EL2) : 0;
  if (lines & L.FIQ_PHYSICAL) {
    const target = hcr & (HCR_FMO | HCR_TGE) ? 2 : 1;
    if (!masked(0x40, target)) return target | (1 << 2);
  }
  if (lines & L.IRQ_PHYSICAL) {
    const target = hcr & (HCR_IMO | HCR_TGE) ? 2 : 1;
    if (!masked(0x80, target)) return target | (2 << 2);
  }
  if (el < 2 && !(hcr & HCR_TGE)) {
    if (hcr & HCR_FMO && (lines & L.FIQ_VIRTUAL || hcr & HCR_VF) && !masked(0x40, 1)) return 1 | (1 << 2);
    if (hcr & HCR_IMO && (lines & L.IRQ_VIRTUAL || hcr & HCR_VI) && !masked(0x80, 1)) return 1 | (2 << 2);
    if (virtualError(hcr) && !masked(0x100, 1)) return 1 | (3 << 2);
  }
  return 0;
}

/** Takes the interrupt that is due, if any. The program counter cell is the address to return to. */
export function pollInterrupts(): void {
  if (!load<i32>(L.IRQ_LINES) && !(sysreg(L.SR_HCR_EL2) & (HCR_VI | HCR_VF | HCR_VSE))) return;
  const what = deliverable();
  if (!what) return;
  const from = currentLevel();
  const offset = what >> 2 == 1 ? 0x100 : what >> 2 == 2 ? 0x80 : 0x180;
  takeException(what & 3, offset, load<u64>(L.PC));
  if (offset == 0x180) {
    // Taking it clears it. A Cortex-A53 has no VSESR_EL2 to give its syndrome.
    setSysreg(L.SR_ESR_EL1, syndrome(0x2f, 0));
    setSysreg(L.SR_HCR_EL2, sysreg(L.SR_HCR_EL2) & ~HCR_VSE);
  }
  if (load<i32>(L.TRACE) & L.TRACE_EXCEPTIONS) traceException(from, what & 3, offset);
}

/** A mask was lifted or a route changed: if something may be taken now, come back to `fetch` first. */
export function afterInterruptMask(): void {
  if (load<i32>(L.IRQ_LINES) || sysreg(L.SR_HCR_EL2) & (HCR_VI | HCR_VF | HCR_VSE)) {
    if (deliverable()) requestExit();
  }
  if (stepWanted() && stepActive()) requestExit();
}

/** Whether a waiting processor would wake: masks do not matter, routing of virtual interrupts does. */
export function wakePending(): bool {
  const lines = load<i32>(L.IRQ_LINES);
  if (lines & (L.IRQ_PHYSICAL | L.FIQ_PHYSICAL)) return true;
  if (!load<i32>(L.HAS_EL2) || currentLevel() == 2) return false;
  const hcr = sysreg(L.SR_HCR_EL2);
  if (hcr & HCR_IMO && (lines & L.IRQ_VIRTUAL || hcr & HCR_VI)) return true;
  if (virtualError(hcr)) return true;
  return (hcr & HCR_FMO) != 0 && ((lines & L.FIQ_VIRTUAL) != 0 || (hcr & HCR_VF) != 0);
}

/** Takes the trap of a WFI or WFE (`kind` 0 or 1: ISS.TI), if it has one: by SCTLR_EL1.nTWI and nTWE, HCR_EL2.TWI and TWE. */
function waitTraps(kind: u64): bool {
  const el = currentLevel();
  const iss = 0x1e00000 | kind;
  if (el == 0 && !(sysreg(L.SR_SCTLR_EL1) & ((<u64>1) << (16 + 2 * kind)))) {
    synchronous(ownTarget(), syndrome(1, iss), currentPc());
    return true;
  }
  if (el < 2 && load<i32>(L.HAS_EL2) && sysreg(L.SR_HCR_EL2) & (kind ? HCR_TWE : HCR_TWI)) {
    synchronous(2, syndrome(1, iss), currentPc());
    return true;
  }
  return false;
}

export function waitForInterrupt(): i32 {
  if (wakePending()) return 0;
  if (waitTraps(0)) return 1;
  store<u64>(L.PC, currentPc() + 4);
  store<i32>(L.EXIT_REASON, L.EXIT_WFI);
  return 1;
}

/**
 * WFE is a yield, as in QEMU: nothing, where there is nobody to yield to. It traps as one that would wait, which QEMU 7.2's
 * does not: a hypervisor gives the turn to another of its guest's processors then.
 */
export function waitForEvent(): i32 {
  if (waitTraps(1)) return 1;
  if (!load<i32>(L.OTHERS_READY)) return 0;
  store<u64>(L.PC, currentPc() + 4);
  store<i32>(L.EXIT_REASON, L.EXIT_WFE);
  return 1;
}

export function readIsr(): u64 {
  const lines = load<i32>(L.IRQ_LINES);
  const hcr = sysreg(L.SR_HCR_EL2);
  const el1 = currentLevel() == 1;
  const irq = el1 && hcr & HCR_IMO ? (lines & L.IRQ_VIRTUAL) != 0 || (hcr & HCR_VI) != 0 : (lines & L.IRQ_PHYSICAL) != 0;
  const fiq = el1 && hcr & HCR_FMO ? (lines & L.FIQ_VIRTUAL) != 0 || (hcr & HCR_VF) != 0 : (lines & L.FIQ_PHYSICAL) != 0;
  const error = el1 && (hcr & HCR_AMO) != 0 && (hcr & HCR_VSE) != 0;
  return (u64(error) << 8) | (u64(irq) << 7) | (u64(fiq) << 6);
}
