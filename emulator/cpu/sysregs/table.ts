import * as L from '../layout.js';
import { i32, i64 } from '../value.js';
import { identification } from './identification.js';
import { TrapGroup, type SystemRegister } from './register.js';

type Enc = SystemRegister['encoding'];
let nextCell = L.SR_FIRST_FREE;

/** A register with a cell of its own. */
function plain(name: string, encoding: Enc, level: 0 | 1 | 2, more: Partial<SystemRegister> = {}): SystemRegister {
  return { name, encoding, level, access: 'rw', cell: more.cell ?? nextCell++, ...more };
}

const sysreg = (index: number): number => L.SYSREG_BASE + index * 8;

/** EL1 translation controls: trapped by HCR_EL2.TVM, and what the caches of translations hang on. */
const translation1 = (name: string, encoding: Enc, cell: number | undefined, more: Partial<SystemRegister> = {}): SystemRegister =>
  plain(name, encoding, 1, { trap: TrapGroup.VirtualMemory, ...(cell === undefined ? {} : { cell }), ...more });

const exceptions: SystemRegister[] = [
  plain('VBAR_EL1', [3, 0, 12, 0, 0], 1, { cell: L.SR_VBAR_EL1, writable: ~0x7ffn & ((1n << 64n) - 1n) }),
  plain('ELR_EL1', [3, 0, 4, 0, 1], 1, { cell: L.SR_ELR_EL1 }),
  plain('SPSR_EL1', [3, 0, 4, 0, 0], 1, { cell: L.SR_SPSR_EL1 }),
  plain('VBAR_EL2', [3, 4, 12, 0, 0], 2, { cell: L.SR_VBAR_EL2, writable: ~0x7ffn & ((1n << 64n) - 1n) }),
  plain('ELR_EL2', [3, 4, 4, 0, 1], 2, { cell: L.SR_ELR_EL2 }),
  plain('SPSR_EL2', [3, 4, 4, 0, 0], 2, { cell: L.SR_SPSR_EL2 }),
  plain('ESR_EL2', [3, 4, 5, 2, 0], 2, { cell: L.SR_ESR_EL2 }),
  plain('FAR_EL2', [3, 4, 6, 0, 0], 2, { cell: L.SR_FAR_EL2 }),
  plain('HPFAR_EL2', [3, 4, 6, 0, 4], 2, { cell: L.SR_HPFAR_EL2, writable: 0xfffffffff0n }),
  translation1('ESR_EL1', [3, 0, 5, 2, 0], L.SR_ESR_EL1),
  translation1('FAR_EL1', [3, 0, 6, 0, 0], L.SR_FAR_EL1),
  translation1('AFSR0_EL1', [3, 0, 5, 1, 0], undefined),
  translation1('AFSR1_EL1', [3, 0, 5, 1, 1], undefined),
  plain('AFSR0_EL2', [3, 4, 5, 1, 0], 2),
  plain('AFSR1_EL2', [3, 4, 5, 1, 1], 2),
  // The stack pointer in use rests in its slot, not in these cells: as a register it is undefined then.
  plain('SP_EL0', [3, 0, 4, 1, 0], 1, {
    cell: L.SR_SP_EL0,
    read: (b) => {
      b.if(b.eqz(b.cell('i32.load', L.SPSEL)), () => b.raise('raiseUndefined'));
      return b.cell('i64.load', sysreg(L.SR_SP_EL0));
    },
    write: (b, value) => {
      b.if(b.eqz(b.cell('i32.load', L.SPSEL)), () => b.raise('raiseUndefined'));
      b.setCell('i64.store', sysreg(L.SR_SP_EL0), value);
    },
  }),
  plain('SP_EL1', [3, 4, 4, 1, 0], 2, { cell: L.SR_SP_EL1 }),
  { name: 'ISR_EL1', encoding: [3, 0, 12, 1, 0], level: 1, access: 'ro', read: (b) => b.call('readIsr') },
  plain('RVBAR_EL2', [3, 4, 12, 0, 1], 2, { access: 'ro' }),
];

const control: SystemRegister[] = [
  translation1('SCTLR_EL1', [3, 0, 1, 0, 0], L.SR_SCTLR_EL1, { reset: 0xc50838n, after: 'translationChanged' }),
  plain('ACTLR_EL1', [3, 0, 1, 0, 1], 1, { trap: TrapGroup.AuxiliaryControl }),
  plain('CPACR_EL1', [3, 0, 1, 0, 2], 1, { cell: L.SR_CPACR_EL1, trap: TrapGroup.Cpacr, writable: 0x10300000n, after: 'controlChanged' }),
  translation1('TTBR0_EL1', [3, 0, 2, 0, 0], L.SR_TTBR0_EL1, { after: 'translationChanged' }),
  translation1('TTBR1_EL1', [3, 0, 2, 0, 1], L.SR_TTBR1_EL1, { after: 'translationChanged' }),
  translation1('TCR_EL1', [3, 0, 2, 0, 2], L.SR_TCR_EL1, { after: 'translationChanged' }),
  translation1('MAIR_EL1', [3, 0, 10, 2, 0], L.SR_MAIR_EL1),
  translation1('AMAIR_EL1', [3, 0, 10, 3, 0], undefined),
  translation1('CONTEXTIDR_EL1', [3, 0, 13, 0, 1], L.SR_CONTEXTIDR_EL1),
  plain('SCTLR_EL2', [3, 4, 1, 0, 0], 2, { cell: L.SR_SCTLR_EL2, reset: 0n, after: 'translationChanged' }),
  plain('ACTLR_EL2', [3, 4, 1, 0, 1], 2),
  plain('TTBR0_EL2', [3, 4, 2, 0, 0], 2, { cell: L.SR_TTBR0_EL2, after: 'translationChanged' }),
  plain('TCR_EL2', [3, 4, 2, 0, 2], 2, { cell: L.SR_TCR_EL2, after: 'translationChanged' }),
  plain('MAIR_EL2', [3, 4, 10, 2, 0], 2, { cell: L.SR_MAIR_EL2 }),
  plain('AMAIR_EL2', [3, 4, 10, 3, 0], 2),
  plain('HCR_EL2', [3, 4, 1, 1, 0], 2, { cell: L.SR_HCR_EL2, writable: 0x3ffffffffn, after: 'controlChanged' }),
  plain('MDCR_EL2', [3, 4, 1, 1, 1], 2, {
    cell: L.SR_MDCR_EL2,
    reset: 6n,
    after: 'debugChanged',
    // It divides the counters of the performance monitor.
    write: (b, value) => b.run('writePerformance', i32(12), b.and(value, i64(0xfffn))),
  }),
  plain('CPTR_EL2', [3, 4, 1, 1, 2], 2, { cell: L.SR_CPTR_EL2, reset: 0x33ffn, after: 'controlChanged' }),
  plain('HSTR_EL2', [3, 4, 1, 1, 3], 2, { cell: L.SR_HSTR_EL2 }),
  plain('HACR_EL2', [3, 4, 1, 1, 7], 2),
  plain('VTTBR_EL2', [3, 4, 2, 1, 0], 2, { cell: L.SR_VTTBR_EL2, after: 'translationChanged' }),
  plain('VTCR_EL2', [3, 4, 2, 1, 2], 2, { cell: L.SR_VTCR_EL2, after: 'translationChanged' }),
  // Registers of AArch32 states, which a hypervisor saves and restores all the same.
  ...['SPSR_irq', 'SPSR_abt', 'SPSR_und', 'SPSR_fiq'].map((name, op2) => plain(name, [3, 4, 4, 3, op2], 2)),
  plain('DACR32_EL2', [3, 4, 3, 0, 0], 2),
  plain('IFSR32_EL2', [3, 4, 5, 0, 1], 2),
  plain('FPEXC32_EL2', [3, 4, 5, 3, 0], 2),
  plain('PAR_EL1', [3, 0, 7, 4, 0], 1, { cell: L.SR_PAR_EL1 }),
  plain('TPIDR_EL0', [3, 3, 13, 0, 2], 0),
  // EL0 may read it; the handler of the write asks for EL1.
  plain('TPIDRRO_EL0', [3, 3, 13, 0, 3], 0, { writeLevel: 1 }),
  plain('TPIDR_EL1', [3, 0, 13, 0, 4], 1),
  plain('TPIDR_EL2', [3, 4, 13, 0, 2], 2),
  plain('LORSA_EL1', [3, 0, 10, 4, 0], 1),
];

const processState: SystemRegister[] = [
  {
    name: 'NZCV',
    encoding: [3, 3, 4, 2, 0],
    level: 0,
    access: 'rw',
    read: (b) => b.extendU(b.nzcv()),
    write: (b, value) => b.setNzcv(b.and(b.wrap(value), i32(0xf0000000 | 0))),
  },
  {
    name: 'DAIF',
    encoding: [3, 3, 4, 2, 1],
    level: 0,
    access: 'rw',
    trap: TrapGroup.InterruptMask,
    read: (b) => b.extendU(b.cell('i32.load', L.DAIF)),
    write: (b, value) => b.setCell('i32.store', L.DAIF, b.and(b.wrap(value), i32(0x3c0))),
    after: 'afterInterruptMask',
  },
  { name: 'CurrentEL', encoding: [3, 0, 4, 2, 2], level: 1, access: 'ro', read: (b) => b.extendU(b.shl(b.cell('i32.load', L.EL), i32(2))) },
  {
    name: 'SPSel',
    encoding: [3, 0, 4, 2, 0],
    level: 1,
    access: 'rw',
    read: (b) => b.extendU(b.cell('i32.load', L.SPSEL)),
    write: (b, value) => b.run('setSpSel', b.and(b.wrap(value), i32(1))),
  },
  plain('FPCR', [3, 3, 4, 4, 0], 0, { cell: L.SR_FPCR, trap: TrapGroup.FloatingPoint, writable: 0x07f70000n, after: 'fpcrChanged' }),
  plain('FPSR', [3, 3, 4, 4, 1], 0, { cell: L.SR_FPSR, trap: TrapGroup.FloatingPoint, writable: 0xf800009fn, after: 'fpcrChanged' }),
];

/** CNT*_CTL: bits 0 and 1 are the guest's, bit 2 is computed. `timer`: 0 physical, 1 virtual, 2 hypervisor. */
function timer(suffix: string, op1: number, crm: number, level: 0 | 2, trap: TrapGroup, number: number): SystemRegister[] {
  const write =
    (field: number): SystemRegister['write'] =>
    (b, value) =>
      b.run('writeTimer', i32(number), i32(field), value);
  const cval = L.SR_CNTP_CVAL + number * 2;
  return [
    {
      name: `CNT${suffix}_TVAL`,
      encoding: [3, op1, 14, crm, 0],
      level,
      access: 'rw',
      trap,
      read: (b) => b.call('readTimerValue', i32(number)),
      write: write(0),
    },
    {
      name: `CNT${suffix}_CTL`,
      encoding: [3, op1, 14, crm, 1],
      level,
      access: 'rw',
      trap,
      read: (b) => b.call('readTimerControl', i32(number)),
      write: write(1),
    },
    {
      name: `CNT${suffix}_CVAL`,
      encoding: [3, op1, 14, crm, 2],
      level,
      access: 'rw',
      trap,
      read: (b) => b.cell('i64.load', sysreg(cval)),
      write: write(2),
    },
  ];
}

const timers: SystemRegister[] = [
  plain('CNTFRQ_EL0', [3, 3, 14, 0, 0], 0, {
    cell: L.SR_CNTFRQ,
    reset: 62500000n,
    writeLevel: 1,
    trap: TrapGroup.CounterFrequency,
    // Only the highest level that exists may write it.
    write: (b, value) => {
      b.if(b.and(b.eq(b.cell('i32.load', L.EL), i32(1)), b.cell('i32.load', L.HAS_EL2)), () => b.raise('raiseUndefined'));
      b.setCell('i64.store', sysreg(L.SR_CNTFRQ), value);
    },
  }),
  {
    name: 'CNTPCT_EL0',
    encoding: [3, 3, 14, 0, 1],
    level: 0,
    access: 'ro',
    trap: TrapGroup.PhysicalCounter,
    read: (b) => b.call('counterPhysical'),
  },
  {
    name: 'CNTVCT_EL0',
    encoding: [3, 3, 14, 0, 2],
    level: 0,
    access: 'ro',
    trap: TrapGroup.VirtualCounter,
    read: (b) => b.call('counterVirtual'),
  },
  ...timer('P', 3, 2, 0, TrapGroup.PhysicalTimer, 0),
  ...timer('V', 3, 3, 0, TrapGroup.VirtualTimer, 1),
  ...timer('HP', 4, 2, 2, TrapGroup.None, 2),
  plain('CNTKCTL_EL1', [3, 0, 14, 1, 0], 1, { cell: L.SR_CNTKCTL_EL1 }),
  plain('CNTHCTL_EL2', [3, 4, 14, 1, 0], 2, { cell: L.SR_CNTHCTL_EL2, reset: 3n }),
  plain('CNTVOFF_EL2', [3, 4, 14, 0, 3], 2, { cell: L.SR_CNTVOFF_EL2, after: 'timersChanged' }),
];

/** A register of the performance monitor; the numbers are known to `core/performance.ts`. */
function counter(name: string, encoding: Enc, number: number, trap: TrapGroup, more: Partial<SystemRegister> = {}): SystemRegister {
  return {
    name,
    encoding,
    level: 0,
    access: 'rw',
    trap,
    read: (b) => b.call('readPerformance', i32(number)),
    write: (b, value) => b.run('writePerformance', i32(number), value),
    ...more,
  };
}

const EVENT_COUNTER = 16;
const EVENT_TYPE = 32;
const performance: SystemRegister[] = [
  // Cells that the monitor keeps its state in, where the registers' own names say no more than that.
  counter('PMCR_EL0', [3, 3, 9, 12, 0], 0, TrapGroup.PerformanceControl, { cell: L.SR_PMCR, reset: 0x41033000n }),
  counter('PMCNTENSET_EL0', [3, 3, 9, 12, 1], 1, TrapGroup.Performance, { cell: L.SR_PMCNTEN }),
  counter('PMCNTENCLR_EL0', [3, 3, 9, 12, 2], 2, TrapGroup.Performance, { cell: L.SR_PMCNTEN }),
  counter('PMOVSCLR_EL0', [3, 3, 9, 12, 3], 3, TrapGroup.Performance, { cell: L.SR_PMOVS }),
  counter('PMSWINC_EL0', [3, 3, 9, 12, 4], 5, TrapGroup.PerformanceIncrement, { access: 'wo' }),
  plain('PMSELR_EL0', [3, 3, 9, 12, 5], 0, { cell: L.SR_PMSELR, writable: 0x1fn, trap: TrapGroup.PerformanceSelection }),
  // SW_INCR, INST_RETIRED, CPU_CYCLES.
  { name: 'PMCEID0_EL0', encoding: [3, 3, 9, 12, 6], level: 0, access: 'ro', trap: TrapGroup.Performance, read: () => i64(0x20101n) },
  { name: 'PMCEID1_EL0', encoding: [3, 3, 9, 12, 7], level: 0, access: 'ro', trap: TrapGroup.Performance, read: () => i64(0n) },
  counter('PMCCNTR_EL0', [3, 3, 9, 13, 0], 8, TrapGroup.PerformanceCycles, { cell: L.SR_PMCCNTR }),
  counter('PMXEVTYPER_EL0', [3, 3, 9, 13, 1], 10, TrapGroup.Performance),
  counter('PMXEVCNTR_EL0', [3, 3, 9, 13, 2], 11, TrapGroup.PerformanceEvents),
  plain('PMUSERENR_EL0', [3, 3, 9, 14, 0], 0, { cell: L.SR_PMUSERENR, writable: 0xfn, writeLevel: 1, trap: TrapGroup.PerformanceEnable }),
  counter('PMINTENSET_EL1', [3, 0, 9, 14, 1], 6, TrapGroup.Performance, { level: 1, cell: L.SR_PMINTEN }),
  counter('PMINTENCLR_EL1', [3, 0, 9, 14, 2], 7, TrapGroup.Performance, { level: 1, cell: L.SR_PMINTEN }),
  counter('PMOVSSET_EL0', [3, 3, 9, 14, 3], 4, TrapGroup.Performance, { cell: L.SR_PMOVS }),
  counter('PMCCFILTR_EL0', [3, 3, 14, 15, 7], 9, TrapGroup.Performance, { cell: L.SR_PMCCFILTR }),
  ...Array.from({ length: L.EVENT_COUNTERS }, (_, n) => [
    counter(`PMEVCNTR${n}_EL0`, [3, 3, 14, 8, n], EVENT_COUNTER + n, TrapGroup.PerformanceEvents, { cell: L.SR_PMEVCNTR + n }),
    counter(`PMEVTYPER${n}_EL0`, [3, 3, 14, 12, n], EVENT_TYPE + n, TrapGroup.Performance, { cell: L.SR_PMEVTYPER + n }),
  ]).flat(),
];

/** A debug register: what is enabled may change with it. */
const debugControl = (name: string, encoding: Enc, more: Partial<SystemRegister> = {}): SystemRegister =>
  plain(name, encoding, 1, { trap: TrapGroup.Debug, after: 'debugChanged', ...more });

const NOT_ALIGNED = 3n;
/** Without what is copied. */
const BREAKPOINT_CONTROL = 0xffe0a7n;
const WATCHPOINT_CONTROL = 0x1f1fffffn;
const debug: SystemRegister[] = [
  debugControl('MDSCR_EL1', [2, 0, 0, 2, 2], { cell: L.SR_MDSCR_EL1 }),
  // The debug communications channel has nobody at its other end: it is never full, and nothing comes.
  plain('MDCCINT_EL1', [2, 0, 0, 2, 0], 1, { trap: TrapGroup.Debug }),
  { name: 'MDCCSR_EL0', encoding: [2, 3, 0, 1, 0], level: 0, access: 'ro', trap: TrapGroup.Debug, read: () => i64(0n) },
  {
    name: 'DBGDTR_EL0',
    encoding: [2, 3, 0, 4, 0],
    level: 0,
    access: 'rw',
    trap: TrapGroup.Debug,
    read: () => i64(0n),
    write: () => undefined,
  },
  // To read DBGDTRRX_EL0, to write DBGDTRTX_EL0.
  {
    name: 'DBGDTRRX_EL0',
    encoding: [2, 3, 0, 5, 0],
    level: 0,
    access: 'rw',
    trap: TrapGroup.Debug,
    read: () => i64(0n),
    write: () => undefined,
  },
  plain('OSDTRRX_EL1', [2, 0, 0, 0, 2], 1, { trap: TrapGroup.Debug, writable: 0xffffffffn }),
  plain('OSDTRTX_EL1', [2, 0, 0, 3, 2], 1, { trap: TrapGroup.Debug, writable: 0xffffffffn }),
  plain('OSECCR_EL1', [2, 0, 0, 6, 2], 1, { trap: TrapGroup.Debug, writable: 0xffffffffn }),
  { name: 'MDRAR_EL1', encoding: [2, 0, 1, 0, 0], level: 1, access: 'ro', trap: TrapGroup.DebugRom, read: () => i64(0n) },
  {
    name: 'OSLAR_EL1',
    encoding: [2, 0, 1, 0, 4],
    level: 1,
    access: 'wo',
    trap: TrapGroup.DebugPower,
    after: 'debugChanged',
    write: (b, v) => b.setCell('i64.store', sysreg(L.SR_OSLSR), b.or(i64(8n), b.shl(b.and(v, i64(1n)), i64(1n)))),
  },
  plain('OSLSR_EL1', [2, 0, 1, 1, 4], 1, { cell: L.SR_OSLSR, access: 'ro', reset: 10n, trap: TrapGroup.DebugPower }),
  debugControl('OSDLR_EL1', [2, 0, 1, 3, 4], { cell: L.SR_OSDLR, writable: 1n, trap: TrapGroup.DebugPower }),
  plain('DBGPRCR_EL1', [2, 0, 1, 4, 4], 1, { writable: 1n, trap: TrapGroup.DebugPower }),
  // Claim tags: all eight can be set, which is what a read of the set register says.
  {
    name: 'DBGCLAIMSET_EL1',
    encoding: [2, 0, 7, 8, 6],
    level: 1,
    access: 'rw',
    trap: TrapGroup.Debug,
    read: () => i64(0xffn),
    write: (b, v) => b.setCell('i64.store', sysreg(L.SR_DBGCLAIM), b.or(b.cell('i64.load', sysreg(L.SR_DBGCLAIM)), b.and(v, i64(0xffn)))),
  },
  plain('DBGCLAIMCLR_EL1', [2, 0, 7, 9, 6], 1, {
    cell: L.SR_DBGCLAIM,
    trap: TrapGroup.Debug,
    write: (b, v) => b.setCell('i64.store', sysreg(L.SR_DBGCLAIM), b.and(b.cell('i64.load', sysreg(L.SR_DBGCLAIM)), b.not(v))),
  }),
  // Non-secure debug, invasive and not, is implemented and enabled; of the secure state there is none.
  { name: 'DBGAUTHSTATUS_EL1', encoding: [2, 0, 7, 14, 6], level: 1, access: 'ro', trap: TrapGroup.Debug, read: () => i64(0xfn) },
  plain('DBGVCR32_EL2', [2, 4, 0, 7, 0], 2),
  ...Array.from({ length: L.BREAKPOINT_REGISTERS }, (_, n) => [
    debugControl(`DBGBVR${n}_EL1`, [2, 0, 0, n, 4], { cell: L.SR_DBGBVR + n }),
    debugControl(`DBGBCR${n}_EL1`, [2, 0, 0, n, 5], {
      cell: L.SR_DBGBCR + n,
      // Bits 1 and 3 of BAS are copies of those before them.
      write: (b, v) => {
        const kept = b.let(b.and(v, i64(BREAKPOINT_CONTROL)));
        b.setCell('i64.store', sysreg(L.SR_DBGBCR + n), b.or(kept, b.shl(b.and(kept, i64(0xa0n)), i64(1n))));
      },
    }),
  ]).flat(),
  ...Array.from({ length: L.WATCHPOINT_REGISTERS }, (_, n) => [
    debugControl(`DBGWVR${n}_EL1`, [2, 0, 0, n, 6], { cell: L.SR_DBGWVR + n, writable: BigInt.asUintN(64, ~NOT_ALIGNED) }),
    debugControl(`DBGWCR${n}_EL1`, [2, 0, 0, n, 7], { cell: L.SR_DBGWCR + n, writable: WATCHPOINT_CONTROL }),
  ]).flat(),
];

/** Cortex-A53's own (DDI 0500, 4.2): present so that firmware and kernels that know the part can touch them. */
const implementationDefined: SystemRegister[] = (
  [
    plain('CPUACTLR_EL1', [3, 1, 15, 2, 0], 1),
    plain('CPUECTLR_EL1', [3, 1, 15, 2, 1], 1),
    plain('CPUMERRSR_EL1', [3, 1, 15, 2, 2], 1),
    plain('L2MERRSR_EL1', [3, 1, 15, 2, 3], 1),
    plain('L2CTLR_EL1', [3, 1, 11, 0, 2], 1),
    plain('L2ECTLR_EL1', [3, 1, 11, 0, 3], 1),
    plain('L2ACTLR_EL1', [3, 1, 15, 0, 0], 1),
    plain('CBAR_EL1', [3, 1, 15, 3, 0], 1, { access: 'ro', reset: 0x8000000n }),
  ] as SystemRegister[]
).map((register) => ({ ...register, trap: TrapGroup.ImplementationDefined }));

/** Every system register of the machine. Its order is the order of the handlers, so it never depends on the host. */
export const systemRegisters: readonly SystemRegister[] = [
  ...identification,
  ...exceptions,
  ...control,
  ...processState,
  ...timers,
  ...performance,
  ...debug,
  ...implementationDefined,
];
if (nextCell > L.SYSREG_COUNT) throw new Error(`${nextCell} system register cells do not fit into ${L.SYSREG_COUNT}`);

const byEncoding = new Map(systemRegisters.map((register, index) => [encodingKey(...register.encoding), index]));

function encodingKey(op0: number, op1: number, crn: number, crm: number, op2: number): number {
  return (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;
}

/** Index of the register of this encoding; -1 when there is none. */
export function findSystemRegister(op0: number, op1: number, crn: number, crm: number, op2: number): number {
  return byEncoding.get(encodingKey(op0, op1, crn, crm, op2)) ?? -1;
}
