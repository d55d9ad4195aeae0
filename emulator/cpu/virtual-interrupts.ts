/**
 * HCR_EL2.VF, VI and VSE (DDI 0487 D17.2.48): a virtual FIQ, IRQ or SError that the hypervisor has made pending. AssemblyScript
 * reads this file, too.
 */
export const HCR_VF = 1 << 6;
export const HCR_VI = 1 << 7;
export const HCR_VSE = 1 << 8;
