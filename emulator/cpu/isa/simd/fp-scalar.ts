/** Scalar floating-point data processing, compare, select and immediates (DDI 0487 C4.1.96). */
import type { Builder } from '../../builder.js';
import { choice, encoding, field, small, vector, type Encoding, type Fields, type Operand } from '../../encoding.js';
import type { RuntimeFunction } from '../../runtime-api.js';
import { i32, i64, type Value } from '../../value.js';
import { FP_SLOW } from '../../layout.js';
import { fromHost, hostNumber, hostType, quickArithmetic, quickFused, quickOr, toHost, type HostOperation } from './fp-fast.js';
import { expandFloat } from './modified-immediate.js';
import { FROM_FPCR, MINUS_INFINITY, PLUS_INFINITY, TIE_AWAY, TIE_EVEN, TO_ZERO } from '../../rounding.js';

/** ptype to log2 of bytes; 2 is unallocated. */
const sizeOfType = (type: number): number => [2, 3, -1, 1][type]!;
/** Single and double: the types that arithmetic has without FEAT_FP16. */
const arithmetic = (f: Fields): boolean => f.p < 2;
export const sizeStatic = choice([2, 3], (f) => sizeOfType(f.p));

/** The scalar in a register's lowest bits, as i64. */
export function scalar(b: Builder, operand: Operand, size: number): Value {
  if (size === 3) return b.d(operand);
  const word = b.extendU(b.s(operand));
  return size === 2 ? word : b.and(word, i64(0xffffn));
}

/** Name, opcode, the runtime's function, and the host's operation. */
const twoSource: [string, string, RuntimeFunction, HostOperation][] = [
  ['FMUL', '0000', 'fpMul', 'mul'],
  ['FDIV', '0001', 'fpDiv', 'div'],
  ['FADD', '0010', 'fpAdd', 'add'],
  ['FSUB', '0011', 'fpSub', 'sub'],
  ['FMAX', '0100', 'fpMax', 'max'],
  ['FMIN', '0101', 'fpMin', 'min'],
  ['FMAXNM', '0110', 'fpMaxNumber', 'max'],
  ['FMINNM', '0111', 'fpMinNumber', 'min'],
  ['FNMUL', '1000', 'fpNegMul', 'mul'],
];

const twoSourceRows = twoSource.map(([name, opcode, f, host]) =>
  encoding({
    name: `${name}_scalar`,
    pattern: `000 11110 pp 1 mmmmm ${opcode} 10 nnnnn ddddd`,
    allocated: arithmetic,
    operands: { d: vector('d'), n: vector('n'), m: vector('m') },
    statics: { z: sizeStatic },
    fp: true,
    emit: (b, o, { z }) => {
      const [n, m] = [b.float(o.n, z), b.float(o.m, z)];
      const exact = (): Value => b.call(f, fromHost(b, n, z), fromHost(b, m, z), i32(z));
      const first = name === 'FNMUL' ? b.let(b.op(`${hostType(z)}.neg`, n)) : n;
      b.setFloat(o.d, z, quickArithmetic(b, host, [first, m], z, exact));
    },
  }),
);

/** Operations on one register, as numbers of the host. */
const oneSource: [string, string, (b: Builder, n: Value, size: number) => Value][] = [
  ['FMOV_register', '000000', (_, n) => n],
  ['FABS_scalar', '000001', (b, n, size) => b.op(`${hostType(size)}.abs`, n)],
  ['FNEG_scalar', '000010', (b, n, size) => b.op(`${hostType(size)}.neg`, n)],
  [
    'FSQRT_scalar',
    '000011',
    (b, n, size) => quickArithmetic(b, 'sqrt', [n], size, () => b.call('fpSqrt', fromHost(b, n, size), i32(size))),
  ],
  ...(
    [
      ['FRINTN', '001000', TIE_EVEN, 0, 'nearest'],
      ['FRINTP', '001001', PLUS_INFINITY, 0, 'ceil'],
      ['FRINTM', '001010', MINUS_INFINITY, 0, 'floor'],
      ['FRINTZ', '001011', TO_ZERO, 0, 'trunc'],
      ['FRINTA', '001100', TIE_AWAY, 0, undefined],
      ['FRINTX', '001110', FROM_FPCR, 1, 'nearest'],
      ['FRINTI', '001111', FROM_FPCR, 0, 'nearest'],
    ] as const
  ).map(([name, opcode, mode, exact, host]): [string, string, (b: Builder, n: Value, size: number) => Value] => [
    `${name}_scalar`,
    opcode,
    (b, n, size) => {
      const slow = (): Value => b.call('fpRoundInt', fromHost(b, n, size), i32(size), i32(mode), i32(exact));
      return host ? quickArithmetic(b, host, [n], size, slow) : toHost(b, slow(), size);
    },
  ]),
];

const oneSourceRows = oneSource.map(([name, opcode, f]) =>
  encoding({
    name,
    pattern: `000 11110 pp 1 ${opcode} 10000 nnnnn ddddd`,
    allocated: arithmetic,
    operands: { d: vector('d'), n: vector('n') },
    statics: { z: sizeStatic },
    fp: true,
    emit: (b, o, { z }) => b.setFloat(o.d, z, f(b, b.float(o.n, z), z)),
  }),
);

const convertTypes = choice([1, 2, 3], (f) => sizeOfType(f.p));

/** A bound number of the host in the other of its precisions. */
export function convertNumber(b: Builder, n: Value, from: number, to: number): Value {
  const exact = (): Value => b.call('fpConvert', fromHost(b, n, from), i32(from), i32(to), i32(FROM_FPCR));
  // To double nothing is lost; to single the rounding of normal numbers is the host's.
  const quick = b.op(to === 3 ? 'f64.promote_f32' : 'f32.demote_f64', n);
  return quickOr(b, to, quick, to === 3 ? 'finite' : 'normal', exact, () => b.op(`${hostType(from)}.eq`, n, hostNumber(from, 0)));
}

const convert = encoding({
  name: 'FCVT',
  pattern: '000 11110 pp 1 0001 tt 10000 nnnnn ddddd',
  allocated: (f) => f.p !== 2 && f.t !== 2 && f.p !== f.t,
  operands: { d: vector('d'), n: vector('n') },
  statics: { from: convertTypes, to: choice([1, 2, 3], (f) => sizeOfType(f.t)) },
  exists: ({ from, to }) => from !== to,
  fp: true,
  emit: (b, o, { from, to }) => {
    if (from !== 1 && to !== 1) return b.setFloat(o.d, to, convertNumber(b, b.float(o.n, from), from, to));
    b.setD(o.d, b.call('fpConvert', b.let(scalar(b, o.n, from)), i32(from), i32(to), i32(FROM_FPCR)));
  },
});

/** addend + n * m, rounded once; numbers of the host. */
export function fusedMultiplyAdd(b: Builder, addend: Value, n: Value, m: Value, size: number): Value {
  const operands = [addend, n, m].map((value) => b.let(value)) as [Value, Value, Value];
  const exact = (): Value => b.call('fpMulAdd', ...operands.map((value) => fromHost(b, value, size)), i32(size));
  return quickFused(b, ...operands, size, exact);
}

const multiplyAdd = encoding({
  name: 'FMADD_FMSUB_FNMADD_FNMSUB',
  // o1 negates the addend and the product, o0 the product.
  pattern: '000 11111 pp o mmmmm q aaaaa nnnnn ddddd',
  allocated: arithmetic,
  operands: { d: vector('d'), n: vector('n'), m: vector('m'), a: vector('a') },
  statics: { z: sizeStatic, o: field('o'), q: field('q') },
  fp: true,
  emit: (b, o, { z, o: negateAll, q }) => {
    const negate = (value: Value): Value => b.op(`${hostType(z)}.neg`, value);
    const a = b.float(o.a, z);
    const n = b.float(o.n, z);
    b.setFloat(o.d, z, fusedMultiplyAdd(b, negateAll ? negate(a) : a, negateAll !== q ? negate(n) : n, b.float(o.m, z), z));
  },
});

/** NZCV of a comparison of two bound numbers of the host. */
function compare(b: Builder, n: Value, m: Value, size: number, signalQuiet: number): Value {
  const type = hostType(size);
  const x = b.variable(type, n);
  const y = b.variable(type, m);
  const unordered = b.or(b.op(`${type}.ne`, n, n), b.op(`${type}.ne`, m, m));
  b.ifUnlikely(b.or(unordered, b.cell('i32.load', FP_SLOW)), () => {
    // NaNs may be signalling and denormals flushed: the runtime compares, and two numbers in the same relation take their place.
    const flags = b.call('fpCompare', fromHost(b, n, size), fromHost(b, m, size), i32(size), i32(signalQuiet));
    b.floatStatusChanged();
    const flag = (bit: number): Value => b.and(b.shrU(flags, i32(bit)), i32(1));
    x.set(b.choose(flag(28), hostNumber(size, NaN), b.op(`${type}.convert_i32_s`, b.xor(flag(29), flag(30)))));
    y.set(b.op(`${type}.convert_i32_s`, flag(31)));
  });
  return b.flagsOfFloats(x.get(), y.get());
}

const compares: Encoding[] = [
  encoding({
    name: 'FCMP_FCMPE',
    pattern: '000 11110 pp 1 mmmmm 00 1000 nnnnn e c 000',
    allocated: (f) => arithmetic(f),
    operands: { n: vector('n'), m: vector('m') },
    statics: { z: sizeStatic, e: field('e'), c: field('c') },
    fp: true,
    // c: with zero.
    emit: (b, o, { z, e, c }) => {
      b.setNzcv(compare(b, b.float(o.n, z), c ? hostNumber(z, 0) : b.float(o.m, z), z, e));
    },
  }),
  encoding({
    name: 'FCCMP_FCCMPE',
    pattern: '000 11110 pp 1 mmmmm cccc 01 nnnnn e zzzz',
    allocated: arithmetic,
    operands: { n: vector('n'), m: vector('m'), c: small('c'), z: small('z') },
    statics: { size: sizeStatic, e: field('e') },
    fp: true,
    emit: (b, o, { size, e }) => {
      // Without the condition nothing is compared, and no NaN seen: 0 is compared with 0.
      const condition = b.let(b.condition(o.c));
      const [n, m] = [o.n, o.m].map((operand) => b.let(b.choose(condition, b.float(operand, size), hostNumber(size, 0)))) as [Value, Value];
      b.setNzcv(b.flagsIf(condition, compare(b, n, m, size, e), b.shl(b.number(o.z), i32(28))));
    },
  }),
];

export const fpScalar: Encoding[] = [
  ...twoSourceRows,
  ...oneSourceRows,
  convert,
  multiplyAdd,
  ...compares,
  encoding({
    name: 'FCSEL',
    pattern: '000 11110 pp 1 mmmmm cccc 11 nnnnn ddddd',
    allocated: arithmetic,
    operands: { d: vector('d'), n: vector('n'), m: vector('m'), c: small('c') },
    statics: { z: sizeStatic },
    fp: true,
    emit: (b, o, { z }) => b.setD(o.d, b.select(b.condition(o.c), scalar(b, o.n, z), scalar(b, o.m, z))),
  }),
  encoding({
    name: 'FMOV_scalar_immediate',
    pattern: '000 11110 pp 1 iiiiiiii 100 00000 ddddd',
    allocated: arithmetic,
    operands: { d: vector('d') },
    immediate: (f) => expandFloat(f.i, sizeOfType(f.p)),
    fp: true,
    emit: (b, o) => b.setD(o.d, b.immediate()),
  }),
];
