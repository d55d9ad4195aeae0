/** Advanced SIMD shift by immediate, integer, vector and scalar (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { choice, encoding, field, small, vector, type Encoding, type Fields, type Operand } from '../../encoding.js';
import { i32, i64, type Value } from '../../value.js';
import { arrangement, element, collect, setVector, shapeNames, withElement, zeroVector, type Arrangement } from './lanes.js';
import { narrowInto } from './two-reg-misc.js';

/** immh's highest set bit is the element's size; immh is not zero (that is the modified immediates). */
export const shiftSize = (f: Fields): number => 31 - Math.clz32(f.i >> 3);
/** Right shifts: 1 to the element's bits. */
export const rightAmount = (f: Fields): number => 2 * (8 << shiftSize(f)) - f.i;
const leftAmount = (f: Fields): number => f.i - (8 << shiftSize(f));

type ShiftOperation = (b: Builder, n: Value, amount: Operand, shape: Arrangement, d: () => Value) => Value;

function shiftRows(name: string, U: 0 | 1, opcode: string, left: boolean, scalar: number[], operation: ShiftOperation): Encoding[] {
  const operands = { d: vector('d'), n: vector('n'), amount: small('i', (_, f) => (left ? leftAmount(f) : rightAmount(f))) };
  const rows = [
    encoding({
      name: `${name}_vector`,
      pattern: `0 Q ${U} 011110 iiiiiii ${opcode} 1 nnnnn ddddd`,
      allocated: (f) => f.i >= 8 && !(f.i >= 64 && !f.Q),
      operands,
      statics: { Q: field('Q'), z: choice([0, 1, 2, 3], shiftSize) },
      exists: ({ Q, z }) => !(z === 3 && !Q),
      fp: true,
      emit: (b, o, { Q, z }) => {
        const shape = arrangement(z, Q);
        setVector(
          b,
          o.d,
          shape,
          operation(b, b.v(o.n), o.amount, shape, () => b.v(o.d)),
        );
      },
    }),
  ];
  if (scalar.length) {
    rows.push(
      encoding({
        name: `${name}_scalar`,
        pattern: `01 ${U} 111110 iiiiiii ${opcode} 1 nnnnn ddddd`,
        allocated: (f) => f.i >= 8 && scalar.includes(shiftSize(f)),
        operands,
        statics: { z: choice(scalar, shiftSize) },
        fp: true,
        emit: (b, o, { z }) => {
          const shape = { size: z, lanes: 1 };
          setVector(
            b,
            o.d,
            shape,
            operation(b, b.v(o.n), o.amount, shape, () => b.v(o.d)),
          );
        },
      }),
    );
  }
  return rows;
}

/** WebAssembly takes a shift's distance modulo the element's bits, Arm's right shifts may be by all of them. */
const right =
  (isSigned: boolean): ShiftOperation =>
  (b, n, amount, { size }) => {
    const name = shapeNames[size]!;
    const bits = 8 << size;
    if (isSigned) {
      const distance = b.number(amount);
      return b.op(`${name}.shr_s`, n, b.sub(distance, b.eq(distance, i32(bits))));
    }
    const half = b.op(`${name}.shr_u`, n, b.sub(b.number(amount), i32(1)));
    return b.op(`${name}.shr_u`, half, i32(1));
  };

const accumulated =
  (f: ShiftOperation): ShiftOperation =>
  (b, n, amount, shape, d) =>
    b.op(`${shapeNames[shape.size]!}.add`, d(), f(b, n, amount, shape, d));

/** Rounding right shift: the bit shifted out last is added. */
const roundingRight =
  (isSigned: boolean): ShiftOperation =>
  (b, n, amount, shape, d) => {
    const name = shapeNames[shape.size]!;
    const before = b.let(b.op(`${name}.shr_${isSigned ? 's' : 'u'}`, n, b.sub(b.number(amount), i32(1))));
    const one = b.op(`${name}.splat`, b.integer(shape.size === 3 ? 1 : 0, 1));
    return b.op(`${name}.add`, right(isSigned)(b, n, amount, shape, d), b.op('v128.and', before, one));
  };

const left: ShiftOperation = (b, n, amount, { size }) => b.op(`${shapeNames[size]!}.shl`, n, b.number(amount));

/** SLI and SRI: bits that nothing was shifted into keep their old value. */
const inserting =
  (shift: ShiftOperation): ShiftOperation =>
  (b, n, amount, shape, d) => {
    const ones = b.op('i64x2.splat', i64(-1n));
    const mask = shift(b, ones, amount, shape, d);
    return b.op('v128.bitselect', shift(b, n, amount, shape, d), d(), mask);
  };

/** Saturating left shifts: as register shifts by the immediate. `unsignedResult` is SQSHLU. */
const saturatingLeft =
  (isSigned: boolean, unsignedResult: boolean): ShiftOperation =>
  (b, n, amount, shape) =>
    collect(b, shape, (i) =>
      b.call(
        'shiftElement',
        element(b, n, shape.size, i, isSigned),
        b.extendU(b.number(amount)),
        i32(shape.size | (isSigned ? 4 : 0) | 16 | (unsignedResult ? 32 : 0)),
      ),
    );

/** Right shifts into elements of half the size. `kind`: bits of `narrowElement` in core/simd/shift.ts. */
function narrowRows(name: string, U: 0 | 1, opcode: string, isSigned: boolean, kind: number, scalar: boolean): Encoding[] {
  const operands = { d: vector('d'), n: vector('n'), amount: small('i', (_, f) => rightAmount(f)) };
  const convert = (b: Builder, n: Value, amount: Operand, size: number, lane: number): Value =>
    b.call('narrowElement', element(b, n, size + 1, lane, isSigned), b.number(amount), i32(size | kind));
  const rows = [
    encoding({
      name: `${name}_vector`,
      pattern: `0 Q ${U} 011110 iiiiiii ${opcode} 1 nnnnn ddddd`,
      allocated: (f) => f.i >= 8 && f.i < 64,
      operands,
      statics: { Q: field('Q'), z: choice([0, 1, 2], shiftSize) },
      fp: true,
      emit: (b, o, { Q, z }) => {
        const n = b.v(o.n);
        b.setV(
          o.d,
          narrowInto(b, Q ? b.v(o.d) : zeroVector, z, Q, (i) => convert(b, n, o.amount, z, i)),
        );
      },
    }),
  ];
  if (scalar) {
    rows.push(
      encoding({
        name: `${name}_scalar`,
        pattern: `01 ${U} 111110 iiiiiii ${opcode} 1 nnnnn ddddd`,
        allocated: (f) => f.i >= 8 && f.i < 64,
        operands,
        statics: { z: choice([0, 1, 2], shiftSize) },
        fp: true,
        emit: (b, o, { z }) => b.setV(o.d, withElement(b, zeroVector, z, 0, convert(b, b.v(o.n), o.amount, z, 0))),
      }),
    );
  }
  return rows;
}

/** Bits of a narrowing's kind. */
const ROUND = 8;
const SATURATE = 16;
const SIGNED = 4;
const UNSIGNED_RESULT = 32;

const longShift = (name: string, U: 0 | 1): Encoding =>
  encoding({
    name,
    pattern: `0 Q ${U} 011110 iiiiiii 10100 1 nnnnn ddddd`,
    allocated: (f) => f.i >= 8 && f.i < 64,
    operands: { d: vector('d'), n: vector('n'), amount: small('i', (_, f) => leftAmount(f)) },
    statics: { Q: field('Q'), z: choice([0, 1, 2], shiftSize) },
    fp: true,
    emit: (b, o, { Q, z }) => {
      const wide = shapeNames[z + 1]!;
      const extended = b.op(`${wide}.extend_${Q ? 'high' : 'low'}_${shapeNames[z]!}_${U ? 'u' : 's'}`, b.v(o.n));
      b.setV(o.d, b.op(`${wide}.shl`, extended, b.number(o.amount)));
    },
  });

const all = [0, 1, 2, 3];

export const shiftImmediateInteger: Encoding[] = [
  ...shiftRows('SSHR', 0, '00000', false, [3], right(true)),
  ...shiftRows('USHR', 1, '00000', false, [3], right(false)),
  ...shiftRows('SSRA', 0, '00010', false, [3], accumulated(right(true))),
  ...shiftRows('USRA', 1, '00010', false, [3], accumulated(right(false))),
  ...shiftRows('SRSHR', 0, '00100', false, [3], roundingRight(true)),
  ...shiftRows('URSHR', 1, '00100', false, [3], roundingRight(false)),
  ...shiftRows('SRSRA', 0, '00110', false, [3], accumulated(roundingRight(true))),
  ...shiftRows('URSRA', 1, '00110', false, [3], accumulated(roundingRight(false))),
  ...shiftRows('SRI', 1, '01000', false, [3], inserting(right(false))),
  ...shiftRows('SHL', 0, '01010', true, [3], left),
  ...shiftRows('SLI', 1, '01010', true, [3], inserting(left)),
  ...shiftRows('SQSHLU_immediate', 1, '01100', true, all, saturatingLeft(true, true)),
  ...shiftRows('SQSHL_immediate', 0, '01110', true, all, saturatingLeft(true, false)),
  ...shiftRows('UQSHL_immediate', 1, '01110', true, all, saturatingLeft(false, false)),
  ...narrowRows('SHRN', 0, '10000', false, 0, false),
  ...narrowRows('RSHRN', 0, '10001', false, ROUND, false),
  ...narrowRows('SQSHRUN', 1, '10000', true, SIGNED | SATURATE | UNSIGNED_RESULT, true),
  ...narrowRows('SQRSHRUN', 1, '10001', true, SIGNED | SATURATE | UNSIGNED_RESULT | ROUND, true),
  ...narrowRows('SQSHRN', 0, '10010', true, SIGNED | SATURATE, true),
  ...narrowRows('UQSHRN', 1, '10010', false, SATURATE, true),
  ...narrowRows('SQRSHRN', 0, '10011', true, SIGNED | SATURATE | ROUND, true),
  ...narrowRows('UQRSHRN', 1, '10011', false, SATURATE | ROUND, true),
  longShift('SSHLL', 0),
  longShift('USHLL', 1),
];
