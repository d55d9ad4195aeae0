/** Advanced SIMD: copies, constants, permutations, and structures in memory (DDI 0487 C4.1.88, C4.1.96). */
import { expandFloat } from '../../cpu/isa/simd/modified-immediate.js';
import { decimal, element, type Form, hex, instruction, type Letters, register, registerOrSp, scalar, vector } from './operands.js';

/** imm5: the lowest set bit is the element's size, the index is above it. */
const sizeOf = ({ i }: Letters): number => Math.clz32(i & -i) ^ 31;
const indexOf = (f: Letters): number => f.i >> (sizeOf(f) + 1);
const elementOf = (n: number, f: Letters): string => element(n, sizeOf(f), indexOf(f));
/** The general register that an element of this size goes to or comes from. */
const generalOf = (n: number, f: Letters): string => register(n, sizeOf(f) === 3 ? 1 : 0);

/** An eight-bit floating-point constant, with as many digits as objdump writes. */
export function floatConstant(imm8: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, expandFloat(imm8, 3));
  return `#${view
    .getFloat64(0)
    .toExponential(18)
    .replace(/e([+-])(\d)$/, 'e$10$2')}`;
}

function constant({ Q, o, a, c, h, d }: Letters): string {
  const imm8 = (a << 5) | h;
  const combines = c < 12 && (c & 1) === 1;
  const name = combines ? (o ? 'bic' : 'orr') : o ? 'mvni' : 'movi';
  const shifted = (amount: number): string | undefined => (amount === 0 ? undefined : `lsl #${amount}`);
  if (c < 8) return instruction(name, vector(d, 2, Q), hex(imm8), shifted(8 * (c >> 1)));
  if (c < 12) return instruction(name, vector(d, 1, Q), hex(imm8), shifted(8 * ((c >> 1) & 1)));
  if (c < 14) return instruction(name, vector(d, 2, Q), hex(imm8), `msl #${c & 1 ? 16 : 8}`);
  if (c === 15) return instruction('fmov', vector(d, o ? 3 : 2, Q), floatConstant(imm8));
  if (!o) return instruction('movi', vector(d, 0, Q), hex(imm8));
  let mask = 0n;
  for (let bit = 0; bit < 8; bit++) if ((imm8 >> bit) & 1) mask |= 0xffn << BigInt(8 * bit);
  return instruction('movi', Q ? vector(d, 3, 1) : scalar(d, 3), hex(mask));
}

/** Registers in a row, V31 before V0. From three on they are written as a range. */
function list(first: number, count: number, name: (n: number) => string): string {
  const [from, to] = [name(first), name((first + count - 1) & 31)];
  return count === 1
    ? `{${from}}`
    : count === 2 || first + count > 32
      ? `{${Array.from({ length: count }, (_, i) => name((first + i) & 31)).join(', ')}}`
      : `{${from}-${to}}`;
}

/** Registers, and elements of a structure, by opcode. */
const MULTIPLE: Readonly<Record<number, [registers: number, elements: number]>> = {
  0: [4, 4],
  2: [4, 1],
  4: [3, 3],
  6: [3, 1],
  7: [1, 1],
  8: [2, 2],
  10: [2, 1],
};

/** The address, then what is added to the base: a register, or as many bytes as were moved. */
function address(f: Letters, post: boolean, bytes: number): string {
  const base = `[${registerOrSp(f.n, 1)}]`;
  if (!post) return base;
  return `${base}, ${f.m === 31 ? decimal(bytes) : register(f.m, 1)}`;
}

const multiple =
  (post: boolean): Form =>
  (f) => {
    const [registers, elements] = MULTIPLE[f.o]!;
    return instruction(
      `${f.L ? 'ld' : 'st'}${elements}`,
      list(f.t, registers, (n) => vector(n, f.z, f.Q)),
      address(f, post, registers * (8 << f.Q)),
    );
  };

const single =
  (post: boolean): Form =>
  (f) => {
    const elements = ((f.o & 1) << 1) + f.R + 1;
    const name = `${f.L ? 'ld' : 'st'}${elements}`;
    const scale = f.o >> 1;
    if (scale === 3)
      return instruction(
        `${name}r`,
        list(f.t, elements, (n) => vector(n, f.z, f.Q)),
        address(f, post, elements << f.z),
      );
    const size = scale === 2 && f.z & 1 ? 3 : scale;
    const index = ((f.Q << 3) | (f.S << 2) | f.z) >> size;
    return instruction(name, `${list(f.t, elements, (n) => `v${n}.${'bhsd'[size]}`)}[${index}]`, address(f, post, elements << size));
  };

const extract =
  (Q: number): Form =>
  (f) =>
    instruction('ext', vector(f.d, 0, Q), vector(f.n, 0, Q), vector(f.m, 0, Q), decimal(f.i));

/** By the names of the rows. */
export const simdMoveForms = (): Readonly<Record<string, Form>> => ({
  DUP_element: (f) => instruction('dup', vector(f.d, sizeOf(f), f.Q), elementOf(f.n, f)),
  DUP_general: (f) => instruction('dup', vector(f.d, sizeOf(f), f.Q), generalOf(f.n, f)),
  DUP_element_scalar: (f) => instruction('mov', scalar(f.d, sizeOf(f)), elementOf(f.n, f)),
  SMOV: (f) => instruction('smov', register(f.d, f.Q), elementOf(f.n, f)),
  UMOV: (f) => instruction(sizeOf(f) < 2 ? 'umov' : 'mov', generalOf(f.d, f), elementOf(f.n, f)),
  INS_general: (f) => instruction('mov', elementOf(f.d, f), generalOf(f.n, f)),
  INS_element: (f) => instruction('mov', elementOf(f.d, f), element(f.n, sizeOf(f), f.s >> sizeOf(f))),
  ORR_BIC_vector_immediate: constant,
  MOVI_MVNI_FMOV_vector_immediate: constant,
  UZP_TRN_ZIP: (f) =>
    instruction(`${['', 'uzp', 'trn', 'zip'][f.k]}${f.p + 1}`, vector(f.d, f.z, f.Q), vector(f.n, f.z, f.Q), vector(f.m, f.z, f.Q)),
  EXT_64: extract(0),
  EXT_128: extract(1),
  TBL_TBX: (f) =>
    instruction(
      f.X ? 'tbx' : 'tbl',
      vector(f.d, 0, f.Q),
      list(f.n, f.l + 1, (n) => vector(n, 0, 1)),
      vector(f.m, 0, f.Q),
    ),
  LDn_STn_multiple_structures: multiple(false),
  LDn_STn_multiple_structures_post_indexed: multiple(true),
  LDn_STn_single_structure: single(false),
  LDn_STn_single_structure_post_indexed: single(true),
});
