/** Flags as the operands that they come from: most are never looked at, and those that are, as one comparison. */
import { conditionHolds } from '../conditions.js';
import type { Expressions } from '../expressions.js';
import { Value, i32, i64 } from '../value.js';

/** As the runtime's `packFlags` numbers them. */
const numbers = { add: 1, sub: 2, logic: 3, float: 4 } as const;
const NARROW = 8;
const CARRY_SHIFT = 4;

type FlagOperation = keyof typeof numbers;

/** NZCV that has not been computed: the operation it comes from, in values bound before. */
export class FlagsValue extends Value {
  constructor(
    readonly operation: FlagOperation,
    readonly a: Value,
    readonly b: Value,
    readonly result: Value,
    packed: Value,
    /** i32, 0 or 1: an addition's carry in. */
    readonly carryIn?: Value,
  ) {
    super('i32', packed.write);
  }

  /** What `packFlags` has to know beside the operands. */
  kind(e: Expressions): Value {
    const narrow = this.a.type === 'i32' || this.a.type === 'f32';
    const fixed = i32(numbers[this.operation] | (narrow ? NARROW : 0));
    return this.carryIn ? e.or(fixed, e.shl(this.carryIn, i32(CARRY_SHIFT))) : fixed;
  }

  /** The operands as `packFlags` takes them. */
  operands(e: Expressions): [a: Value, b: Value] {
    const wide = (v: Value): Value => {
      switch (v.type) {
        case 'i32':
          return e.extendS(v);
        case 'f32':
          return e.extendS(e.op('i32.reinterpret_f32', v));
        case 'f64':
          return e.op('i64.reinterpret_f64', v);
        default:
          return v;
      }
    };
    return this.operation === 'logic' ? [wide(this.result), i64(0n)] : [wide(this.a), wide(this.b)];
  }
}

/** CCMP, CCMN, FCCMP: the flags of an operation where the condition holds, and a number where not. */
export class ConditionalFlags extends Value {
  constructor(
    readonly condition: Value,
    readonly flags: FlagsValue,
    readonly otherwise: Value,
    packed: Value,
  ) {
    super('i32', packed.write);
  }
}

/** The condition (manual C1.2.4) straight from the operands; undefined where it takes the flags themselves. */
export function fusedCondition(e: Expressions, cond: number, flags: FlagsValue | ConditionalFlags): Value | undefined {
  if (flags instanceof ConditionalFlags) {
    const compared = fusedCondition(e, cond, flags.flags);
    const { constant } = flags.otherwise;
    if (!compared || constant === undefined) return undefined;
    return conditionHolds(cond, Number(constant >> 28n)) ? e.or(compared, e.eqz(flags.condition)) : e.and(compared, flags.condition);
  }
  if (flags.operation === 'float') return floatCondition(e, cond, flags);
  const { result } = flags;
  const { type } = result;
  const zero = type === 'i32' ? i32(0) : i64(0n);
  switch (cond) {
    case 0:
      return e.eqz(result);
    case 1:
      return e.ne(result, zero);
    case 4:
      return e.ltS(result, zero);
    case 5:
      return e.op(`${type}.ge_s`, result, zero);
    default:
  }
  switch (flags.operation) {
    case 'add':
      return addCondition(e, cond, flags);
    case 'sub':
      return subCondition(e, cond, flags);
    default:
      return logicCondition(e, cond, result, zero);
  }
}

/** C of an addition: it has wrapped. */
function addCondition(e: Expressions, cond: number, { a, result, carryIn }: FlagsValue): Value | undefined {
  if (cond >> 1 !== 1) return undefined;
  const carry = carryIn ? e.or(e.ltU(result, a), e.and(carryIn, e.eq(result, a))) : e.ltU(result, a);
  return cond & 1 ? e.eqz(carry) : carry;
}

function subCondition(e: Expressions, cond: number, { a, b }: FlagsValue): Value | undefined {
  const comparison = ['', '', 'ge_u', 'lt_u', '', '', '', '', 'gt_u', 'le_u', 'ge_s', 'lt_s', 'gt_s', 'le_s'][cond];
  return comparison ? e.op(`${a.type}.${comparison}`, a, b) : undefined;
}

/** C and V are clear. */
function logicCondition(e: Expressions, cond: number, result: Value, zero: Value): Value | undefined {
  if (cond < 10) return i32(cond & 1);
  return e.op(`${result.type}.${['ge_s', 'lt_s', 'gt_s', 'le_s'][cond - 10]}`, result, zero);
}

/** Unordered numbers set C and V: half of the conditions take them for less, half for greater or equal. */
function floatCondition(e: Expressions, cond: number, { a, b }: FlagsValue): Value {
  const is = (op: string): Value => e.op(`${a.type}.${op}`, a, b);
  const not = (op: string): Value => e.eqz(is(op));
  switch (cond) {
    case 0:
      return is('eq');
    case 1:
      return is('ne');
    case 2:
    case 5:
      return not('lt');
    case 3:
    case 4:
      return is('lt');
    case 8:
      return not('le');
    case 9:
      return is('le');
    case 10:
      return is('ge');
    case 11:
      return not('ge');
    case 12:
      return is('gt');
    case 13:
      return not('gt');
    default: {
      const unordered = e.or(e.op(`${a.type}.ne`, a, a), e.op(`${a.type}.ne`, b, b));
      return cond & 1 ? e.eqz(unordered) : unordered;
    }
  }
}
