/** The registers that a debugger sees, in the order of the protocol's `g` packet. Numbers are positions in it. */
import * as L from '../cpu/layout.js';
import type { Processor } from '../cpu/processor.js';
import { exceptionLevels } from '../cpu/sysregs/identification.js';
import { systemRegisters } from '../cpu/sysregs/table.js';
import type { Value } from '../cpu/value.js';
import { fromLittleEndian, littleEndian } from './hex.js';

export interface DebugRegister {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly feature: 'core' | 'fpu' | 'system';
  read(cpu: Processor): bigint;
  /** Absent: it cannot be written. */
  readonly write?: (cpu: Processor, value: bigint) => void;
}

const core: DebugRegister[] = [
  ...Array.from({ length: 31 }, (_, n): DebugRegister => ({
    name: `x${n}`,
    size: 8,
    feature: 'core',
    read: (cpu) => cpu.x(n),
    write: (cpu, value) => cpu.setX(n, value),
  })),
  { name: 'sp', size: 8, feature: 'core', read: (cpu) => cpu.sp, write: (cpu, value) => (cpu.sp = value) },
  { name: 'pc', size: 8, feature: 'core', read: (cpu) => cpu.pc, write: (cpu, value) => (cpu.pc = value) },
  { name: 'cpsr', size: 4, feature: 'core', read: (cpu) => BigInt(cpu.pstate), write: (cpu, value) => cpu.setFlags(Number(value)) },
];

const fpu: DebugRegister[] = [
  ...Array.from({ length: 32 }, (_, n): DebugRegister => ({
    name: `v${n}`,
    size: 16,
    feature: 'fpu',
    read: (cpu) => cpu.v(n)[0] | (cpu.v(n)[1] << 64n),
    write: (cpu, value) => cpu.setV(n, [BigInt.asUintN(64, value), value >> 64n]),
  })),
  ...(
    [
      ['fpsr', L.SR_FPSR],
      ['fpcr', L.SR_FPCR],
    ] as const
  ).map(([name, cell]): DebugRegister => ({
    name,
    size: 4,
    feature: 'fpu',
    read: (cpu) => cpu.systemRegister(cell),
    write: (cpu, value) => cpu.setFloatingPointRegister(cell, value),
  })),
];

/** Names that QEMU has for registers with the same content as AArch32's: scripts for it are to work here. */
const QEMU_NAMES = {
  SCTLR_EL1: 'SCTLR',
  VBAR_EL1: 'VBAR',
  CPACR_EL1: 'CPACR',
  CNTKCTL_EL1: 'CNTKCTL',
  CSSELR_EL1: 'CSSELR',
  AMAIR_EL1: 'AMAIR0',
};

/** What is kept in cells of its own: the rest is constant, or computed when an instruction reads it. */
function systemCells(): { name: string; cell: number }[] {
  const timers = [
    ['CNTP', 'EL0'],
    ['CNTV', 'EL0'],
    ['CNTHP', 'EL2'],
  ].flatMap(([timer, level], n) => [
    { name: `${timer}_CTL_${level}`, cell: L.SR_CNTP_CTL + 2 * n },
    { name: `${timer}_CVAL_${level}`, cell: L.SR_CNTP_CVAL + 2 * n },
  ]);
  const named = systemRegisters.flatMap(({ name, cell }) => (cell === undefined ? [] : [{ name, cell }]));
  const seen = new Set<number>([L.SR_FPCR, L.SR_FPSR]);
  return [...named, ...timers].filter(({ cell }) => !seen.has(cell) && seen.add(cell));
}

/** What reads as one value for ever: identification, mostly. */
function systemConstants(): { name: string; value: bigint }[] {
  return systemRegisters.flatMap(({ name, access, cell, read }) => {
    // A rule that asks for no builder has nothing to compute.
    if (access !== 'ro' || cell !== undefined || !read || read.length > 0 || name.startsWith('RES_')) return [];
    const { constant } = (read as () => Value)();
    return constant === undefined ? [] : [{ name, value: constant }];
  });
}

const cells = systemCells();
const system: DebugRegister[] = [
  ...[
    ...cells,
    ...cells.flatMap(({ name, cell }) =>
      Object.hasOwn(QEMU_NAMES, name) ? [{ name: QEMU_NAMES[name as keyof typeof QEMU_NAMES], cell }] : [],
    ),
  ].map(({ name, cell }): DebugRegister => ({ name, size: 8, feature: 'system', read: (cpu) => cpu.systemRegister(cell) })),
  { name: 'ID_AA64PFR0_EL1', size: 8, feature: 'system', read: (cpu) => exceptionLevels(cpu.hypervisor) },
  ...systemConstants().map(({ name, value }): DebugRegister => ({ name, size: 8, feature: 'system', read: () => value })),
];

export const debugRegisters: readonly DebugRegister[] = [...core, ...fpu, ...system];

/** Registers of the `g` and `G` packets: system registers are only read one by one. */
export const GENERAL_COUNT = core.length;

export function readRegister(cpu: Processor, number: number): Uint8Array | undefined {
  const register = debugRegisters[number];
  return register && littleEndian(register.read(cpu), register.size);
}

/** False for a register that does not exist or cannot be written, or for bytes that are not its size. */
export function writeRegister(cpu: Processor, number: number, bytes: Uint8Array): boolean {
  const register = debugRegisters[number];
  if (!register?.write || bytes.length !== register.size) return false;
  register.write(cpu, fromLittleEndian(bytes));
  return true;
}
