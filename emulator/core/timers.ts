/** The generic timers (DDI 0487 D11): counters at 62.5 MHz of virtual time, three timers. */
import * as L from '../cpu/layout';
import { afterInterruptMask } from './interrupts';
import { timerOutput } from './host';
import * as performance from './performance';
import { now, requestExit, setSysreg, sliceEnd, sysreg } from './state';

/** Nanoseconds a tick: 1 / 62.5 MHz. */
const TICK: u64 = 16;
/** Ticks that no run lasts. */
const FOREVER: u64 = 1 << 56;
const ENABLE: u64 = 1;
const IMASK: u64 = 2;

export function counterPhysical(): u64 {
  return now() / TICK;
}

export function counterVirtual(): u64 {
  return now() / TICK - sysreg(L.SR_CNTVOFF_EL2);
}


@inline
function controlIndex(timer: i32): i32 {
  return L.SR_CNTP_CTL + timer * 2;
}


@inline
function compareIndex(timer: i32): i32 {
  return L.SR_CNTP_CVAL + timer * 2;
}


@inline
function counterOf(timer: i32): u64 {
  return timer == 1 ? counterVirtual() : counterPhysical();
}


@inline
function fires(timer: i32): bool {
  return counterOf(timer) >= sysreg(compareIndex(timer));
}

export function readTimerValue(timer: i32): u64 {
  return <u64>(<u32>(sysreg(compareIndex(timer)) - counterOf(timer)));
}

export function readTimerControl(timer: i32): u64 {
  const control = sysreg(controlIndex(timer)) & 3;
  return control & ENABLE && fires(timer) ? control | 4 : control;
}

/** `field`: 0 TVAL, 1 CTL, 2 CVAL. */
export function writeTimer(timer: i32, field: i32, value: u64): void {
  if (field == 1) setSysreg(controlIndex(timer), value & 3);
  else if (field == 2) setSysreg(compareIndex(timer), value);
  else setSysreg(compareIndex(timer), counterOf(timer) + <u64>(<i64>(<i32>value)));
  timersChanged();
}

/** Guests program a timer at each tick: the slice goes on unless that causes an interrupt, or a deadline inside it. */
export function timersChanged(): void {
  if (updateTimers() < sliceEnd()) requestExit();
  else afterInterruptMask();
}

function setOutput(number: i32, level: i32): void {
  const cell = <usize>L.TIMER_OUTPUTS + ((<usize>number) << 2);
  if (load<i32>(cell) == level) return;
  store<i32>(cell, level);
  timerOutput(number, level);
}

/** Sets the outputs as they are now, and answers when the next one rises: virtual nanoseconds, or infinity. */
export function updateTimers(): f64 {
  let next: f64 = Infinity;
  for (let timer = 0; timer < 3; timer++) {
    const control = sysreg(controlIndex(timer));
    let level = 0;
    if ((control & (ENABLE | IMASK)) == ENABLE) {
      if (fires(timer)) level = 1;
      else {
        const ticks = sysreg(compareIndex(timer)) - counterOf(timer);
        // Virtual time has 64 bits of nanoseconds: what lies beyond them never comes.
        if (ticks < FOREVER) next = min(next, <f64>(counterPhysical() + ticks) * <f64>TICK);
      }
    }
    setOutput(timer, level);
  }
  // The interrupt of the performance monitor has its deadlines, too.
  next = min(next, performance.updatePerformance());
  setOutput(L.OUTPUT_PERFORMANCE, performance.level);
  return next;
}
