/** System instructions: hints, barriers, PSTATE, system registers, cache, TLB, address translation (DDI 0487 C4.1.87). */
import { PRIVILEGED, choice, encoding, field, gpr, gprDest, small, type Encoding, type Fields } from '../encoding.js';
import * as L from '../layout.js';
import type { Builder } from '../builder.js';
import { TrapGroup, trapRule, type SystemRegister } from '../sysregs/register.js';
import { findSystemRegister, systemRegisters } from '../sysregs/table.js';
import { i32, i64 } from '../value.js';

/** Syndrome of a trapped system-register instruction (ESR_ELx.ISS, EC 0x18), without the Rt of an access by XZR. */
function syndrome(f: Fields, isRead: boolean, op0: number): bigint {
  const iss = (op0 << 20) | (f.q << 17) | (f.p << 14) | (f.n << 10) | (f.t << 5) | (f.m << 1) | (isRead ? 1 : 0);
  return BigInt(iss);
}

const registerIndex = (f: Fields): number => findSystemRegister(2 + f.o, f.p, f.n, f.m, f.q);
const readable = systemRegisters.map((r, i) => (r.access === 'wo' ? -1 : i)).filter((i) => i >= 0);
const writable = systemRegisters.map((r, i) => (r.access === 'ro' ? -1 : i)).filter((i) => i >= 0);
/** What kernels keep their current task and stacks in. */
const frequent = new Set(
  systemRegisters.flatMap(({ name }, i) =>
    ['SP_EL0', 'TPIDR_EL0', 'TPIDR_EL1', 'TPIDR_EL2', 'DAIF', 'ELR_EL1', 'SPSR_EL1'].includes(name) ? [i] : [],
  ),
);
const readableSet = new Set(readable);
const writableSet = new Set(writable);

/** Level and traps of an access; registers that nothing traps need no call. */
function checkAccess(b: Builder, level: number, { trap = TrapGroup.None }: SystemRegister, isRead: boolean): void {
  if (trap === TrapGroup.None) b.requireLevel(level);
  else b.attempt('sysregTrap', i32(trapRule(level, trap, isRead)), b.immediate32());
}

const REGISTERS =
  'registers of EL1 and above: here that EL0 may not; test/system has the rest. Identification registers, which Linux answers, counters of time, and DBGDTR_EL0, which QEMU 7.2 does not have';

const registers: Encoding[] = [
  encoding({
    name: 'MRS',
    notCompared: REGISTERS,
    pattern: '1101010100 1 1o ppp nnnn mmmm qqq ttttt',
    allocated: (f) => readableSet.has(registerIndex(f)),
    operands: { t: gprDest('t') },
    statics: { register: choice(readable, registerIndex) },
    hot: ({ register }) => frequent.has(register),
    immediate: (f) => syndrome(f, true, 2 + f.o),
    emit: (b, o, { register }) => {
      const row = systemRegisters[register]!;
      checkAccess(b, row.level, row, true);
      b.setX(o.t, row.read ? row.read(b) : b.cell('i64.load', L.SYSREG_BASE + row.cell! * 8));
    },
  }),
  encoding({
    name: 'MSR_register',
    notCompared: REGISTERS,
    pattern: '1101010100 0 1o ppp nnnn mmmm qqq ttttt',
    allocated: (f) => writableSet.has(registerIndex(f)),
    operands: { t: gpr('t') },
    statics: { register: choice(writable, registerIndex) },
    immediate: (f) => syndrome(f, false, 2 + f.o),
    emit: (b, o, { register }) => {
      const row = systemRegisters[register]!;
      checkAccess(b, row.writeLevel ?? row.level, row, false);
      const value = b.x(o.t);
      const cell = row.cell === undefined ? undefined : L.SYSREG_BASE + row.cell * 8;
      if (row.write) row.write(b, value);
      else if (cell !== undefined && row.writable !== undefined) {
        const kept = b.and(b.cell('i64.load', cell), i64(~row.writable));
        b.setCell('i64.store', cell, b.or(kept, b.and(value, i64(row.writable))));
      } else if (cell !== undefined) b.setCell('i64.store', cell, value);
      if (row.after) b.run(row.after);
    },
  }),
  encoding({
    name: 'MSR_immediate_DAIF',
    notCompared: PRIVILEGED,
    pattern: '1101010100 0 00 011 0100 iiii 11 c 11111',
    operands: { bits: small('i') },
    statics: { c: field('c') },
    immediate: (f) => BigInt(((6 | f.c) << 17) | (4 << 10) | (3 << 14) | (31 << 5) | (f.i << 1)),
    emit: (b, o, { c: clear }) => {
      b.attempt('sysregTrap', i32(trapRule(0, TrapGroup.InterruptMask, false)), b.immediate32());
      const bits = b.let(b.shl(b.number(o.bits), i32(6)));
      const now = b.cell('i32.load', L.DAIF);
      b.setCell('i32.store', L.DAIF, clear ? b.and(now, b.not(bits)) : b.or(now, bits));
      if (clear) b.run('afterInterruptMask');
    },
  }),
  encoding({
    name: 'MSR_immediate_SPSel',
    notCompared: PRIVILEGED,
    pattern: '1101010100 0 00 000 0100 iiii 101 11111',
    operands: { bits: small('i') },
    emit: (b, o) => {
      b.attempt('sysregTrap', i32(trapRule(1, TrapGroup.None, false)), i32(0));
      b.run('setSpSel', b.and(b.number(o.bits), i32(1)));
    },
  }),
];

const WAITING = 'waiting, which QEMU does not do in user mode: machine/scheduler.test.ts has that';

const hints: Encoding[] = [
  encoding({
    name: 'WFE',
    notCompared: WAITING,
    pattern: '1101010100 0 00 011 0010 0000 010 11111',
    emit: (b) => b.attempt('waitForEvent'),
  }),
  encoding({
    name: 'WFI',
    notCompared: WAITING,
    pattern: '1101010100 0 00 011 0010 0000 011 11111',
    emit: (b) => b.attempt('waitForInterrupt'),
  }),
  // NOP, YIELD, SEV, SEVL, and every hint of later architectures: no operation.
  encoding({
    name: 'HINT',
    notCompared: 'YIELD: in user mode it opens the exclusive monitor of QEMU',
    pattern: '1101010100 0 00 011 0010 mmmm ppp 11111',
    hot: true,
    emit: () => undefined,
  }),
  encoding({
    name: 'CLREX',
    pattern: '1101010100 0 00 011 0011 mmmm 010 11111',
    emit: (b) => b.setCell('i64.store', L.EXCLUSIVE_ADDRESS, i64(-1n)),
  }),
  // Processors execute by turns, and each one in order: barriers order nothing.
  encoding({ name: 'DSB_DMB', pattern: '1101010100 0 00 011 0011 mmmm 10p 11111', hot: true, emit: () => undefined }),
  // Changes of translation hold for the instructions after it.
  encoding({ name: 'ISB', pattern: '1101010100 0 00 011 0011 mmmm 110 11111', emit: (b) => b.attempt('synchronize') }),
];

/** SYS instructions by op1, CRn, CRm, op2. */
const sys = (f: Fields): number => (f.p << 11) | (f.n << 7) | (f.m << 3) | f.q;
const sysKey = (op1: number, crn: number, crm: number, op2: number): number => (op1 << 11) | (crn << 7) | (crm << 3) | op2;
const SYS_PATTERN = '1101010100 0 01 ppp nnnn mmmm qqq ttttt';

const IC = [sysKey(0, 7, 1, 0), sysKey(0, 7, 5, 0)];
const DC_ADDRESS_EL0 = [sysKey(3, 7, 5, 1), sysKey(3, 7, 10, 1), sysKey(3, 7, 11, 1), sysKey(3, 7, 14, 1)];
/** IC IVAU and DC CVAU. */
const TO_UNIFICATION = [sysKey(3, 7, 5, 1), sysKey(3, 7, 11, 1)];
const DC_IVAC = sysKey(0, 7, 6, 1);
const DC_SET = [sysKey(0, 7, 6, 2), sysKey(0, 7, 10, 2), sysKey(0, 7, 14, 2)];
const DC_ZVA = sysKey(3, 7, 4, 1);
const translations = [
  sysKey(0, 7, 8, 0),
  sysKey(0, 7, 8, 1),
  sysKey(0, 7, 8, 2),
  sysKey(0, 7, 8, 3),
  sysKey(4, 7, 8, 0),
  sysKey(4, 7, 8, 1),
  sysKey(4, 7, 8, 4),
  sysKey(4, 7, 8, 5),
  sysKey(4, 7, 8, 6),
  sysKey(4, 7, 8, 7),
];

/** TLBI by virtual address, EL1 forms then EL2 forms; both shareabilities. */
const tlbiVa = [3, 7].flatMap((crm) => [1, 3, 5, 7].map((op2) => sysKey(0, 8, crm, op2)));
const tlbiVa2 = [3, 7].flatMap((crm) => [1, 5].map((op2) => sysKey(4, 8, crm, op2)));
const tlbiAll = [3, 7].flatMap((crm) => [0, 2].map((op2) => sysKey(0, 8, crm, op2)));
const tlbiAll2 = [
  ...[3, 7].flatMap((crm) => [0, 4, 6].map((op2) => sysKey(4, 8, crm, op2))),
  // By intermediate address: whatever was combined from it is gone with the rest.
  sysKey(4, 8, 4, 1),
  sysKey(4, 8, 4, 5),
  sysKey(4, 8, 0, 1),
  sysKey(4, 8, 0, 5),
];
const el2 = (key: number): number => (key >> 11 === 4 ? 2 : 1);

const maintenance: Encoding[] = [
  encoding({
    name: 'IC',
    notCompared: PRIVILEGED,
    pattern: SYS_PATTERN,
    allocated: (f) => IC.includes(sys(f)),
    immediate: (f) => syndrome(f, false, 1),
    // Writes to code are tracked where they happen; there is no instruction cache to invalidate.
    emit: (b) => b.attempt('sysregTrap', i32(trapRule(1, TrapGroup.CacheByUnification, false)), b.immediate32()),
  }),
  encoding({
    name: 'DC_IC_by_address',
    notCompared: 'addresses that nothing answers: QEMU does not look at them in user mode',
    pattern: SYS_PATTERN,
    allocated: (f) => DC_ADDRESS_EL0.includes(sys(f)),
    operands: { t: gpr('t') },
    statics: { unification: choice([0, 1], (f) => (TO_UNIFICATION.includes(sys(f)) ? 1 : 0)) },
    immediate: (f) => syndrome(f, false, 1),
    emit: (b, o, { unification }) => {
      const group = unification ? TrapGroup.CacheByUnification : TrapGroup.CacheByAddress;
      b.attempt('sysregTrap', i32(trapRule(0, group, false)), b.immediate32());
      b.attempt('cacheMaintenance', b.x(o.t), i32(0));
    },
  }),
  encoding({
    name: 'DC_IVAC',
    notCompared: PRIVILEGED,
    pattern: SYS_PATTERN,
    allocated: (f) => sys(f) === DC_IVAC,
    operands: { t: gpr('t') },
    immediate: (f) => syndrome(f, false, 1),
    emit: (b, o) => {
      b.attempt('sysregTrap', i32(trapRule(1, TrapGroup.CacheByAddress, false)), b.immediate32());
      b.attempt('cacheMaintenance', b.x(o.t), i32(1));
    },
  }),
  encoding({
    name: 'DC_by_set',
    notCompared: PRIVILEGED,
    pattern: SYS_PATTERN,
    allocated: (f) => DC_SET.includes(sys(f)),
    immediate: (f) => syndrome(f, false, 1),
    emit: (b) => b.attempt('sysregTrap', i32(trapRule(1, TrapGroup.CacheBySet, false)), b.immediate32()),
  }),
  encoding({
    name: 'DC_ZVA',
    notCompared: 'addresses that nothing answers: QEMU reports a wrong program counter for that fault in user mode',
    hot: true,
    pattern: SYS_PATTERN,
    allocated: (f) => sys(f) === DC_ZVA,
    operands: { t: gpr('t') },
    immediate: (f) => syndrome(f, false, 1),
    emit: (b, o) => {
      b.attempt('sysregTrap', i32(trapRule(0, TrapGroup.ZeroByAddress, false)), b.immediate32());
      b.clearGuest(b.and(b.x(o.t), i64(~63n)), 64);
    },
  }),
  encoding({
    name: 'AT',
    notCompared: PRIVILEGED,
    pattern: SYS_PATTERN,
    allocated: (f) => translations.includes(sys(f)),
    operands: { t: gpr('t') },
    statics: { key: choice(translations, sys) },
    immediate: (f) => syndrome(f, false, 1),
    emit: (b, o, { key }) => {
      b.attempt('sysregTrap', i32(trapRule(el2(key), TrapGroup.None, false)), b.immediate32());
      // op1 and op2 together say stage, level and direction.
      b.attempt('addressTranslate', i32(((key >> 11) << 3) | (key & 7)), b.x(o.t));
    },
  }),
  encoding({
    name: 'TLBI_VA',
    notCompared: PRIVILEGED,
    pattern: SYS_PATTERN,
    allocated: (f) => tlbiVa.includes(sys(f)) || tlbiVa2.includes(sys(f)),
    operands: { t: gpr('t') },
    statics: { level: choice([1, 2], (f) => el2(sys(f))) },
    immediate: (f) => syndrome(f, false, 1),
    emit: (b, o, { level }) => {
      b.attempt('sysregTrap', i32(trapRule(level, TrapGroup.Translation, false)), b.immediate32());
      b.run('tlbiAddress', b.x(o.t));
    },
  }),
  encoding({
    name: 'TLBI_all',
    notCompared: PRIVILEGED,
    pattern: SYS_PATTERN,
    allocated: (f) => tlbiAll.includes(sys(f)) || tlbiAll2.includes(sys(f)),
    statics: { level: choice([1, 2], (f) => el2(sys(f))) },
    immediate: (f) => syndrome(f, false, 1),
    emit: (b, _, { level }) => {
      b.attempt('sysregTrap', i32(trapRule(level, TrapGroup.Translation, false)), b.immediate32());
      b.run('tlbiAll');
    },
  }),
];

/** A register of the table, to read (L) or to write. */
function isImplemented(f: Fields): boolean {
  return f.o === 1 && (f.L ? readableSet : writableSet).has(findSystemRegister(3, f.p, f.n, f.m, f.q));
}

/** What is left to implementations, and this one does not have: a hypervisor may still trap it (HCR_EL2.TIDCP). After what it has. */
const implementationDefined = encoding({
  name: 'IMPLEMENTATION_DEFINED',
  notCompared: 'it is undefined: here the signal that Linux makes of that; a unit test has its trap to EL2',
  pattern: '1101010100 L o1 ppp nnnn mmmm qqq ttttt',
  allocated: (f) => (f.n === 11 || f.n === 15) && !isImplemented(f),
  immediate: (f) => syndrome(f, f.L === 1, 1 + 2 * f.o),
  emit: (b) => {
    b.attempt('sysregTrap', i32(trapRule(0, TrapGroup.ImplementationDefined, false)), b.immediate32());
    b.raise('raiseUndefined');
  },
});

export const system: Encoding[] = [...hints, ...registers, ...maintenance, implementationDefined];
