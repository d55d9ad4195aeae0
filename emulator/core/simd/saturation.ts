import * as L from '../../cpu/layout';
import { setSysreg, sysreg } from '../state';

/** FPSR.QC: cumulative saturation. */
export function setSaturated(): void {
  setSysreg(L.SR_FPSR, sysreg(L.SR_FPSR) | (1 << 27));
}
