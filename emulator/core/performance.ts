/**
 * The performance monitor (DDI 0487 D7): PMUv3 with a cycle counter and six event counters, and the events that QEMU's has
 * when it counts instructions: SW_INCR, INST_RETIRED, CPU_CYCLES, one a nanosecond. Nothing is counted as it happens.
 * Counters are brought up to date, from virtual time and the instructions that the processor has retired, when somebody
 * reads or sets one, when what may count changes (a control, the level), and where one is due to overflow.
 */
import * as L from '../cpu/layout';
import { currentLevel, now, requestExit, setSysreg, sysreg } from './state';
import { timersChanged } from './timers';

// Registers as system-register instructions name them. PMEVCNTR<n> is 16 + n, PMEVTYPER<n> is EVENT_TYPE + n.
const CONTROL = 0;
const ENABLE_SET = 1;
const ENABLE_CLEAR = 2;
const OVERFLOW_CLEAR = 3;
const OVERFLOW_SET = 4;
const INCREMENT = 5;
const INTERRUPT_SET = 6;
const INTERRUPT_CLEAR = 7;
const CYCLE_COUNTER = 8;
const CYCLE_FILTER = 9;
const SELECTED_TYPE = 10;
const SELECTED_COUNTER = 11;
const HYPERVISOR = 12;
const EVENT_TYPE = 32;

/** The cycle counter's bit in the sets. */
const CYCLES = 31;
const EVENTS: i32 = L.EVENT_COUNTERS;
const EVERY: u64 = 0x80000000 | ((1 << L.EVENT_COUNTERS) - 1);

// PMCR_EL0
const E: u64 = 1 << 0;
const P: u64 = 1 << 1;
const C: u64 = 1 << 2;
const D: u64 = 1 << 3;
const LC: u64 = 1 << 6;
const CONTROL_WRITABLE: u64 = 0x79;
const N_SHIFT: u64 = 11;
const HPME: u64 = 1 << 7;

// PMEVTYPER<n>_EL0.evtCount
const SW_INCR = 0x00;
const INST_RETIRED = 0x08;
const CPU_CYCLES = 0x11;
const TYPE_WRITABLE: u64 = 0xfc00ffff;
const FILTER_WRITABLE: u64 = 0xfc000000;

function retired(): u64 {
  const before = <u64>load<f64>(<usize>L.SYSREG_BASE + ((<usize>L.SR_RETIRED) << 3));
  return load<i32>(L.IN_SLICE) ? before + <u64>(load<i32>(L.BUDGET) - load<i32>(L.REMAINING)) : before;
}

/** Event counters below this one are EL1's and EL0's; the others the hypervisor's (MDCR_EL2.HPMN). */
function guestCounters(): i32 {
  return load<i32>(L.HAS_EL2) ? min((<i32>sysreg(L.SR_MDCR_EL2)) & 31, EVENTS) : EVENTS;
}

/** The sets' bits that the present level has to do with. */
function accessible(): u64 {
  if (currentLevel() == 2) return EVERY;
  return 0x80000000 | ((1 << guestCounters()) - 1);
}

/** Counters whose group is enabled, by PMCR_EL0.E or MDCR_EL2.HPME. */
function enabledGroups(): u64 {
  const guest: u64 = 0x80000000 | ((1 << guestCounters()) - 1);
  let groups: u64 = sysreg(L.SR_PMCR) & E ? guest : 0;
  if (load<i32>(L.HAS_EL2) && sysreg(L.SR_MDCR_EL2) & HPME) groups |= EVERY & ~guest;
  return groups;
}

function typeOf(n: i32): u64 {
  return n == CYCLES ? sysreg(L.SR_PMCCFILTR) | CPU_CYCLES : sysreg(L.SR_PMEVTYPER + n);
}

/** Whether a counter counts at this level (P, U, NSH); the bits that qualify these are those of a secure state. */
function countsHere(type: u64): bool {
  const el = currentLevel();
  if (el == 2) return ((type >> 27) & 1) != 0;
  return !((type >> (el == 1 ? 31 : 30)) & 1);
}


@inline
function counts(n: i32): bool {
  return (((sysreg(L.SR_PMCNTEN) & enabledGroups()) >> n) & 1) != 0 && countsHere(typeOf(n));
}

/** The cycle counter counts each 64th cycle where PMCR_EL0.D says so, and its long form does not overrule that. */
@inline
function divides(): bool {
  return (sysreg(L.SR_PMCR) & (D | LC)) == D;
}

/** What has come for a counter since the last time that counters were brought up to date. */
function pending(n: i32, time: u64, instructions: u64): u64 {
  if (n == CYCLES) return divides() ? time / 64 - sysreg(L.SR_PMU_TIME) / 64 : time - sysreg(L.SR_PMU_TIME);
  switch ((<i32>typeOf(n)) & 0xffff) {
    case INST_RETIRED:
      return instructions - sysreg(L.SR_PMU_RETIRED);
    case CPU_CYCLES:
      return time - sysreg(L.SR_PMU_TIME);
    default:
      return 0;
  }
}


@inline
function cellOf(n: i32): i32 {
  return n == CYCLES ? L.SR_PMCCNTR : L.SR_PMEVCNTR + n;
}

/** How far a counter is from its overflow; 0: 2^64 away. */
@inline
function untilOverflow(n: i32): u64 {
  const value = sysreg(cellOf(n));
  return n == CYCLES && sysreg(L.SR_PMCR) & LC ? 0 - value : 0x100000000 - (value & 0xffffffff);
}

function advance(n: i32, amount: u64): void {
  const rest = untilOverflow(n);
  if (rest && amount >= rest) setSysreg(L.SR_PMOVS, sysreg(L.SR_PMOVS) | ((<u64>1) << n));
  const value = sysreg(cellOf(n)) + amount;
  setSysreg(cellOf(n), n == CYCLES ? value : value & 0xffffffff);
}

/** Brings all counters up to date. What they count from now on is for who asks to say. */
function synchronize(): void {
  const time = now();
  const instructions = retired();
  if (sysreg(L.SR_PMU_ACTIVE)) {
    for (let n = 0; n < EVENTS; n++) if (counts(n)) advance(n, pending(n, time, instructions));
    if (counts(CYCLES)) advance(CYCLES, pending(CYCLES, time, instructions));
  }
  setSysreg(L.SR_PMU_TIME, time);
  setSysreg(L.SR_PMU_RETIRED, instructions);
}

/** The level is about to change, and with it what counts, and when the next overflow comes. */
@inline
export function beforeLevelChange(): void {
  if (sysreg(L.SR_PMU_ACTIVE)) levelChanges();
}

function levelChanges(): void {
  synchronize();
  if (sysreg(L.SR_PMINTEN)) requestExit();
}

function interruptLevel(): i32 {
  return i32((sysreg(L.SR_PMOVS) & sysreg(L.SR_PMINTEN) & enabledGroups()) != 0);
}

/** Virtual time before which no counter with an interrupt overflows. */
let deadline: f64 = Infinity;

/** Whether a counter with an interrupt has overflowed unnoticed; sets `deadline`. Changes nothing. */
function overflowed(): bool {
  const time = now();
  const instructions = retired();
  let found = false;
  deadline = Infinity;
  for (let n = 0; n <= CYCLES; n++) {
    if (n == EVENTS) n = CYCLES;
    if (!((sysreg(L.SR_PMINTEN) >> n) & 1) || !counts(n)) continue;
    const rest = untilOverflow(n);
    const come = pending(n, time, instructions);
    if (!rest) continue;
    if (come >= rest) found = true;
    else if (n < EVENTS && ((<i32>typeOf(n)) & 0xffff) != CPU_CYCLES && ((<i32>typeOf(n)) & 0xffff) != INST_RETIRED) continue;
    else if (n == CYCLES && divides()) deadline = min(deadline, <f64>((time / 64 + rest - come) * 64));
    else deadline = min(deadline, <f64>(time + rest - come));
  }
  return found;
}

/** The interrupt as it is now, in `level`, and when it may next rise: virtual nanoseconds, or infinity. */
export let level: i32 = 0;
export function updatePerformance(): f64 {
  deadline = Infinity;
  if (sysreg(L.SR_PMU_ACTIVE) && sysreg(L.SR_PMINTEN) && overflowed()) {
    synchronize();
    overflowed();
  }
  level = interruptLevel();
  return deadline;
}

/** PMSELR_EL0 as the number of a counter that there is for the present level; -1: none. */
function selected(): i32 {
  const n = (<i32>sysreg(L.SR_PMSELR)) & 31;
  return n == CYCLES || (accessible() >> n) & 1 ? n : -1;
}

export function readPerformance(register: i32): u64 {
  synchronize();
  switch (register) {
    case CONTROL: {
      const value = sysreg(L.SR_PMCR);
      // EL1 and EL0 see as many counters as the hypervisor leaves them.
      return currentLevel() == 2 ? value : (value & ~((<u64>31) << N_SHIFT)) | ((<u64>guestCounters()) << N_SHIFT);
    }
    case ENABLE_SET:
    case ENABLE_CLEAR:
      return sysreg(L.SR_PMCNTEN) & accessible();
    case OVERFLOW_SET:
    case OVERFLOW_CLEAR:
      return sysreg(L.SR_PMOVS) & accessible();
    case INTERRUPT_SET:
    case INTERRUPT_CLEAR:
      return sysreg(L.SR_PMINTEN) & accessible();
    case CYCLE_COUNTER:
      return sysreg(L.SR_PMCCNTR);
    case CYCLE_FILTER:
      return sysreg(L.SR_PMCCFILTR);
    case SELECTED_TYPE: {
      const n = selected();
      return n < 0 ? 0 : n == CYCLES ? sysreg(L.SR_PMCCFILTR) : sysreg(L.SR_PMEVTYPER + n);
    }
    case SELECTED_COUNTER: {
      const n = selected();
      return n < 0 || n == CYCLES ? 0 : sysreg(L.SR_PMEVCNTR + n);
    }
    default: {
      const n = register & 15;
      return (accessible() >> n) & 1 ? sysreg((register & EVENT_TYPE ? L.SR_PMEVTYPER : L.SR_PMEVCNTR) + n) : 0;
    }
  }
}

function writeControl(value: u64): void {
  const mine = currentLevel() == 2 ? EVENTS : guestCounters();
  if (value & P) for (let n = 0; n < mine; n++) setSysreg(L.SR_PMEVCNTR + n, 0);
  if (value & C) setSysreg(L.SR_PMCCNTR, 0);
  setSysreg(L.SR_PMCR, (sysreg(L.SR_PMCR) & ~CONTROL_WRITABLE) | (value & CONTROL_WRITABLE));
}

function writeType(n: i32, value: u64): void {
  if (n == CYCLES) setSysreg(L.SR_PMCCFILTR, value & FILTER_WRITABLE);
  else if (n >= 0) setSysreg(L.SR_PMEVTYPER + n, value & TYPE_WRITABLE);
}

/** PMSWINC_EL0: one more for each of these counters that counts it. */
function increment(set: u64): void {
  for (let n = 0; n < EVENTS; n++) {
    if ((set >> n) & 1 && ((<i32>typeOf(n)) & 0xffff) == SW_INCR && counts(n)) advance(n, 1);
  }
}

function change(cell: i32, set: bool, bits: u64): void {
  const mine = bits & accessible();
  setSysreg(cell, set ? sysreg(cell) | mine : sysreg(cell) & ~mine);
}

export function writePerformance(register: i32, value: u64): void {
  synchronize();
  switch (register) {
    case CONTROL:
      writeControl(value);
      break;
    case ENABLE_SET:
    case ENABLE_CLEAR:
      change(L.SR_PMCNTEN, register == ENABLE_SET, value);
      break;
    case OVERFLOW_SET:
    case OVERFLOW_CLEAR:
      change(L.SR_PMOVS, register == OVERFLOW_SET, value);
      break;
    case INTERRUPT_SET:
    case INTERRUPT_CLEAR:
      change(L.SR_PMINTEN, register == INTERRUPT_SET, value);
      break;
    case INCREMENT:
      increment(value & accessible());
      break;
    case CYCLE_COUNTER:
      setSysreg(L.SR_PMCCNTR, value);
      break;
    case CYCLE_FILTER:
      writeType(CYCLES, value);
      break;
    case SELECTED_TYPE:
      writeType(selected(), value);
      break;
    case SELECTED_COUNTER: {
      const n = selected();
      if (n >= 0 && n != CYCLES) setSysreg(L.SR_PMEVCNTR + n, value & 0xffffffff);
      break;
    }
    case HYPERVISOR:
      setSysreg(L.SR_MDCR_EL2, value);
      break;
    default: {
      const n = register & 15;
      if (!((accessible() >> n) & 1)) break;
      if (register & EVENT_TYPE) writeType(n, value);
      else setSysreg(L.SR_PMEVCNTR + n, value & 0xffffffff);
    }
  }
  setSysreg(L.SR_PMU_ACTIVE, u64((sysreg(L.SR_PMCNTEN) & enabledGroups()) != 0));
  timersChanged();
}
