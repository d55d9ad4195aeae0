/** Advanced SIMD and floating point, one file for each table of the manual. */
import type { Encoding } from '../../encoding.js';
import { acrossLanesInteger } from './across-lanes.js';
import { fpInteger } from './fp-integer.js';
import { fpFixed } from './fp-fixed.js';
import { fpScalar } from './fp-scalar.js';
import { fpPairwise } from './fp-pairwise.js';
import { fpVector } from './fp-vector.js';
import { indexed } from './indexed.js';
import { copy } from './copy.js';
import { crypto } from './crypto.js';
import { loadStoreStructures } from './load-store-structures.js';
import { modifiedImmediate } from './modified-immediate.js';
import { permute } from './permute.js';
import { shiftImmediateInteger } from './shift-immediate.js';
import { threeDifferent } from './three-different.js';
import { threeSameInteger } from './three-same.js';
import { twoRegMiscInteger } from './two-reg-misc.js';

export const simdAndFp: Encoding[] = [
  ...loadStoreStructures,
  ...modifiedImmediate,
  ...copy,
  ...threeSameInteger,
  ...twoRegMiscInteger,
  ...acrossLanesInteger,
  ...shiftImmediateInteger,
  ...permute,
  ...threeDifferent,
  ...crypto,
  ...fpScalar,
  ...fpInteger,
  ...fpVector,
  ...fpPairwise,
  ...fpFixed,
  ...indexed,
];
