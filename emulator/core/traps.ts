/** Who may execute a system-register or cache instruction, and where it traps otherwise (DDI 0487 D1.11). */
import * as L from '../cpu/layout';
import { raiseFpTrap, raiseSystemTrap, raiseUndefined } from './exceptions';
import { HCR_TGE, currentLevel, sysreg } from './state';

// TrapGroup of cpu/sysregs/register.ts.
const VIRTUAL_MEMORY = 1;
const AUXILIARY_CONTROL = 2;
const CPACR = 3;
const PHYSICAL_COUNTER = 4;
const VIRTUAL_COUNTER = 5;
const PHYSICAL_TIMER = 6;
const VIRTUAL_TIMER = 7;
const INTERRUPT_MASK = 8;
const CACHE_TYPE = 9;
const FEATURE_ID = 10;
const AUXILIARY_ID = 11;
const PERFORMANCE = 12;
const DEBUG = 13;
const CACHE_BY_ADDRESS = 14;
const CACHE_BY_SET = 15;
const ZERO_BY_ADDRESS = 16;
const TRANSLATION = 17;
const FLOATING_POINT = 18;
const COUNTER_FREQUENCY = 19;
const CACHE_ID = 20;
const CACHE_UNIFICATION = 21;
const PERFORMANCE_ENABLE = 22;
const PERFORMANCE_CONTROL = 23;
const DEBUG_POWER = 24;
const DEBUG_ROM = 25;
const PERFORMANCE_CYCLES = 26;
const PERFORMANCE_EVENTS = 27;
const PERFORMANCE_SELECTION = 28;
const PERFORMANCE_INCREMENT = 29;
const IMPLEMENTATION_DEFINED = 30;

// PMUSERENR_EL0
const EN: u64 = 1;
const SW: u64 = 2;
const CR: u64 = 4;
const ER: u64 = 8;


@inline
function bit(value: u64, n: u64): bool {
  return ((value >> n) & 1) != 0;
}

/** Whether EL0 is refused by EL1's controls. */
function refusedAtEl0(group: i32, isRead: bool): bool {
  const sctlr = sysreg(L.SR_SCTLR_EL1);
  const user = sysreg(L.SR_PMUSERENR);
  const kctl = sysreg(L.SR_CNTKCTL_EL1);
  switch (group) {
    case INTERRUPT_MASK:
      return !bit(sctlr, 9);
    case CACHE_TYPE:
      return !bit(sctlr, 15);
    case CACHE_BY_ADDRESS:
    case CACHE_UNIFICATION:
      return !bit(sctlr, 26);
    case ZERO_BY_ADDRESS:
      return !bit(sctlr, 14);
    case PHYSICAL_COUNTER:
      return !bit(kctl, 0);
    case VIRTUAL_COUNTER:
      return !bit(kctl, 1);
    case COUNTER_FREQUENCY:
      return !(kctl & 3);
    case VIRTUAL_TIMER:
      return !bit(kctl, 8);
    case PHYSICAL_TIMER:
      return !bit(kctl, 9);
    case PERFORMANCE:
    case PERFORMANCE_CONTROL:
      return !(user & EN);
    case PERFORMANCE_CYCLES:
      return !(user & (isRead ? EN | CR : EN));
    case PERFORMANCE_EVENTS:
      return !(user & (isRead ? EN | ER : EN));
    case PERFORMANCE_SELECTION:
      return !(user & (EN | ER));
    case PERFORMANCE_INCREMENT:
      return !(user & (EN | SW));
    case DEBUG:
      return bit(sysreg(L.SR_MDSCR_EL1), 12);
    default:
      return false;
  }
}

/** Whether EL0 or EL1 is refused by EL2's controls. */
function refusedByHypervisor(group: i32, el: i32, isRead: bool): bool {
  const hcr = sysreg(L.SR_HCR_EL2);
  const mdcr = sysreg(L.SR_MDCR_EL2);
  // TDE and TGE are as all three of them.
  const everyDebug = bit(mdcr, 8) || (hcr & HCR_TGE) != 0;
  switch (group) {
    case VIRTUAL_MEMORY:
      return el == 1 && (isRead ? bit(hcr, 30) : bit(hcr, 26));
    case AUXILIARY_CONTROL:
      return el == 1 && bit(hcr, 21);
    case CPACR:
      return el == 1 && bit(sysreg(L.SR_CPTR_EL2), 31);
    case PHYSICAL_COUNTER:
      return !bit(sysreg(L.SR_CNTHCTL_EL2), 0);
    case PHYSICAL_TIMER:
      return !bit(sysreg(L.SR_CNTHCTL_EL2), 1);
    case FEATURE_ID:
      return el == 1 && bit(hcr, 18);
    case CACHE_TYPE:
    case CACHE_ID:
      return bit(hcr, 17);
    case AUXILIARY_ID:
      return el == 1 && bit(hcr, 16);
    case PERFORMANCE:
    case PERFORMANCE_CYCLES:
    case PERFORMANCE_EVENTS:
    case PERFORMANCE_SELECTION:
    case PERFORMANCE_INCREMENT:
    case PERFORMANCE_ENABLE:
      return bit(mdcr, 6);
    case PERFORMANCE_CONTROL:
      return bit(mdcr, 6) || bit(mdcr, 5);
    case DEBUG:
      return everyDebug || bit(mdcr, 9);
    case DEBUG_POWER:
      return everyDebug || bit(mdcr, 10);
    case DEBUG_ROM:
      return everyDebug || bit(mdcr, 11);
    case CACHE_BY_ADDRESS:
      return bit(hcr, 23);
    case CACHE_UNIFICATION:
      return bit(hcr, 24);
    case CACHE_BY_SET:
      return el == 1 && bit(hcr, 22);
    case ZERO_BY_ADDRESS:
      return bit(hcr, 28);
    case TRANSLATION:
      return el == 1 && bit(hcr, 25);
    case IMPLEMENTATION_DEFINED:
      return el == 1 && bit(hcr, 20);
    default:
      return false;
  }
}

/** Whether the access check below would find nothing; raises nothing. */
export function accessAllowed(rule: i32): i32 {
  const el = currentLevel();
  const group = (rule >> 4) & 0xff;
  if (el < (rule & 15)) return 0;
  if (group == FLOATING_POINT) return i32(load<i32>(L.FP_TRAP) == 0);
  if (group == 0 || el == 2) return 1;
  const isRead = rule >> 12 != 0;
  if (el == 0 && refusedAtEl0(group, isRead)) return 0;
  return i32(!(load<i32>(L.HAS_EL2) != 0 && refusedByHypervisor(group, el, isRead)));
}

/** Access check; 1 when an exception was taken. `rule`: level, group << 4, read << 12. */
export function sysregTrap(rule: i32, iss: u32): i32 {
  if (accessAllowed(rule)) return 0;
  const el = currentLevel();
  const group = (rule >> 4) & 0xff;
  if (el < (rule & 15)) raiseUndefined();
  else if (group == FLOATING_POINT) raiseFpTrap();
  else {
    const routed = load<i32>(L.HAS_EL2) != 0 && (sysreg(L.SR_HCR_EL2) & HCR_TGE) != 0;
    raiseSystemTrap(el == 0 && refusedAtEl0(group, rule >> 12 != 0) && !routed ? 1 : 2, iss);
  }
  return 1;
}
