/** What follows from FPCR and FPSR for everybody who computes with the host's floating point. */
import * as L from '../cpu/layout';
import { sysreg } from './state';

/** FPCR modes: DN, FZ and RMode take the slow road. */
const MODES: u64 = (1 << 25) | (1 << 24) | (3 << 22);
const INEXACT: u64 = 1 << 4;
const INFINITE_D: u64 = 0x7ff0000000000000;
const LEAST_D: u64 = 0x0010000000000000;
const INFINITE_S: u32 = 0x7f800000;
const LEAST_S: u32 = 0x00800000;

/** FPCR or FPSR was written, or FPSR.IXC has become 1. */
export function fpcrChanged(): void {
  const slow = (sysreg(L.SR_FPCR) & MODES) != 0;
  store<i32>(L.FP_SLOW, i32(slow));
  // The host rounds without a word: it may compute when nobody would notice one inexact result more.
  const quick = !slow && (sysreg(L.SR_FPSR) & INEXACT) != 0;
  store<u64>(L.FP_LEAST_D, 2 * (LEAST_D + 1));
  store<u32>(L.FP_LEAST_S, 2 * (LEAST_S + 1));
  store<u64>(L.FP_FINITE_D, quick ? 2 * INFINITE_D : 0);
  store<u64>(L.FP_NORMAL_D, quick ? 2 * (INFINITE_D - LEAST_D - 1) : 0);
  store<u32>(L.FP_FINITE_S, quick ? 2 * INFINITE_S : 0);
  store<u32>(L.FP_NORMAL_S, quick ? 2 * (INFINITE_S - LEAST_S - 1) : 0);
  v128.store(L.FP_FINITE_2D, i64x2.splat(quick ? INFINITE_D : 0));
  v128.store(L.FP_FINITE_4S, i32x4.splat(quick ? INFINITE_S : 0));
  v128.store(L.FP_LEAST_2D, i64x2.splat(LEAST_D));
  v128.store(L.FP_LEAST_4S, i32x4.splat(LEAST_S));
}
