/** Floating-point rows of the Advanced SIMD tables three same and two-register miscellaneous (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { choice, encoding, field, vector, type Encoding, type Fields } from '../../encoding.js';
import type { RuntimeFunction } from '../../runtime-api.js';
import { i32, type Value } from '../../value.js';
import { floats, fromHost, quickFusedVector, quickVector, toHost, type HostOperation } from './fp-fast.js';
import { HOST_ROUNDING, quickCompare, quickIntegers, quickNumbers } from './fp-fast-integers.js';
import { lengthen, shorten, shortenToOdd } from './fp-precision.js';
import { fusedMultiplyAdd } from './fp-scalar.js';
import { arrangement, collect, element, maskOf, setVector, zeroVector, type BinaryOperation, type UnaryOperation } from './lanes.js';
import { FROM_FPCR, MINUS_INFINITY, PLUS_INFINITY, TIE_AWAY, TIE_EVEN, TO_ZERO, UNSIGNED } from '../../rounding.js';
import { pairwise } from './three-same.js';

const binaryOperands = { d: vector('d'), n: vector('n'), m: vector('m') };
export const unaryOperands = { d: vector('d'), n: vector('n') };

/** The bit `z` chooses single or double. */
export const precision = choice([2, 3], (f) => 2 + f.z);
const vectorStatics = { Q: field('Q'), size: precision };
const vectorAllocated = (f: Fields): boolean => !(f.z === 1 && !f.Q);
const vectorExists = ({ Q, size }: Readonly<Record<'Q' | 'size', number>>): boolean => size === 2 || Q === 1;

type Forms = { vector?: boolean; scalar?: boolean };

/** Rows of a three-same operation; `a` is the upper bit of the size field. */
function binaryRows(name: string, U: 0 | 1, a: 0 | 1, opcode: string, operation: BinaryOperation, { scalar }: Forms = {}): Encoding[] {
  const rows = [
    encoding({
      name: `${name}_vector`,
      pattern: `0 Q ${U} 01110 ${a} z 1 mmmmm ${opcode} 1 nnnnn ddddd`,
      allocated: vectorAllocated,
      operands: binaryOperands,
      statics: vectorStatics,
      exists: vectorExists,
      fp: true,
      emit: (b, o, { Q, size }) => {
        const shape = arrangement(size, Q);
        setVector(
          b,
          o.d,
          shape,
          operation(b, b.v(o.n), b.v(o.m), shape, () => b.v(o.d)),
        );
      },
    }),
  ];
  if (scalar) {
    rows.push(
      encoding({
        name: `${name}_scalar`,
        pattern: `01 ${U} 11110 ${a} z 1 mmmmm ${opcode} 1 nnnnn ddddd`,
        operands: binaryOperands,
        statics: { size: precision },
        fp: true,
        emit: (b, o, { size }) => {
          const shape = { size, lanes: 1 };
          setVector(
            b,
            o.d,
            shape,
            operation(b, b.v(o.n), b.v(o.m), shape, () => b.v(o.d)),
          );
        },
      }),
    );
  }
  return rows;
}

function unaryRows(
  name: string,
  U: 0 | 1,
  a: 0 | 1,
  opcode: string,
  operation: UnaryOperation,
  forms: Forms = { vector: true },
): Encoding[] {
  const rows: Encoding[] = [];
  if (forms.vector) {
    rows.push(
      encoding({
        name: `${name}_vector`,
        pattern: `0 Q ${U} 01110 ${a} z 10000 ${opcode} 10 nnnnn ddddd`,
        allocated: vectorAllocated,
        operands: unaryOperands,
        statics: vectorStatics,
        exists: vectorExists,
        fp: true,
        emit: (b, o, { Q, size }) => {
          const shape = arrangement(size, Q);
          setVector(
            b,
            o.d,
            shape,
            operation(b, b.v(o.n), shape, () => b.v(o.d)),
          );
        },
      }),
    );
  }
  if (forms.scalar) {
    rows.push(
      encoding({
        name: `${name}_scalar`,
        pattern: `01 ${U} 11110 ${a} z 10000 ${opcode} 10 nnnnn ddddd`,
        operands: unaryOperands,
        statics: { size: precision },
        fp: true,
        emit: (b, o, { size }) => {
          const shape = { size, lanes: 1 };
          setVector(
            b,
            o.d,
            shape,
            operation(b, b.v(o.n), shape, () => b.v(o.d)),
          );
        },
      }),
    );
  }
  return rows;
}

/** A runtime function (a, b, size) on each pair of elements. */
const each =
  (f: RuntimeFunction): BinaryOperation =>
  (b, n, m, shape) =>
    collect(b, shape, (i) => b.call(f, element(b, n, shape.size, i), element(b, m, shape.size, i), i32(shape.size)));

/** The same, with the host's operation of this name where it will do. */
const quickEach =
  (name: HostOperation, f: RuntimeFunction): BinaryOperation =>
  (b, n, m, shape, d) =>
    quickVector(b, name, [n, m], shape, () => each(f)(b, n, m, shape, d));

const absoluteDifference: BinaryOperation = (b, n, m, shape, d) =>
  b.op(
    `${floats(shape.size)}.abs`,
    quickVector(b, 'sub', [n, m], shape, () => each('fpAbsoluteDifference')(b, n, m, shape, d)),
  );

type ElementFunction = (b: Builder, n: Value, size: number) => Value;
const eachUnary =
  (f: ElementFunction): UnaryOperation =>
  (b, n, shape) =>
    collect(b, shape, (i) => f(b, element(b, n, shape.size, i), shape.size));

/** The runtime's function of a relation. */
const relations = { eq: 'fpEqual', ge: 'fpGreaterEqual', gt: 'fpGreater' } as const satisfies Record<string, RuntimeFunction>;
type Relation = keyof typeof relations;

/** Comparison to a mask; `absolute` compares magnitudes. */
const compare =
  (relation: Relation, absolute = false): BinaryOperation =>
  (b, n, m, shape) => {
    const { size } = shape;
    const of = (v: Value): Value => (absolute ? b.let(b.op(`${floats(size)}.abs`, v)) : v);
    const [x, y] = [of(n), of(m)];
    const slow = (): Value =>
      collect(b, shape, (i) => maskOf(b, b.call(relations[relation], element(b, x, size, i), element(b, y, size, i), i32(size))));
    return quickCompare(b, relation, x, y, shape, slow);
  };

/** Comparison with zero, from either side. */
const compareZero =
  (relation: Relation, swapped: boolean): UnaryOperation =>
  (b, n, shape, d) => {
    const zero = b.let(zeroVector);
    return swapped ? compare(relation)(b, zero, n, shape, d) : compare(relation)(b, n, zero, shape, d);
  };

/** d + n * m, or d - n * m. */
export const multiplyAdd =
  (subtract: boolean): BinaryOperation =>
  (b, n, m, shape, d) => {
    const { size } = shape;
    const addend = d();
    const factor = subtract ? b.let(b.op(`${floats(size)}.neg`, n)) : n;
    const lanes = [addend, factor, m];
    const exact = (): Value => collect(b, shape, (i) => b.call('fpMulAdd', ...lanes.map((v) => element(b, v, size, i)), i32(size)));
    const one = (v: Value, i: number): Value => toHost(b, element(b, v, size, i), size);
    return (
      quickFusedVector(b, addend, factor, m, shape, exact) ??
      collect(b, shape, (i) => fromHost(b, fusedMultiplyAdd(b, one(addend, i), one(factor, i), one(m, i), size), size))
    );
  };

const both: Forms = { vector: true, scalar: true };

const threeSameFp: Encoding[] = [
  ...binaryRows('FMAXNM', 0, 0, '11000', quickEach('max', 'fpMaxNumber')),
  ...binaryRows('FMINNM', 0, 1, '11000', quickEach('min', 'fpMinNumber')),
  ...binaryRows('FMAXNMP', 1, 0, '11000', pairwise(quickEach('max', 'fpMaxNumber'))),
  ...binaryRows('FMINNMP', 1, 1, '11000', pairwise(quickEach('min', 'fpMinNumber'))),
  ...binaryRows('FMLA', 0, 0, '11001', multiplyAdd(false)),
  ...binaryRows('FMLS', 0, 1, '11001', multiplyAdd(true)),
  ...binaryRows('FADD', 0, 0, '11010', quickEach('add', 'fpAdd')),
  ...binaryRows('FSUB', 0, 1, '11010', quickEach('sub', 'fpSub')),
  ...binaryRows('FADDP', 1, 0, '11010', pairwise(quickEach('add', 'fpAdd'))),
  ...binaryRows('FABD', 1, 1, '11010', absoluteDifference, both),
  ...binaryRows('FMULX', 0, 0, '11011', quickEach('mul', 'fpMulX'), both),
  ...binaryRows('FMUL', 1, 0, '11011', quickEach('mul', 'fpMul')),
  ...binaryRows('FCMEQ_register', 0, 0, '11100', compare('eq'), both),
  ...binaryRows('FCMGE_register', 1, 0, '11100', compare('ge'), both),
  ...binaryRows('FCMGT_register', 1, 1, '11100', compare('gt'), both),
  ...binaryRows('FACGE', 1, 0, '11101', compare('ge', true), both),
  ...binaryRows('FACGT', 1, 1, '11101', compare('gt', true), both),
  ...binaryRows('FMAX', 0, 0, '11110', quickEach('max', 'fpMax')),
  ...binaryRows('FMIN', 0, 1, '11110', quickEach('min', 'fpMin')),
  ...binaryRows('FMAXP', 1, 0, '11110', pairwise(quickEach('max', 'fpMax'))),
  ...binaryRows('FMINP', 1, 1, '11110', pairwise(quickEach('min', 'fpMin'))),
  ...binaryRows('FRECPS', 0, 0, '11111', each('fpRecipStep'), both),
  ...binaryRows('FRSQRTS', 0, 1, '11111', each('fpRSqrtStep'), both),
  ...binaryRows('FDIV', 1, 0, '11111', quickEach('div', 'fpDiv')),
];

const rounding = (mode: number, exact = 0): UnaryOperation => {
  const slow = eachUnary((b, n, size) => b.call('fpRoundInt', n, i32(size), i32(mode), i32(exact)));
  // The host computes only while FPCR's mode is the nearest even.
  const host = HOST_ROUNDING[mode === FROM_FPCR ? TIE_EVEN : mode];
  return host ? (b, n, shape, d) => quickVector(b, host, [n], shape, () => slow(b, n, shape, d)) : slow;
};
const toInteger = (kind: number): UnaryOperation => {
  const slow = eachUnary((b, n, size) => b.call('fpToFixed', n, i32(size), i32(size), i32(0), i32(kind)));
  const mode = kind & ~UNSIGNED;
  if (!HOST_ROUNDING[mode]) return slow;
  return (b, n, shape, d) => quickIntegers(b, n, shape, mode, (kind & UNSIGNED) !== 0, () => slow(b, n, shape, d));
};
const fromInteger =
  (isUnsigned: number): UnaryOperation =>
  (b, n, shape) => {
    const exact = (): Value =>
      collect(b, shape, (i) => b.call('fixedToFp', element(b, n, shape.size, i, !isUnsigned), i32(shape.size), i32(0), i32(isUnsigned)));
    return quickNumbers(b, n, shape, isUnsigned === 1, exact);
  };
const ofElement = (f: RuntimeFunction): UnaryOperation => eachUnary((b, n, size) => b.call(f, n, i32(size)));

/** Unsigned estimates of 32-bit elements: no flags, no NaNs. */
const unsignedEstimate = (name: string, U: 0 | 1, f: RuntimeFunction): Encoding =>
  encoding({
    name,
    pattern: `0 Q ${U} 01110 10 10000 11100 10 nnnnn ddddd`,
    operands: unaryOperands,
    statics: { Q: field('Q') },
    fp: true,
    emit: (b, o, { Q }) => {
      const n = b.v(o.n);
      b.setV(
        o.d,
        collect(b, arrangement(2, Q), (i) => b.call(f, element(b, n, 2, i))),
      );
    },
  });

const conversions: Encoding[] = ([0, 1] as const).flatMap((U) => {
  const kind = U ? UNSIGNED : 0;
  const suffix = U ? 'U' : 'S';
  return [
    ...unaryRows(`FCVTN${suffix}`, U, 0, '11010', toInteger(TIE_EVEN | kind), both),
    ...unaryRows(`FCVTP${suffix}`, U, 1, '11010', toInteger(PLUS_INFINITY | kind), both),
    ...unaryRows(`FCVTM${suffix}`, U, 0, '11011', toInteger(MINUS_INFINITY | kind), both),
    ...unaryRows(`FCVTZ${suffix}`, U, 1, '11011', toInteger(TO_ZERO | kind), both),
    ...unaryRows(`FCVTA${suffix}`, U, 0, '11100', toInteger(TIE_AWAY | kind), both),
    ...unaryRows(U ? 'UCVTF' : 'SCVTF', U, 0, '11101', fromInteger(U), both),
  ];
});

const twoRegMiscFp: Encoding[] = [
  lengthen,
  shorten,
  ...shortenToOdd,
  ...conversions,
  ...unaryRows('FRINTN', 0, 0, '11000', rounding(TIE_EVEN)),
  ...unaryRows('FRINTA', 1, 0, '11000', rounding(TIE_AWAY)),
  ...unaryRows('FRINTP', 0, 1, '11000', rounding(PLUS_INFINITY)),
  ...unaryRows('FRINTM', 0, 0, '11001', rounding(MINUS_INFINITY)),
  ...unaryRows('FRINTX', 1, 0, '11001', rounding(FROM_FPCR, 1)),
  ...unaryRows('FRINTZ', 0, 1, '11001', rounding(TO_ZERO)),
  ...unaryRows('FRINTI', 1, 1, '11001', rounding(FROM_FPCR)),
  unsignedEstimate('URECPE', 0, 'unsignedRecipEstimate'),
  unsignedEstimate('URSQRTE', 1, 'unsignedRSqrtEstimate'),
  ...unaryRows('FRECPE', 0, 1, '11101', ofElement('fpRecipEstimate'), both),
  ...unaryRows('FRSQRTE', 1, 1, '11101', ofElement('fpRSqrtEstimate'), both),
  ...unaryRows('FRECPX', 0, 1, '11111', ofElement('fpRecipExponent'), { scalar: true }),
  ...unaryRows('FSQRT', 1, 1, '11111', (b, n, shape, d) => quickVector(b, 'sqrt', [n], shape, () => ofElement('fpSqrt')(b, n, shape, d))),
  ...unaryRows('FCMGT_zero', 0, 1, '01100', compareZero('gt', false), both),
  ...unaryRows('FCMGE_zero', 1, 1, '01100', compareZero('ge', false), both),
  ...unaryRows('FCMEQ_zero', 0, 1, '01101', compareZero('eq', false), both),
  ...unaryRows('FCMLE_zero', 1, 1, '01101', compareZero('ge', true), both),
  ...unaryRows('FCMLT_zero', 0, 1, '01110', compareZero('gt', true), both),
  ...unaryRows('FABS', 0, 1, '01111', (b, n, { size }) => b.op(`${floats(size)}.abs`, n)),
  ...unaryRows('FNEG', 1, 1, '01111', (b, n, { size }) => b.op(`${floats(size)}.neg`, n)),
];

export const fpVector: Encoding[] = [...threeSameFp, ...twoRegMiscFp];
