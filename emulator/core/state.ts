import * as L from '../cpu/layout';

/** A system register's cell. */
@inline
export function sysreg(index: i32): u64 {
  return load<u64>(<usize>L.SYSREG_BASE + ((<usize>index) << 3));
}


@inline
export function setSysreg(index: i32, value: u64): void {
  store<u64>(<usize>L.SYSREG_BASE + ((<usize>index) << 3), value);
}


@inline
export function currentLevel(): i32 {
  return load<i32>(L.EL);
}

/** The address of a fault, where it is for a target level. */
@inline
export function setFar(target: i32, va: u64): void {
  setSysreg(target == 2 ? L.SR_FAR_EL2 : L.SR_FAR_EL1, va);
}

/** Virtual time in nanoseconds: one for each instruction, and what was slept. */
@inline
export function now(): u64 {
  return load<u64>(L.SLICE_START) + <u64>(load<i32>(L.BUDGET) - load<i32>(L.REMAINING));
}

/** Virtual time at which the slice is over, if it is not ended sooner. */
export function sliceEnd(): f64 {
  return <f64>(load<u64>(L.SLICE_START) + <u64>load<i32>(L.BUDGET));
}

/** Ends the slice after the present instruction, so that the board looks at interrupts and deadlines. */
export function requestExit(): void {
  store<i32>(L.BUDGET, load<i32>(L.BUDGET) - load<i32>(L.REMAINING));
  store<i32>(L.REMAINING, 0);
}

/** Address of the instruction being executed. */
@inline
export function currentPc(): u64 {
  return load<u64>(L.PAGE_VA) + ((<u64>(load<u32>(L.IP) - load<u32>(L.PAGE_OPS))) >> 2);
}

// HCR_EL2 (DDI 0487 D17.2.48)
export const HCR_VM: u64 = 1 << 0;
export const HCR_FMO: u64 = 1 << 3;
export const HCR_IMO: u64 = 1 << 4;
export const HCR_PTW: u64 = 1 << 2;
export const HCR_AMO: u64 = 1 << 5;
export const HCR_DC: u64 = 1 << 12;
export const HCR_TWI: u64 = 1 << 13;
export const HCR_TWE: u64 = 1 << 14;
export const HCR_TSC: u64 = 1 << 19;
export const HCR_TGE: u64 = 1 << 27;
export const HCR_HCD: u64 = 1 << 29;
