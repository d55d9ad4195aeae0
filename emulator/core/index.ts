/** The runtime module: all of the processor that is not the meaning of one instruction. */
export * from './memory';
export {
  raiseAlignment,
  raiseBrk,
  raiseFpTrap,
  raiseHlt,
  raiseHvc,
  raiseSmc,
  raiseSvc,
  raiseUndefined,
  eret,
  setSpSel,
  controlChanged,
  updateFpTrap,
} from './exceptions';
export { afterInterruptMask, pollInterrupts, readIsr, waitForEvent, waitForInterrupt, wakePending } from './interrupts';
export { memoryWritten } from './code';
export { debugChanged, takeBreakpoint } from './debug';
export { readPerformance, writePerformance } from './performance';
export { accessAllowed, sysregTrap } from './traps';
export { translationChanged, tlbiAddress, tlbiAll } from './tlb';
export * from './timers';
export * from './arithmetic';
export { nextPage, nextRamPage } from './pages';
export { fpcrChanged } from './floating-point';
export * from './simd';
export * from './fp';
