/** FPCR and FPSR (DDI 0487 C5.2.8 and C5.2.10). */
import * as L from '../../cpu/layout';
import { fpcrChanged } from '../floating-point';
import { setSysreg, sysreg } from '../state';

export const INVALID = 1 << 0;
export const DIVIDE_BY_ZERO = 1 << 1;
export const OVERFLOW = 1 << 2;
export const UNDERFLOW = 1 << 3;
export const INEXACT = 1 << 4;
export const INPUT_DENORMAL = 1 << 7;

/** Sets a cumulative exception flag. */
export function raise(flag: i32): void {
  const before = sysreg(L.SR_FPSR);
  setSysreg(L.SR_FPSR, before | (<u64>flag));
  if (flag & INEXACT && !(before & INEXACT)) fpcrChanged();
}


@inline
function control(bit: u64): bool {
  return ((sysreg(L.SR_FPCR) >> bit) & 1) != 0;
}


@inline
export function roundingMode(): i32 {
  return (<i32>(sysreg(L.SR_FPCR) >> 22)) & 3;
}


@inline
export function flushToZero(): bool {
  return control(24);
}


@inline
export function defaultNan(): bool {
  return control(25);
}

/** Half precision without infinities and NaNs. */
@inline
export function alternativeHalf(): bool {
  return control(26);
}
