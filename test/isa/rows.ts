/** Which rows of the instruction table are tried, and how often. */
import type { Encoding } from '../../emulator/cpu/encoding.js';
import { instructionTable } from '../../emulator/cpu/isa/index.js';
import { systemRegisters } from '../../emulator/cpu/sysregs/table.js';
import type { SystemRegister } from '../../emulator/cpu/sysregs/register.js';
import { mrs, msr } from '../../emulator/cpu/testing/assembler.js';
import type { Random } from './state.js';

export const testedRows: readonly Encoding[] = instructionTable;

const byName = new Map(instructionTable.map((row) => [row.name, row]));

export function rowNamed(name: string): Encoding {
  const row = byName.get(name);
  if (!row) throw new Error(`the table has no row ${name}`);
  return row;
}

/** Rows that always take an exception at EL0. */
const trapping =
  /^(SVC|HVC|SMC|BRK|ERET|UNDEFINED|WFE|WFI|MSR_immediate_DAIF|MSR_immediate_SPSel|IC|DC_IVAC|DC_by_set|AT|TLBI_VA|TLBI_all)$/;

/** The manual's main encoding table: bits 28..25 (DDI 0487 C4.1). */
function groupOf({ name, value }: Encoding): string {
  if (trapping.test(name)) return 'trapping';
  const op0 = (value >>> 25) & 15;
  if ((op0 & 0b1110) === 0b1000) return 'integer';
  if ((op0 & 0b0111) === 0b0101) return 'integer';
  if ((op0 & 0b0111) === 0b0111) return 'vector';
  if ((op0 & 0b0101) === 0b0100) return 'memory';
  return value >>> 22 === 0x354 ? 'system' : 'branch';
}

/** Shares of what follows in a sequence: there are few rows of integers and many of vectors. */
const shares = { integer: 0.28, memory: 0.22, vector: 0.33, branch: 0.1, system: 0.05, trapping: 0.02 } as const;
const groups = Object.entries(shares).map(([group, share]) => ({ share, rows: instructionTable.filter((row) => groupOf(row) === group) }));

export function chooseRow(random: Random): Encoding {
  let at = random.bits32() / 2 ** 32;
  const group = groups.find(({ share }) => (at -= share) < 0) ?? groups[0]!;
  return random.pick(group.rows);
}

/** What Linux answers in the processor's place, what tells the time, and what QEMU 7.2 does not have: the debugger's data registers. */
function isComparable({ name, encoding: [op0, op1, crn] }: SystemRegister): boolean {
  return !(op0 === 3 && op1 === 0 && crn === 0) && !/^(CNT[PV]CT_EL0|DBGDTR(RX)?_EL0)$/.test(name);
}

const accessible = { MRS: 'wo', MSR_register: 'ro' } as const;
const ordinary = /^(NZCV|FPCR|FPSR|TPIDR_EL0|TPIDRRO_EL0)$/;

const accesses = new Map(
  Object.entries(accessible).map(([row, without]) => {
    const comparable = systemRegisters.filter((register) => register.access !== without && isComparable(register));
    return [
      row,
      {
        all: comparable,
        ordinary: comparable.filter(({ name }) => ordinary.test(name) && !(row === 'MSR_register' && name === 'TPIDRRO_EL0')),
      },
    ];
  }),
);

/** MRS or MSR of a register, its general register being 0: mostly one that EL0 has. */
export function systemRegisterAccess({ name }: Encoding, random: Random): number {
  const { all, ordinary: often } = accesses.get(name)!;
  const register = random.pick(random.chance(0.85) ? often : all).name;
  return name === 'MRS' ? mrs(0, register) : msr(register, 0);
}

/** MSR TPIDR_EL0: the harness needs it, so that what has been written is looked at in the sequence. */
export const writesThreadPointer = (word: number): boolean => (word & ~31) >>> 0 === msr('TPIDR_EL0', 0);

/** YIELD: QEMU's user mode asks the operating system, which opens the exclusive monitor. */
export const isYield = (word: number): boolean => word === 0xd503203f;
