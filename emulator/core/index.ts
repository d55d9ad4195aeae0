/** The runtime module: all of the processor that is not the meaning of one instruction. */
export * from './memory';
export { raiseAlignment, raiseBrk, raiseFpTrap, raiseHlt, raiseHvc, raiseSmc, raiseSvc, raiseUndefined, eret, waitForEvent, waitForInterrupt, wakePending, setSpSel, controlChanged, afterInterruptMask, pollInterrupts, readIsr, updateFpTrap } from './exceptions';
export { memoryWritten } from './code';
export { debugChanged, takeBreakpoint } from './debug';
export { readPerformance, writePerformance } from './performance';
export { accessAllowed, sysregTrap } from './traps';
export { translationChanged, tlbiAddress, tlbiAll } from './tlb';
export * from './timers';
export * from './arithmetic';
export { fpcrChanged } from './floating-point';
export * from './simd';
export * from './fp';
