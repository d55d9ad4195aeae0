import type { Encoding } from '../encoding.js';
import { branches } from './branches.js';
import { dataImmediate } from './data-immediate.js';
import { dataRegister } from './data-register.js';
import { exclusive } from './exclusive.js';
import { loadStore } from './load-store.js';
import { simdAndFp } from './simd/index.js';
import { system } from './system.js';

/**
 * The instruction table. Where two rows match a word, the first whose `allocated` agrees has it; the row UNDEFINED,
 * which matches everything, is the last one.
 */
export const instructionTable: readonly Encoding[] = [
  ...dataImmediate,
  ...dataRegister,
  ...loadStore,
  ...exclusive,
  ...simdAndFp,
  ...system,
  ...branches,
];
