/**
 * Identification registers: what software asks features from. They read as those of QEMU's Cortex-A53, but for AArch32, which
 * is not here: software that believed in it would start a program that the processor cannot run. The registers of AArch32's
 * features are then UNKNOWN (D17.2.62 and others); they read as zero.
 */
import { TrapGroup, type SystemRegister } from './register.js';
import * as L from '../layout.js';
import { i64 } from '../value.js';

type Enc = SystemRegister['encoding'];
const constant = (name: string, encoding: Enc, value: bigint, trap = TrapGroup.FeatureId): SystemRegister => ({
  name,
  encoding,
  level: 1,
  access: 'ro',
  trap,
  read: () => i64(value),
});

const idGroup = (crm: number, names: string[], values: bigint[], first = 0): SystemRegister[] =>
  names.map((name, index) => constant(name, [3, 0, 0, crm, first + index], values[index] ?? 0n));

/** ID_AA64PFR0_EL1: the exception levels that exist, each in AArch64 only. */
export const exceptionLevels = (hasEl2: boolean): bigint => (hasEl2 ? 0x111n : 0x11n);

/** MIDR_EL1 and MPIDR_EL1 read as what the hypervisor set, below EL2. */
const MIDR = 0x410fd034n;
/** Of the first processor. The others, which differ in Aff0, set theirs at a reset. */
export const MPIDR = 0x80000000n;

export const identification: SystemRegister[] = [
  {
    name: 'MIDR_EL1',
    encoding: [3, 0, 0, 0, 0],
    level: 1,
    access: 'ro',
    read: (b) =>
      b.select(b.eq(b.cell('i32.load', L.EL), b.constant('i32', 2)), i64(MIDR), b.cell('i64.load', L.SYSREG_BASE + L.SR_VPIDR_EL2 * 8)),
  },
  {
    name: 'MPIDR_EL1',
    encoding: [3, 0, 0, 0, 5],
    level: 1,
    access: 'ro',
    read: (b) =>
      b.select(
        b.eq(b.cell('i32.load', L.EL), b.constant('i32', 2)),
        b.cell('i64.load', L.MPIDR),
        b.cell('i64.load', L.SYSREG_BASE + L.SR_VMPIDR_EL2 * 8),
      ),
  },
  { name: 'VPIDR_EL2', encoding: [3, 4, 0, 0, 0], level: 2, access: 'rw', cell: L.SR_VPIDR_EL2, reset: MIDR },
  { name: 'VMPIDR_EL2', encoding: [3, 4, 0, 0, 5], level: 2, access: 'rw', cell: L.SR_VMPIDR_EL2, reset: MPIDR },
  constant('REVIDR_EL1', [3, 0, 0, 0, 6], 0n, TrapGroup.AuxiliaryId),
  ...idGroup(
    1,
    ['ID_PFR0_EL1', 'ID_PFR1_EL1', 'ID_DFR0_EL1', 'ID_AFR0_EL1', 'ID_MMFR0_EL1', 'ID_MMFR1_EL1', 'ID_MMFR2_EL1', 'ID_MMFR3_EL1'],
    [],
  ),
  ...idGroup(
    2,
    ['ID_ISAR0_EL1', 'ID_ISAR1_EL1', 'ID_ISAR2_EL1', 'ID_ISAR3_EL1', 'ID_ISAR4_EL1', 'ID_ISAR5_EL1', 'ID_MMFR4_EL1', 'ID_ISAR6_EL1'],
    [],
  ),
  ...idGroup(
    3,
    ['MVFR0_EL1', 'MVFR1_EL1', 'MVFR2_EL1', 'RES_3_0_0_3_3', 'ID_PFR2_EL1', 'ID_DFR1_EL1', 'ID_MMFR5_EL1', 'RES_3_0_0_3_7'],
    [],
  ),
  {
    name: 'ID_AA64PFR0_EL1',
    encoding: [3, 0, 0, 4, 0],
    level: 1,
    access: 'ro',
    trap: TrapGroup.FeatureId,
    read: (b) => b.select(b.cell('i32.load', L.HAS_EL2), i64(exceptionLevels(true)), i64(exceptionLevels(false))),
  },
  ...idGroup(
    4,
    ['ID_AA64PFR1_EL1', 'RES_3_0_0_4_2', 'RES_3_0_0_4_3', 'ID_AA64ZFR0_EL1', 'ID_AA64SMFR0_EL1', 'RES_3_0_0_4_6', 'RES_3_0_0_4_7'],
    [],
    1,
  ),
  ...idGroup(
    5,
    [
      'ID_AA64DFR0_EL1',
      'ID_AA64DFR1_EL1',
      'RES_3_0_0_5_2',
      'RES_3_0_0_5_3',
      'ID_AA64AFR0_EL1',
      'ID_AA64AFR1_EL1',
      'RES_3_0_0_5_6',
      'RES_3_0_0_5_7',
    ],
    [0x10305106n],
  ),
  ...idGroup(
    6,
    [
      'ID_AA64ISAR0_EL1',
      'ID_AA64ISAR1_EL1',
      'ID_AA64ISAR2_EL1',
      'RES_3_0_0_6_3',
      'RES_3_0_0_6_4',
      'RES_3_0_0_6_5',
      'RES_3_0_0_6_6',
      'RES_3_0_0_6_7',
    ],
    [0x11120n],
  ),
  ...idGroup(
    7,
    [
      'ID_AA64MMFR0_EL1',
      'ID_AA64MMFR1_EL1',
      'ID_AA64MMFR2_EL1',
      'RES_3_0_0_7_3',
      'RES_3_0_0_7_4',
      'RES_3_0_0_7_5',
      'RES_3_0_0_7_6',
      'RES_3_0_0_7_7',
    ],
    [0x1122n],
  ),
  { name: 'CTR_EL0', encoding: [3, 3, 0, 0, 1], level: 0, access: 'ro', trap: TrapGroup.CacheType, read: () => i64(0x84448004n) },
  { name: 'DCZID_EL0', encoding: [3, 3, 0, 0, 7], level: 0, access: 'ro', read: (b) => b.or(i64(4n), b.call('readZeroProhibited')) },
  constant('CLIDR_EL1', [3, 1, 0, 0, 1], 0x0a200023n, TrapGroup.CacheId),
  constant('AIDR_EL1', [3, 1, 0, 0, 7], 0n, TrapGroup.AuxiliaryId),
  { name: 'CCSIDR_EL1', encoding: [3, 1, 0, 0, 0], level: 1, access: 'ro', trap: TrapGroup.CacheId, read: (b) => b.call('readCacheSize') },
  { name: 'CSSELR_EL1', encoding: [3, 2, 0, 0, 0], level: 1, access: 'rw', trap: TrapGroup.CacheId, cell: L.SR_CSSELR_EL1, writable: 0xfn },
];
