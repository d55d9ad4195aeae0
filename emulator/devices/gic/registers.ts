/** Register offsets and fields of the GICv2, named as in the Arm Generic Interrupt Controller specification v2.0 (IHI 0048B). */

/** Interrupt identifier read when nothing is pending (section 3.2.5). */
export const SPURIOUS = 1023;
/** Read from the plain acknowledge registers when the pending interrupt is in Group 1 and AckCtl is 0. */
export const SPURIOUS_GROUP1 = 1022;
/** A running priority below every implemented one: nothing is active. */
export const IDLE_PRIORITY = 0x100;

/** GICD_*, section 4.3. */
export const GICD = {
  CTLR: 0x000,
  TYPER: 0x004,
  IIDR: 0x008,
  IGROUPR: 0x080,
  ISENABLER: 0x100,
  ICENABLER: 0x180,
  ISPENDR: 0x200,
  ICPENDR: 0x280,
  ISACTIVER: 0x300,
  ICACTIVER: 0x380,
  IPRIORITYR: 0x400,
  ITARGETSR: 0x800,
  ICFGR: 0xc00,
  SGIR: 0xf00,
  CPENDSGIR: 0xf10,
  SPENDSGIR: 0xf20,
  ID: 0xfd0,
} as const;

/** GICC_* and, at the same offsets, GICV_*: sections 4.4 and 5.5. */
export const GICC = {
  CTLR: 0x000,
  PMR: 0x004,
  BPR: 0x008,
  IAR: 0x00c,
  EOIR: 0x010,
  RPR: 0x014,
  HPPIR: 0x018,
  ABPR: 0x01c,
  AIAR: 0x020,
  AEOIR: 0x024,
  AHPPIR: 0x028,
  APR: 0x0d0,
  NSAPR: 0x0e0,
  IIDR: 0x0fc,
  DIR: 0x1000,
} as const;

/** Fields of GICC_CTLR as seen without the Security Extensions. */
export const GICC_CTLR = {
  ENABLE_GROUPS: 0x3,
  ACK_CTL: 1 << 2,
  FIQ_EN: 1 << 3,
  CBPR: 1 << 4,
  EOI_MODE: 1 << 9,
  MASK: 0x21f,
} as const;

/** GICH_*, section 5.3. */
export const GICH = {
  HCR: 0x000,
  VTR: 0x004,
  VMCR: 0x008,
  MISR: 0x010,
  EISR0: 0x020,
  EISR1: 0x024,
  ELRSR0: 0x030,
  ELRSR1: 0x034,
  APR: 0x0f0,
  LR: 0x100,
} as const;

/** Fields of GICH_HCR; the enables of the maintenance conditions are where GICH_MISR reports them. */
export const GICH_HCR = {
  EN: 1 << 0,
  UIE: 1 << 1,
  LRENPIE: 1 << 2,
  NPIE: 1 << 3,
  VGRP0EIE: 1 << 4,
  VGRP0DIE: 1 << 5,
  VGRP1EIE: 1 << 6,
  VGRP1DIE: 1 << 7,
  EOI_COUNT: 0xf800_0000,
  EOI_COUNT_UNIT: 1 << 27,
  MASK: 0xf800_00ff,
} as const;

/** Conditions of GICH_MISR. */
export const GICH_MISR = {
  EOI: 1 << 0,
  U: 1 << 1,
  LRENP: 1 << 2,
  NP: 1 << 3,
  VGRP0E: 1 << 4,
  VGRP0D: 1 << 5,
  VGRP1E: 1 << 6,
  VGRP1D: 1 << 7,
} as const;

/** Fields of GICH_LRn. */
export const GICH_LR = {
  VIRTUAL_ID: 0x3ff,
  PHYSICAL_ID_SHIFT: 10,
  EOI: 1 << 19,
  PRIORITY_SHIFT: 23,
  PENDING: 1 << 28,
  ACTIVE: 1 << 29,
  STATE: 3 << 28,
  GROUP1_SHIFT: 30,
  HW: 0x8000_0000 | 0,
  MASK: 0xff8f_ffff | 0,
} as const;
