import { floatingPointForms } from './floating-point.js';
import { generalForms } from './general.js';
import { memoryForms } from './memory.js';
import type { Form } from './operands.js';
import { simdForms } from './simd.js';
import { simdMoveForms } from './simd-moves.js';
import { systemForms } from './system.js';

/** How each row of the instruction table is written, by its name. */
export const makeForms = (): Readonly<Record<string, Form>> => ({
  ...generalForms(),
  ...memoryForms(),
  ...systemForms(),
  ...simdForms(),
  ...simdMoveForms(),
  ...floatingPointForms(),
});
