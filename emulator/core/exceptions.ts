/** Exception entry and return, and the exceptions that instructions raise (DDI 0487 D1.10 to D1.13); interrupts are interrupts.ts's. */
import * as L from '../cpu/layout';
import * as walkResult from './walk';
import { advanceStep, debugEnabled, debugTarget, stepActive } from './debug';
import { accessSyndrome, traceException, traceReturn } from './host';
import { afterInterruptMask } from './interrupts';
import { beforeLevelChange } from './performance';
import { HCR_HCD, HCR_TGE, HCR_TSC, currentLevel, currentPc, setFar, setSysreg, sysreg } from './state';
import { useBank } from './tlb';

const IL: u64 = 1 << 25;


@inline
export function syndrome(ec: u32, iss: u64): u64 {
  return ((<u64>ec) << 26) | IL | iss;
}

/** The cell of the stack pointer that PSTATE.SP selects. */
@inline
function stackCell(): usize {
  const index = load<i32>(L.SPSEL) ? L.SR_SP_EL0 + currentLevel() : L.SR_SP_EL0;
  return <usize>L.SYSREG_BASE + ((<usize>index) << 3);
}


@inline
function putStackAway(): void {
  store<u64>(stackCell(), load<u64>(<usize>L.X_BASE + <usize>L.SLOT_SP * 8));
}


@inline
function takeStackOut(): void {
  store<u64>(<usize>L.X_BASE + <usize>L.SLOT_SP * 8, load<u64>(stackCell()));
}

export function setSpSel(value: i32): void {
  putStackAway();
  store<i32>(L.SPSEL, value);
  takeStackOut();
}

/** CPACR_EL1 and CPTR_EL2 for the present level: 0, or the level that FP instructions trap to. */
export function updateFpTrap(): void {
  const el = currentLevel();
  let target = 0;
  if (el < 2) {
    const enable = (<u32>(sysreg(L.SR_CPACR_EL1) >> 20)) & 3;
    if (enable == 0 || enable == 2 || (enable == 1 && el == 0)) target = 1;
  }
  if (!target && load<i32>(L.HAS_EL2) && sysreg(L.SR_CPTR_EL2) & (1 << 10)) target = 2;
  store<i32>(L.FP_TRAP, target);
}

/** Something that decides routing or traps was written. */
export function controlChanged(): void {
  store<u32>(L.BANK_OF_LEVEL, 0);
  store<u32>(L.BANK_OF_LEVEL, 0, 4);
  store<u32>(L.BANK_OF_LEVEL, 0, 8);
  useBank();
  updateFpTrap();
  afterInterruptMask();
}

function enterLevel(el: i32, spsel: i32): void {
  beforeLevelChange();
  putStackAway();
  store<i32>(L.EL, el);
  store<i32>(L.SPSEL, spsel);
  takeStackOut();
  useBank();
  updateFpTrap();
}

/** AArch64.TakeException: `offset` is 0 for synchronous, 0x80 for IRQ, 0x100 for FIQ, 0x180 for SError. */
export function takeException(target: i32, offset: u64, returnTo: u64): void {
  const from = currentLevel();
  const spsr = <u64>(
    (load<u32>(L.NZCV) |
      load<u32>(L.DAIF) |
      (load<u32>(L.PSTATE_SS) << 21) |
      (load<u32>(L.PSTATE_IL) << 20) |
      ((<u32>from) << 2) |
      load<u32>(L.SPSEL))
  );
  const vector = from < target ? 0x400 : load<i32>(L.SPSEL) ? 0x200 : 0;
  enterLevel(target, 1);
  store<i32>(L.PSTATE_IL, 0);
  store<i32>(L.PSTATE_SS, 0);
  store<i32>(L.STEP, 0);
  store<i32>(L.DAIF, 0x3c0);
  if (target == 2) {
    setSysreg(L.SR_ELR_EL2, returnTo);
    setSysreg(L.SR_SPSR_EL2, spsr);
    store<u64>(L.PC, sysreg(L.SR_VBAR_EL2) + vector + offset);
  } else {
    setSysreg(L.SR_ELR_EL1, returnTo);
    setSysreg(L.SR_SPSR_EL1, spsr);
    store<u64>(L.PC, sysreg(L.SR_VBAR_EL1) + vector + offset);
  }
}

/** The address of a fault, where there is one, has been set before: a trace shows all of an exception. */
export function synchronous(target: i32, esr: u64, returnTo: u64): void {
  const from = currentLevel();
  takeException(target, 0, returnTo);
  setSysreg(target == 2 ? L.SR_ESR_EL2 : L.SR_ESR_EL1, esr);
  if (load<i32>(L.TRACE) & L.TRACE_EXCEPTIONS) traceException(from, target, 0);
}

/** Where an exception that belongs to the present level goes. */
@inline
export function ownTarget(): i32 {
  const el = currentLevel();
  if (el == 2) return 2;
  return el == 0 && load<i32>(L.HAS_EL2) && sysreg(L.SR_HCR_EL2) & HCR_TGE ? 2 : 1;
}

export function raiseUndefined(): void {
  synchronous(ownTarget(), syndrome(0, 0), currentPc());
}

export function raiseFpTrap(): void {
  const target = load<i32>(L.FP_TRAP);
  if (target == 2) synchronous(2, syndrome(7, 0x1e00000), currentPc());
  // Routed to EL2 by TGE, the trap of CPACR_EL1 is reported as an unknown reason.
  else if (ownTarget() == 2) synchronous(2, syndrome(0, 0), currentPc());
  else synchronous(1, syndrome(7, 0x1e00000), currentPc());
}

export function raiseSystemTrap(target: i32, iss: u32): void {
  synchronous(target, syndrome(0x18, iss), currentPc());
}

export function raiseSvc(imm: i32): void {
  advanceStep();
  synchronous(ownTarget(), syndrome(0x15, imm), currentPc() + 4);
}

function firmwareCall(kind: i32): void {
  if (load<i32>(L.TRACE) & L.TRACE_EXCEPTIONS) traceException(currentLevel(), kind + 1, kind);
  store<u64>(L.PC, currentPc() + 4);
  store<i32>(L.EXIT_REASON, L.EXIT_FIRMWARE);
}

export function raiseHvc(imm: i32): void {
  const el = currentLevel();
  if (el == 0) return raiseUndefined();
  if (load<i32>(L.CONDUIT) == L.CONDUIT_HVC) return firmwareCall(1);
  if (!load<i32>(L.HAS_EL2) || sysreg(L.SR_HCR_EL2) & HCR_HCD) return raiseUndefined();
  advanceStep();
  synchronous(2, syndrome(0x16, imm), currentPc() + 4);
}

export function raiseSmc(imm: i32): void {
  const el = currentLevel();
  if (el == 0) return raiseUndefined();
  if (el == 1 && load<i32>(L.HAS_EL2) && sysreg(L.SR_HCR_EL2) & HCR_TSC) return synchronous(2, syndrome(0x17, imm), currentPc());
  if (load<i32>(L.CONDUIT) == L.CONDUIT_SMC) return firmwareCall(2);
  raiseUndefined();
}

export function raiseBrk(imm: i32): void {
  synchronous(max(debugTarget(), currentLevel()), syndrome(0x3c, imm), currentPc());
}

/** There is no halting debugger: undefined, but for semihosting calls (Semihosting for AArch32 and AArch64, section 3). */
export function raiseHlt(imm: i32): void {
  if (imm != 0xf000 || !load<i32>(L.SEMIHOSTING) || currentLevel() == 0) return raiseUndefined();
  store<u64>(L.PC, currentPc() + 4);
  store<i32>(L.EXIT_REASON, L.EXIT_SEMIHOSTING);
}

/** A debug exception that is enabled; `ec` is its class from below. */
export function raiseDebug(ec: u32, iss: u64, returnTo: u64): void {
  const target = debugTarget();
  synchronous(target, syndrome(ec + u32(target == currentLevel()), iss), returnTo);
}

export function raiseAlignment(va: u64, write: i32): void {
  const el = currentLevel();
  const target = ownTarget();
  setFar(target, va);
  synchronous(target, syndrome(target == el ? 0x25 : 0x24, 0x21 | ((<u64>write) << 6)), currentPc());
}

/** The fault that the last walk found, as a data abort (or an abort of cache maintenance). */
export function raiseDataAbort(va: u64, write: bool, maintenance: bool): void {
  const el = currentLevel();
  const target = walkResult.stage2 ? 2 : ownTarget();
  let iss = (<u64>walkResult.status) | ((<u64>(write || maintenance)) << 6) | ((<u64>walkResult.onTable) << 7) | ((<u64>maintenance) << 8);
  if (walkResult.stage2 && !walkResult.onTable && !maintenance) iss |= <u64>accessSyndrome(load<u32>(L.IP));
  if (walkResult.stage2) setSysreg(L.SR_HPFAR_EL2, (walkResult.intermediate >> 12) << 4);
  setFar(target, va);
  synchronous(target, syndrome(target == el ? 0x25 : 0x24, iss), currentPc());
}

/** The fault that the last walk found, as an instruction abort at `pc`. */
export function raiseInstructionAbort(pc: u64): void {
  const el = currentLevel();
  const target = walkResult.stage2 ? 2 : ownTarget();
  if (walkResult.stage2) setSysreg(L.SR_HPFAR_EL2, (walkResult.intermediate >> 12) << 4);
  setFar(target, pc);
  synchronous(target, syndrome(target == el ? 0x21 : 0x20, (<u64>walkResult.status) | ((<u64>walkResult.onTable) << 7)), pc);
}

/** A load or store where nothing answers on the bus: a synchronous external abort. */
export function raiseExternalData(va: u64, write: bool): void {
  const el = currentLevel();
  const target = ownTarget();
  setFar(target, va);
  synchronous(target, syndrome(target == el ? 0x25 : 0x24, 0x10 | ((<u64>write) << 6)), currentPc());
}

/** Execution where there is no memory: a synchronous external abort. */
export function raiseExternalFetch(pc: u64): void {
  const el = currentLevel();
  const target = ownTarget();
  setFar(target, pc);
  synchronous(target, syndrome(target == el ? 0x21 : 0x20, 0x10), pc);
}

export function raisePcAlignment(pc: u64): void {
  const target = ownTarget();
  setFar(target, pc);
  synchronous(target, syndrome(0x22, 0), pc);
}

export function raiseIllegalState(pc: u64): void {
  synchronous(ownTarget(), syndrome(0x0e, 0), pc);
}

/** DebugExceptionReturnSS: PSTATE.SS comes from SPSR where a step begins, which is out of code that is not debugged itself. */
function returnToStep(spsr: u32, debugged: bool): void {
  store<u32>(L.PSTATE_SS, !debugged && stepActive() ? (spsr >> 21) & 1 : 0);
}

export function eret(): i32 {
  const el = currentLevel();
  if (el == 0) {
    raiseUndefined();
    return 1;
  }
  const spsr = <u32>(el == 2 ? sysreg(L.SR_SPSR_EL2) : sysreg(L.SR_SPSR_EL1));
  const elr = el == 2 ? sysreg(L.SR_ELR_EL2) : sysreg(L.SR_ELR_EL1);
  const to = (<i32>(spsr >> 2)) & 3;
  const debugged = debugEnabled();
  store<u64>(L.EXCLUSIVE_ADDRESS, ~(<u64>0));
  store<u32>(L.NZCV, spsr & 0xf0000000);
  store<u32>(L.DAIF, spsr & 0x3c0);
  store<u64>(L.PC, elr);
  const toHostedEl1 = to == 1 && el == 2 && (sysreg(L.SR_HCR_EL2) & HCR_TGE) != 0;
  if (spsr & 0x12 || to > el || (to == 0 && spsr & 1) || toHostedEl1) {
    // An illegal return keeps the level; the next instruction reports it.
    store<i32>(L.PSTATE_IL, 1);
    returnToStep(spsr, debugged);
    if (load<i32>(L.TRACE) & L.TRACE_EXCEPTIONS) traceReturn(el, 0);
    return 1;
  }
  store<u32>(L.PSTATE_IL, (spsr >> 20) & 1);
  enterLevel(to, spsr & 1);
  returnToStep(spsr, debugged);
  if (load<i32>(L.TRACE) & L.TRACE_EXCEPTIONS) traceReturn(el, 1);
  return 1;
}
