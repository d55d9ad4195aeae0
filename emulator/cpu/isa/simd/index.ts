/** Advanced SIMD and floating point, one file for each table of the manual. */
import type { Encoding } from '../../encoding.js';

export const simdAndFp: Encoding[] = [];
