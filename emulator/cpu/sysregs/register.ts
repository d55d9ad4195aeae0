import type { Builder } from '../builder.js';
import type { RuntimeFunction } from '../runtime-api.js';
import type { Value } from '../value.js';

/** One system register as the table describes it (DDI 0487, chapter D17). */
export interface SystemRegister {
  readonly name: string;
  /** op0, op1, CRn, CRm, op2. */
  readonly encoding: readonly [number, number, number, number, number];
  /** Lowest exception level that may access it, before traps. */
  readonly level: 0 | 1 | 2;
  /** Lowest level for writes, where it is another. */
  readonly writeLevel?: 1;
  readonly access: 'rw' | 'ro' | 'wo';
  /** Cell that holds it; absent where `read` says all. */
  readonly cell?: number;
  readonly reset?: bigint;
  /** Bits that a write can change; the rest keep their reset value. All where absent. */
  readonly writable?: bigint;
  readonly read?: (b: Builder) => Value;
  readonly write?: ((b: Builder, value: Value) => void) | undefined;
  /** Called after a write: caches of what the register says are stale. */
  readonly after?: RuntimeFunction;
  readonly trap?: TrapGroup;
}

/**
 * Which control bits trap an access (DDI 0487 D1.11, "Configurable instruction enables and disables").
 * The numbers are known to `core/traps.ts`.
 */
export enum TrapGroup {
  None = 0,
  /** HCR_EL2.TVM and TRVM: EL1 translation controls. */
  VirtualMemory = 1,
  /** HCR_EL2.TACR. */
  AuxiliaryControl = 2,
  /** CPTR_EL2.TCPAC. */
  Cpacr = 3,
  /** CNTKCTL_EL1.EL0PCTEN, CNTHCTL_EL2.EL1PCTEN. */
  PhysicalCounter = 4,
  VirtualCounter = 5,
  PhysicalTimer = 6,
  VirtualTimer = 7,
  /** SCTLR_EL1.UMA. */
  InterruptMask = 8,
  /** SCTLR_EL1.UCT, HCR_EL2.TID2. */
  CacheType = 9,
  /** HCR_EL2.TID3. */
  FeatureId = 10,
  /** HCR_EL2.TID1. */
  AuxiliaryId = 11,
  /** PMUSERENR_EL0.EN, MDCR_EL2.TPM. */
  Performance = 12,
  /** MDCR_EL2.TDA. */
  Debug = 13,
  /** SCTLR_EL1.UCI, HCR_EL2.TPC: to the point of coherency. */
  CacheByAddress = 14,
  /** HCR_EL2.TSW. */
  CacheBySet = 15,
  /** SCTLR_EL1.DZE, HCR_EL2.TDZ. */
  ZeroByAddress = 16,
  /** HCR_EL2.TTLB. */
  Translation = 17,
  /** CPACR_EL1.FPEN and CPTR_EL2.TFP. */
  FloatingPoint = 18,
  /** CNTKCTL_EL1: readable at EL0 when either counter is. */
  CounterFrequency = 19,
  /** HCR_EL2.TID2. */
  CacheId = 20,
  /** SCTLR_EL1.UCI, HCR_EL2.TPU: to the point of unification. */
  CacheByUnification = 21,
  /** MDCR_EL2.TPM: EL0 may always read what it may do. */
  PerformanceEnable = 22,
  /** MDCR_EL2.TPM and TPMCR. */
  PerformanceControl = 23,
  /** MDCR_EL2.TDOSA. */
  DebugPower = 24,
  /** MDCR_EL2.TDRA. */
  DebugRom = 25,
  /** PMUSERENR_EL0.EN, or CR to read; MDCR_EL2.TPM. */
  PerformanceCycles = 26,
  /** PMUSERENR_EL0.EN, or ER to read; MDCR_EL2.TPM. */
  PerformanceEvents = 27,
  /** PMUSERENR_EL0.EN or ER; MDCR_EL2.TPM. */
  PerformanceSelection = 28,
  /** PMUSERENR_EL0.EN or SW; MDCR_EL2.TPM. */
  PerformanceIncrement = 29,
  /** HCR_EL2.TIDCP: what is left to implementations. */
  ImplementationDefined = 30,
}

/** The argument of the runtime's `sysregTrap`: level, group and direction in one number. */
export function trapRule(level: number, group: TrapGroup, isRead: boolean): number {
  return level | (group << 4) | (isRead ? 1 << 12 : 0);
}
