/** Parts of programs for several processors. */
import { SMC, WFE, add, addressOf, ifNotZero, loadExclusive, move, storeExclusive, storeWord, subtract, type Item } from './program.js';

/** Functions of PSCI, for 64-bit callers where it has both. Source: DEN 0022. */
export const CPU_ON = 0xc400_0003;
export const CPU_OFF = 0x8400_0002;
export const AFFINITY_INFO = 0xc400_0004;
export const SYSTEM_OFF = 0x8400_0008;

/** Calls the firmware, with arguments from X1 on. Its answer is in X0. */
export const firmware = (id: number, ...args: number[]): Item => [args.map((value, n) => move(n + 1, value)), move(0, id), SMC];

/** Starts a processor at a label; X0 is PSCI's answer, and there it is the context. Changes X1 to X3. */
export const start = (cpu: number, label: string, context = 0): Item => [
  move(1, cpu),
  addressOf(2, label),
  move(3, context),
  firmware(CPU_ON),
];

/** Waits until a processor is off. Changes X0 to X2 and X5. */
export const untilOff = (name: string, cpu: number): Item => [
  name,
  WFE,
  firmware(AFFINITY_INFO, cpu, 0),
  move(5, 1),
  subtract(5, 0, 5),
  ifNotZero(5, name),
];

/** Takes all interrupts of the present processor: GICC_PMR and GICC_CTLR. Leaves the address of its interface in X10. */
export const listen: Item = [move(10, 0x0801_0000), move(11, 0xff), storeWord(11, 10, 4), move(11, 1), storeWord(11, 10)];

/** Adds 1 by exclusives to the doubleword at X10, until it has succeeded. Changes X12 and X13. */
export const addOne = (name: string): Item => [
  name,
  loadExclusive(12, 10),
  add(12, 12, 1),
  storeExclusive(13, 12, 10),
  ifNotZero(13, name),
];

/** The same X11 times. Changes X11 to X14. */
export const addOnes = (name: string): Item => [move(14, 1), addOne(name), subtract(11, 11, 14), ifNotZero(11, name)];
