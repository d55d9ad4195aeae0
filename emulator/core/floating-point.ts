import * as L from '../cpu/layout';
import { sysreg } from './state';

/** FPCR modes: DN, FZ and RMode take the slow road. */
const MODES: u64 = (1 << 25) | (1 << 24) | (3 << 22);

/** FPCR or FPSR was written. */
export function fpcrChanged(): void {
  store<i32>(L.FP_SLOW, <i32>((sysreg(L.SR_FPCR) & MODES) != 0));
}
