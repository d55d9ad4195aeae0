import type { Expressions } from '../expressions.js';
import { Value, i32, i64 } from '../value.js';

const numbers = { add: 1, sub: 2, logic: 3 } as const;

/** NZCV that has not been computed: the operation it comes from, in values bound before. */
export class FlagsValue extends Value {
  constructor(
    readonly operation: 'add' | 'sub' | 'logic',
    readonly a: Value,
    readonly b: Value,
    readonly result: Value,
    packed: Value,
  ) {
    super('i32', packed.write);
  }

  /** As the runtime's `packFlags` numbers it. */
  get kindNumber(): number {
    return numbers[this.operation] | (this.result.type === 'i32' ? 4 : 0);
  }
}

/** The condition straight from the operands; undefined where it takes the flags themselves. */
export function fusedCondition(e: Expressions, cond: number, flags: FlagsValue): Value | undefined {
  const { operation, a, b, result } = flags;
  const type = result.type;
  const zero = type === 'i32' ? i32(0) : i64(0n);
  const negate = (cond & 1) === 1;
  const pick = (yes: () => Value, no: () => Value): Value => (negate ? no() : yes());
  switch (cond >> 1) {
    case 0: // EQ, NE
      return pick(() => e.eqz(result), () => e.ne(result, zero));
    case 2: // MI, PL
      return pick(() => e.ltS(result, zero), () => e.op(`${type}.ge_s`, result, zero));
    default:
      break;
  }
  if (operation === 'sub') {
    switch (cond >> 1) {
      case 1: return pick(() => e.geU(a, b), () => e.ltU(a, b));
      case 4: return pick(() => e.op(`${type}.gt_u`, a, b), () => e.op(`${type}.le_u`, a, b));
      case 5: return pick(() => e.op(`${type}.ge_s`, a, b), () => e.ltS(a, b));
      case 6: return pick(() => e.op(`${type}.gt_s`, a, b), () => e.op(`${type}.le_s`, a, b));
      default: return undefined;
    }
  }
  if (operation === 'logic') {
    switch (cond >> 1) {
      case 1: return i32(negate ? 1 : 0); // C is clear
      case 3: return i32(negate ? 1 : 0); // V is clear
      case 4: return i32(negate ? 1 : 0);
      case 5: return pick(() => e.op(`${type}.ge_s`, result, zero), () => e.ltS(result, zero));
      case 6: return pick(() => e.op(`${type}.gt_s`, result, zero), () => e.op(`${type}.le_s`, result, zero));
      default: return undefined;
    }
  }
  return undefined;
}
