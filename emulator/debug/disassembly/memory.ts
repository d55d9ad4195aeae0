/** Loads and stores of general and SIMD registers: DDI 0487 C4.1.88. */
import { signed } from '../../cpu/encoding.js';
import { decimal, EXTENSIONS, type Form, instruction, type Letters, register, registerOrSp, scalar, target } from './operands.js';

/** An address in brackets; an offset of zero is left out. */
const at = (n: number, offset = 0): string => `[${registerOrSp(n, 1)}${offset === 0 ? '' : `, ${decimal(offset)}`}]`;

/** With write-back: before the access, or after it. */
const indexed = (n: number, offset: number, before: boolean): string =>
  before ? `[${registerOrSp(n, 1)}, ${decimal(offset)}]!` : `[${registerOrSp(n, 1)}], ${decimal(offset)}`;

/** By a register: `p` is its extension, `S` whether it counts elements of `1 << size` bytes. */
function byRegister({ n, m, p, S }: Letters, size: number): string {
  const amount = S ? ` #${size}` : '';
  const extension = p === 3 ? (S ? `, lsl${amount}` : '') : `, ${EXTENSIONS[p]}${amount}`;
  return `[${registerOrSp(n, 1)}, ${register(m, p & 1)}${extension}]`;
}

/** What moves, of a general register: the mnemonic around its middle, and the register. */
function general({ z, o, t }: Letters, middle: string): [string, string] {
  const suffix = ['b', 'h', 'w', ''][z]!;
  if (o >= 2) return [`ld${middle}rs${suffix}`, register(t, o === 2 ? 1 : 0)];
  return [`${o ? 'ld' : 'st'}${middle}r${z < 2 ? suffix : ''}`, register(t, z === 3 ? 1 : 0)];
}

/** The same of a SIMD register; its size has one bit in opc. */
const vectorSize = ({ z, o }: Letters): number => ((o >> 1) << 2) | z;
const simd = (f: Letters, middle: string): [string, string] => [`${f.o & 1 ? 'ld' : 'st'}${middle}r`, scalar(f.t, vectorSize(f))];

type Transfer = (f: Letters, middle: string) => [string, string];
const offset9 = ({ i }: Letters): number => signed(i, 9);

/** The addressing forms that both have. */
const addressingForms = (suffix: '' | '_SIMD_FP', transfer: Transfer, size: (f: Letters) => number): Record<string, Form> => ({
  [`LDR_STR_unsigned_immediate${suffix}`]: (f) => instruction(...transfer(f, ''), at(f.n, f.i << size(f))),
  [`LDUR_STUR${suffix}`]: (f) => instruction(...transfer(f, 'u'), at(f.n, offset9(f))),
  [`LDR_STR_indexed${suffix}`]: (f) => instruction(...transfer(f, ''), indexed(f.n, offset9(f), f.p === 1)),
  [`LDR_STR_register${suffix}`]: (f) => instruction(...transfer(f, ''), byRegister(f, size(f))),
});

/** Pairs: no allocation, post-index, offset, pre-index. */
function pair({ p, L, i, u, n, t }: Letters, suffix: string, name: (n: number) => string, bytes: number): string {
  const offset = signed(i, 7) * bytes;
  return instruction(
    `${L ? 'ld' : 'st'}${p === 0 ? 'n' : ''}p${suffix}`,
    name(t),
    name(u),
    p === 0 || p === 2 ? at(n, offset) : indexed(n, offset, p === 3),
  );
}

/** prfop: what for, into which cache, and whether to keep it. */
function prefetch(t: number): string {
  const [purpose, level] = [['pld', 'pli', 'pst'][t >> 3], ((t >> 1) & 3) + 1];
  return purpose === undefined || level === 4 ? `#0x${t.toString(16).padStart(2, '0')}` : `${purpose}l${level}${t & 1 ? 'strm' : 'keep'}`;
}

function prefetchForm(f: Letters): string {
  if (f.h) return instruction('prfm', prefetch(f.t), at(f.n, f.i * 8));
  if (f.i >> 11 === 0) return instruction('prfum', prefetch(f.t), at(f.n, signed(f.i >> 2, 9)));
  // Of a register offset the row's field has Rm, option and S.
  return instruction('prfm', prefetch(f.t), byRegister({ ...f, m: (f.i >> 6) & 31, p: (f.i >> 3) & 7, S: (f.i >> 2) & 1 }, 3));
}

const literal = (name: string, t: string, f: Letters, address: bigint): string =>
  instruction(name, t, target(address, signed(f.i, 19) * 4));
const sized = (z: number): string => ['b', 'h', '', ''][z]!;

/** By the names of the rows. */
export const memoryForms = (): Readonly<Record<string, Form>> => ({
  ...addressingForms('', general, (f) => f.z),
  ...addressingForms('_SIMD_FP', simd, vectorSize),
  LDTR_STTR: (f) => instruction(...general(f, 't'), at(f.n, offset9(f))),
  LDR_literal: (f, address) => literal(f.o === 2 ? 'ldrsw' : 'ldr', register(f.t, f.o ? 1 : 0), f, address),
  LDR_literal_SIMD_FP: (f, address) => literal('ldr', scalar(f.t, 2 + f.o), f, address),
  PRFM_PRFUM: prefetchForm,
  PRFM_literal: (f, address) => literal('prfm', prefetch(f.t), f, address),
  LDP_STP: (f) => pair(f, '', (n) => register(n, f.o), f.o ? 8 : 4),
  LDPSW: (f) => pair({ ...f, L: 1 }, 'sw', (n) => register(n, 1), 4),
  LDP_STP_SIMD_FP: (f) => pair(f, '', (n) => scalar(n, 2 + f.o), 4 << f.o),
  LDAR_STLR: (f) => instruction(`${f.L ? 'ldar' : 'stlr'}${sized(f.z)}`, register(f.t, f.z === 3 ? 1 : 0), at(f.n)),
  LDXR_LDAXR: (f) => instruction(`ld${f.a ? 'a' : ''}xr${sized(f.z)}`, register(f.t, f.z === 3 ? 1 : 0), at(f.n)),
  STXR_STLXR: (f) => instruction(`st${f.a ? 'l' : ''}xr${sized(f.z)}`, register(f.s, 0), register(f.t, f.z === 3 ? 1 : 0), at(f.n)),
  LDXP_LDAXP: (f) => instruction(`ld${f.a ? 'a' : ''}xp`, register(f.t, f.z), register(f.u, f.z), at(f.n)),
  STXP_STLXP: (f) => instruction(`st${f.a ? 'l' : ''}xp`, register(f.s, 0), register(f.t, f.z), register(f.u, f.z), at(f.n)),
});
